"""examples/: each is checked without a remark, and green by the command that its README names."""

import shlex
from pathlib import Path

import pytest

from helpers.command import REPOSITORY, run_contracts
from helpers.varied import vary

EXAMPLES = ("files", "jobs", "notes", "parcels", "shelf", "stock")


@pytest.mark.parametrize("name", vary(EXAMPLES, everywhere="notes"))
def test_an_example_is_checked_and_runs_as_its_readme_says(name: str, tmp_path: Path) -> None:
    readme = (REPOSITORY / "examples" / name / "README.md").read_text(encoding="utf-8")
    command = next(line for line in readme.splitlines() if line.startswith("    contracts run"))
    _, _, *options = shlex.split(command)

    checked = run_contracts("check", *options, cwd=REPOSITORY)
    done = run_contracts("run", *options, "--output", str(tmp_path / "out"), cwd=REPOSITORY)

    assert checked.stdout.startswith("0 errors, 0 warnings"), checked.stdout
    assert done.code == 0, done.stdout + done.stderr
    assert set(done.outcomes.values()) == {"passed"}
