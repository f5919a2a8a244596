"""Commands that are given a run in progress say so, and change nothing in its folder."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contracts_runner.cli.commands import main
from contracts_runner.evidence.lock import hold_run
from helpers.golden_run import FAULTS, unpack_golden_run
from helpers.shop import READ, write_project


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of a project, which is the current folder; its contract file has the name of one that the run had."""
    project = write_project(tmp_path, READ.replace("1.1", "6.4"), base_url="http://none.invalid")
    (project / "contracts" / "qtickets").mkdir()
    (project / "contracts" / "things.yaml").rename(project / "contracts" / "qtickets" / "6-partners.yaml")
    monkeypatch.chdir(project)
    return unpack_golden_run(FAULTS, tmp_path)


def read_files(folder: Path) -> dict[Path, tuple[bytes, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def invoke_meanwhile(run: Path, *arguments: str) -> Result:
    """Call a command while the run's ledger is locked, as it is by a process that writes it."""
    with hold_run(run / "ledger.jsonl"):
        return CliRunner().invoke(main, list(arguments))


@pytest.mark.parametrize("name", ["{run}", "{run.name}", "last"])
@pytest.mark.parametrize(
    "command",
    ["report {}", "audit {}", "replay {} p-1", "new --from {} p-1", "run --resume {}"],
    ids=lambda command: command.split()[0],
)
def test_a_run_in_progress_is_told_and_left_alone(run: Path, command: str, name: str) -> None:
    before = read_files(run.parent)
    named = "last --env sandbox" if name == "last" else name.format(run=run)

    done = invoke_meanwhile(run, *command.format(named).split())

    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{run.name}/ledger.jsonl is being written by another process" in done.stderr.replace("\\", "/")
    assert read_files(run.parent) == before


def test_a_scenario_is_shown_without_the_outcome_that_is_to_come(run: Path) -> None:
    shown = CliRunner().invoke(main, ["show", "6.4"]).stdout

    meanwhile = invoke_meanwhile(run, "show", "6.4")

    assert "in progress" not in shown
    assert f"in {Path('runs', run.name)}" in shown
    assert "last outcome: none" in meanwhile.stdout
    assert meanwhile.stdout.splitlines()[-1].startswith(f"in progress: {Path('runs', run.name)}")
