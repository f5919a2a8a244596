"""What a run that leaked leaves behind when its reports are made again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts_runner.evidence.ledger import Ledger
from contracts_runner.evidence.manifest import is_sealed
from contracts_runner.results.events import LeaksFound
from contracts_runner.results.rows import LeakRow
from contracts_runner.run.finish import report_run
from helpers.ledger_builder import LedgerBuilder, make_step_row

LEAK = LeaksFound(leaks=(LeakRow(file="report.html", line=3, kind="secret", name="restToken"),))


def write_run(folder: Path, *, outcome: str, is_interrupted: bool, is_leaking: bool) -> None:
    folder.mkdir()
    builder = LedgerBuilder().add_scenario("1.1", make_step_row(outcome))
    builder.finish(is_interrupted=is_interrupted)
    builder.add(*[LEAK] * is_leaking)
    with Ledger(folder / "ledger.jsonl", lambda: datetime.now(UTC)) as ledger:
        for line in builder.lines:
            ledger.append(line.event)  # type: ignore[arg-type] - the builder adds no unknown ones


@pytest.mark.parametrize("outcome", ["passed", "failed", "errored"])
@pytest.mark.parametrize("is_interrupted", [False, True])
def test_a_leak_is_3_whatever_else_happened_and_no_archive_stays(
    tmp_path: Path, outcome: str, is_interrupted: bool
) -> None:
    run, archive = tmp_path / "out", tmp_path / "out.zip"
    write_run(run, outcome=outcome, is_interrupted=is_interrupted, is_leaking=True)
    archive.write_bytes(b"of an earlier report")

    code = report_run(str(run), project=None, environment=None, is_forced=True)

    assert (code, archive.exists(), is_sealed(run)) == (3, False, True)


@pytest.mark.parametrize(("outcome", "code"), [("passed", 0), ("failed", 1), ("errored", 3)])
def test_without_a_leak_there_is_one(tmp_path: Path, outcome: str, code: int) -> None:
    write_run(tmp_path / "out", outcome=outcome, is_interrupted=False, is_leaking=False)

    assert report_run(str(tmp_path / "out"), project=None, environment=None, is_forced=True) == code
    assert (tmp_path / "out.zip").is_file()
