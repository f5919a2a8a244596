"""One verdict: exit code, first words, junit.xml and audit say the same of any run."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from junitparser import Error, Failure, JUnitXml

from contracts_runner.audit.chain import Line as AuditLine
from contracts_runner.audit.recount import recount
from contracts_runner.audit.run_audit import judge
from contracts_runner.audit.tally import build_tally
from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.junit import render_junit
from contracts_runner.reporting.verdict import find_exit_code, render_headline
from contracts_runner.results import events
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.rows import RUN_BROKE, LeakRow, PropertyRow
from helpers.ledger_builder import LedgerBuilder, Line, list_rows, make_step_row, make_warehouse_row
from helpers.sample_ledgers import bounded, ledgers

LEAK = LeakRow(file="report.html", line=3, kind="secret", name="restToken")


@dataclass(frozen=True)
class Case:
    """A run with one passed scenario, and a row of an outcome in a phase."""

    outcome: Outcome
    phase: Phase
    load: Outcome | None
    ending: str  # complete, interrupted, broken, killed
    is_strict: bool
    is_leaking: bool
    is_warning: bool = False
    is_quarantined: bool = False

    def build(self) -> list[Line]:
        apart = {"quarantine": {"owner": "us", "because": "it is flaky", "until": "2099-01-01"}}
        second = {"id": "2", **(apart if self.is_quarantined else {})}
        builder = LedgerBuilder(["1", second]).add_scenario("1", make_step_row())
        scenario = self.outcome if self.phase is Phase.SCENARIOS else Outcome.PASSED
        unsent = {"request": None, "status": None, "artifact": None, "checks": []}
        builder.add_scenario("2", make_step_row(scenario, **(unsent if scenario.traits.is_held_back else {})))
        if self.phase is Phase.PROPERTIES:
            row = PropertyRow(id="p", operation="listOrders", check=PropertyCheck.REQUESTS, outcome=self.outcome)
            builder.add(events.PropertyFinished(row=row))
        if self.load:
            builder.add(events.WarehouseLoaded(outcome=self.load))
        if self.phase is Phase.WAREHOUSE:
            severity = {"severity": "warning"} if self.is_warning else {}
            builder.add(events.WarehouseCheckFinished(row=make_warehouse_row(self.outcome, **severity)))
        if self.ending == "broken":
            builder.add(events.FaultRecorded(where=RUN_BROKE, message="a fault"))
        if self.ending != "killed":
            builder.finish(is_interrupted=self.ending != "complete", is_strict=self.is_strict)
            builder.add(*[events.LeaksFound(leaks=(LEAK,))] * self.is_leaking)
        return builder.lines

    @property
    def code(self) -> int:
        """The exit code by docs/design.md, Outcomes."""
        if self.is_leaking and self.ending != "killed":
            return 3
        if self.ending == "interrupted":
            return 130
        is_strict = self.is_strict and self.ending != "killed"
        warns = self.is_warning and self.outcome in (Outcome.FAILED, Outcome.ERRORED)
        outcome = Outcome.FIXED if warns else self.outcome  # each fails with --strict only
        outcome = Outcome.PASSED if self.is_quarantined else outcome
        if outcome is Outcome.FAILED or (outcome is Outcome.FIXED and is_strict):
            return 1
        return 0 if self.ending == "complete" and Outcome.ERRORED not in (outcome, self.load) else 3


def iter_cases() -> Iterator[Case]:
    loads, endings = (None, Outcome.PASSED, Outcome.ERRORED), ("complete", "interrupted", "broken", "killed")
    booleans = (False, True)
    yield from itertools.starmap(Case, itertools.product(Outcome, Phase, loads, endings, booleans, booleans))
    warnings = itertools.product(Outcome, [Phase.WAREHOUSE], [None], endings, booleans, [False], [True])
    yield from itertools.starmap(Case, warnings)
    apart = itertools.product(Outcome, [Phase.SCENARIOS], [None], endings, booleans, [False], [False], [True])
    yield from itertools.starmap(Case, apart)


def read_breaks(lines: list[Line]) -> set[type]:
    """The kinds of failures and errors that junit.xml holds."""
    document = JUnitXml.fromstring(render_junit(fold_ledger(lines)).encode())
    results = (result for suite in document for case in suite for result in case.result)
    return {type(result) for result in results} & {Failure, Error}


def judge_again(lines: list[Line]) -> int:
    """The exit code by the audit."""
    tally = build_tally(AuditLine(number, row) for number, row in enumerate(list_rows(lines), start=1))
    assert tally is not None
    return judge(recount(tally))


@pytest.mark.parametrize("ending", ["complete", "interrupted", "broken", "killed"])
@pytest.mark.parametrize("phase", Phase)
def test_the_exit_code_is_that_of_the_design_and_everything_says_so(phase: Phase, ending: str) -> None:
    for case in iter_cases():
        if (case.phase, case.ending) != (phase, ending):
            continue
        lines = case.build()
        results = fold_ledger(lines)

        assert find_exit_code(results) == judge_again(lines) == case.code, case
        words = {0: ("passed", "nothing failed"), 1: ("failed",), 3: ("errored",), 130: ("interrupted",)}
        assert render_headline(results) in words[case.code], case
        assert not (case.is_quarantined and render_headline(results) == "passed"), case
        breaks = read_breaks(lines)
        assert bool(breaks) == (case.code != 0), case
        assert (Failure in breaks) == (case.code == 1) or case.code == 130 or case.is_leaking, case


@bounded
@given(ledgers())
def test_of_any_run(lines: list[Line]) -> None:
    code = find_exit_code(fold_ledger(lines))

    assert code == judge_again(lines)
    assert bool(read_breaks(lines)) == (code != 0)
