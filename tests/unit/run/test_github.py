"""What GitHub shows of a run: at most ten annotations, one for each cause, and the summary of the job."""

import itertools
import string
from collections.abc import Sequence
from pathlib import Path

import pytest

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.phrases import find_phrases
from contracts_runner.results.events import BaselineRecorded, WarehouseCheckFinished
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.rows import BrokenRow, CheckRow
from contracts_runner.run.github import append_summary, render_annotations
from contracts_runner.run.report import Wish, report_run
from helpers.golden_run import FAULTS, unpack_golden_run
from helpers.ledger_builder import LedgerBuilder, Line, make_check_row, make_step_row, make_warehouse_row


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that files of annotations are relative to."""
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return tmp_path


def build_run(checks: Sequence[CheckRow], **run: object) -> list[Line]:
    """A run with a scenario for each check that did not hold."""
    builder = LedgerBuilder([f"1.{number}" for number in range(len(checks))], simulated=False, **run)
    for number, check in enumerate(checks):
        builder.add_scenario(f"1.{number}", make_step_row(check.outcome, checks=[check]))
    return builder.finish()


def annotate(lines: list[Line], project: Path | None, language: str = "en") -> list[str]:
    return render_annotations(fold_ledger(lines), project, find_phrases(language)).splitlines()


def make_checks(count: int) -> list[CheckRow]:
    return [
        make_check_row("failed", check="body", message=f"field {first}{second}")
        for first, second in itertools.islice(itertools.product(string.ascii_lowercase, repeat=2), count)
    ]


def test_an_annotation_is_at_the_contracts_line_with_exact_escapes(repository: Path) -> None:
    check = make_check_row(
        "failed",
        check="body",
        path="$.rate",
        message="50% at 10:30, twice\nover",
        expected=1,
        actual=2,
        location="contracts/orders.yaml:12",
    )

    (line,) = annotate(build_run([check]), repository / "api")

    head, _, message = line.removeprefix("::error ").partition("::")
    assert head.startswith("file=api/contracts/orders.yaml,line=12,title=failed%3A ")
    assert message == (
        "1.0: 50%25 at 10:30, twice%0Aover%0Aexpected 1, actual 2%0A1 row: 1.0%0AGET http://127.0.0.1:8080/orders%0A"
        "contracts run 1.0 --env sandbox"
    )


def test_what_the_spec_says_is_annotated_at_the_scenario_that_needs_it(repository: Path) -> None:
    check = make_check_row("failed", check="body_schema", location="spec/orders.yaml:3")

    (line,) = annotate(build_run([check]), repository)

    assert line.startswith("::error file=contracts/orders.yaml,line=10,title=")


@pytest.mark.parametrize(("causes", "lines", "hidden"), [(1, 1, 0), (10, 10, 0), (11, 10, 2), (40, 10, 31)])
def test_there_are_at_most_ten(repository: Path, causes: int, lines: int, hidden: int) -> None:
    found = annotate(build_run(make_checks(causes)), repository)

    assert len(found) == lines
    assert found[-1].endswith(f"::further causes, in the summary of the job: {hidden}") is bool(hidden)


def test_one_cause_of_many_rows_is_one_annotation(repository: Path) -> None:
    (line,) = annotate(build_run([make_check_row("failed", actual=503)] * 30), repository)

    assert "30 rows: 1.0, 1.1, 1.2, 1.3, 1.4 and 25 more" in line
    assert (
        "30 строк: 1.0, 1.1, 1.2, 1.3, 1.4 и ещё 25"
        in annotate(build_run([make_check_row("failed", actual=503)] * 30), repository, "ru")[0]
    )


def test_what_decides_nothing_is_a_notice_and_comes_last(repository: Path) -> None:
    broken = BrokenRow(phase=Phase.WAREHOUSE, id="W.1", outcome=Outcome.FAILED)
    baseline = BaselineRecorded(run="1", environment="sandbox", started_at="2025-11-01", head="", rows=(broken,))
    builder = LedgerBuilder(simulated=False).add(baseline).add_scenario("1.1", make_step_row("failed"))
    builder.add(WarehouseCheckFinished(row=make_warehouse_row("failed")))

    levels = [line.partition(" ")[0] for line in annotate(builder.finish(), repository)]

    assert levels == ["::error", "::notice"]


def test_a_run_that_broke_without_a_row_has_its_verdict_and_a_good_one_nothing(repository: Path) -> None:
    unfinished = LedgerBuilder(["1.1", "1.2"], simulated=False).add_scenario("1.1", make_step_row()).lines

    (line,) = annotate(unfinished, repository)

    assert line == (
        "::error title=contracts::errored: 1 of 1 scenario passed; 1 of 2 selected scenarios never started; "
        "the run did not finish"
    )
    assert annotate(build_run([make_check_row()]), repository) == []


def test_the_summary_is_added_to_that_of_the_job(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = repository / "step_summary"
    target.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(target))
    run = unpack_golden_run(FAULTS, repository)

    wish = Wish(("github",), repository / "out", "ru")
    code = report_run(str(run), project=None, environment=None, wish=wish, is_forced=True)

    summary = (repository / "out" / "summary.md").read_bytes()
    assert target.read_bytes() == b"before\n" + summary + b"\n"
    assert "# не пройдено: 6 не пройдено из 7 сценариев" in summary.decode()
    shown = capsys.readouterr().out
    assert (code, shown.count("\n::error ")) == (1, 7)
    assert shown.startswith("запуск на песочнице")


def test_a_summary_that_cannot_be_written_is_told(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "summary.md").write_text("# failed", encoding="utf-8")
    assert append_summary(repository) == ""

    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(repository / "no" / "folder"))

    assert append_summary(repository).startswith("$GITHUB_STEP_SUMMARY: the summary was not written: ")
