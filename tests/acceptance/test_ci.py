"""docs/how-to/ci.md: the files are read, and each command in them does what the lines around it rely on."""

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts_runner.run.starting import start_project
from helpers.audited_run import ShopService
from helpers.command import REPOSITORY, run_contracts
from helpers.documents import parse_blocks
from helpers.servers import serve_wsgi
from helpers.shop import READ, write_project

PAGE = (REPOSITORY / "docs" / "how-to" / "ci.md").read_text(encoding="utf-8")
PIECES = {block.about: block.text for block in parse_blocks(PAGE)}
GITHUB = yaml.safe_load(PIECES[".github/workflows/contracts.yml"])
GITLAB = yaml.safe_load(PIECES[".gitlab-ci.yml"])


def list_commands(name: str) -> list[list[str]]:
    """The commands of a file that are ours, in its order."""
    return [shlex.split(found) for found in re.findall(r"\bcontracts (?=check|run|audit)([^'\n]*)", PIECES[name])]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    with serve_wsgi(ShopService()) as base_url:
        write_project(tmp_path, READ, base_url=base_url)
        settings = (tmp_path / "contracts.yaml").read_text(encoding="utf-8")
        (tmp_path / "contracts.yaml").write_text(settings.replace("here", "prod"), encoding="utf-8")
        yield tmp_path


def test_the_files_are_those_that_the_services_read() -> None:
    assert set(PIECES) == {".github/workflows/contracts.yml", ".gitlab-ci.yml", "Jenkinsfile"}
    # YAML 1.1 reads the key `on` as true.
    assert set(GITHUB) == {"name", True, "permissions", "jobs"}
    steps: list[dict[str, Any]] = GITHUB["jobs"]["contracts"]["steps"]
    assert all(("run" in step) is not ("uses" in step) for step in steps)
    assert set(GITLAB["contracts"]) >= {"script", "artifacts", "cache"}


def test_the_tool_is_installed_alike_everywhere(tmp_path: Path) -> None:
    """`tox -e release` does it with the wheel that it makes as the page says."""
    start_project(str(REPOSITORY / "examples" / "library" / "spec.yaml"), tmp_path, is_minimal=False)
    made = (tmp_path / ".github" / "workflows" / "contracts.yml").read_text(encoding="utf-8")

    installs = [line for text in (*PIECES.values(), made) for line in re.findall(r"- .*(python -m pip i.*)", text)]

    assert installs == ["python -m pip install wheels/*.whl"] * 3
    [wheel] = re.findall(r"^    (python -m pip wheel .*)", PAGE, re.MULTILINE)
    assert wheel in made


def test_the_commands_of_github_run_and_the_job_has_its_summary(project: Path) -> None:
    commands = list_commands(".github/workflows/contracts.yml")
    assert [command[0] for command in commands] == ["check", "run", "audit"]

    for command in commands:
        done = run_contracts(*command, cwd=project, GITHUB_STEP_SUMMARY=str(project / "job.md"))
        assert done.code == 0, (command, done.stdout, done.stderr)

    assert (project / "job.md").read_text(encoding="utf-8").startswith("# passed: 1 of 1 scenario passed\n")
    assert len(list((project / "runs").glob("*.zip"))) == 1


def test_the_commands_of_gitlab_run_and_leave_what_is_kept(project: Path) -> None:
    job = GITLAB["contracts"]
    for command in list_commands(".gitlab-ci.yml"):
        assert run_contracts(*command, cwd=project).code == 0, command
    (project / "runs").mkdir()
    shutil.copy(project / "contracts-run.zip", project / "runs" / "1.zip")

    kept = [*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"], *job["cache"]["paths"]]
    again = run_contracts("run", "--env", "prod", "--output", "again", "--format", "summary", cwd=project)

    assert [path for path in kept if not (project / path).exists()] == []
    # The archive of the run before counts as an earlier run.
    assert "No earlier run" not in (again.folder / "summary.md").read_text(encoding="utf-8")


def test_the_other_commands_of_the_page_are_none_that_are_not_there(project: Path) -> None:
    (jenkins,) = list_commands("Jenkinsfile")
    (report,) = re.findall(r"`contracts (report [^`]*)`", PAGE)

    assert run_contracts(*jenkins, cwd=project).code == 0
    done = run_contracts(*shlex.split(report.replace("last", "contracts-run")), cwd=project)

    assert (done.code, (project / "out" / "summary.md").is_file()) == (0, True), done.stderr
