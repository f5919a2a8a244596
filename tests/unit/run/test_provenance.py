"""What a run says of where it runs."""

import platform
import subprocess
from pathlib import Path

from contracts_runner.run.provenance import describe_platform, find_git_commit


def test_the_platform_is_what_python_calls_it() -> None:
    assert describe_platform() == platform.platform()


def test_a_folder_below_a_work_tree_is_at_its_commit(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    identity = ["-c", "user.name=Test", "-c", "user.email=user@example.com"]
    subprocess.run(["git", *identity, "commit", "--quiet", "--allow-empty", "-m", "first"], cwd=tmp_path, check=True)
    (tmp_path / "apis" / "shop").mkdir(parents=True)

    assert len(find_git_commit(tmp_path / "apis" / "shop") or "") == 40


def test_a_folder_outside_of_a_work_tree_has_no_commit(tmp_path: Path) -> None:
    assert find_git_commit(tmp_path) is None
