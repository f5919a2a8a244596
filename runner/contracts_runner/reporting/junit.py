"""junit.xml: one testcase for each row of each phase, and for each check of the run as a whole: it has a failure or an
error exactly where the verdict does."""

import io
from collections.abc import Iterable, Iterator
from functools import partial
from typing import assert_never

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.digest import Endpoints, build_digest, render_quarantine
from contracts_runner.reporting.text import make_visible, render_comparison
from contracts_runner.reporting.verdict import SANDBOX_LINE, RunCheck, check_run
from contracts_runner.results.results import Results
from contracts_runner.results.rows import (
    QUARANTINED,
    WARNING,
    CheckRow,
    PropertyRow,
    ScenarioRow,
    StepRow,
    WarehouseRow,
)

RUN = "run"


def render_junit(results: Results) -> str:
    """Return the XML text: a suite for each phase of the run, and one for the run as a whole; failed is `failure`,
    errored `error`, passed a bare testcase, everything else `skipped` with its outcome first. Characters that XML
    forbids are written as escapes."""
    run = results.run
    document = JUnitXml(SANDBOX_LINE if run.simulated else f"contracts: {make_visible(run.environment)}")
    for phase in Phase:
        if results.totals[phase].total or phase in (run.phases or ()):
            cases = _set_aside(results, phase, _iter_cases(results, phase))
            document.add_testsuite(_build_suite(results, phase, cases))
    document.add_testsuite(_build_suite(results, RUN, map(partial(_build_check, results), check_run(results))))
    document.update_statistics()  # type: ignore[no-untyped-call]  # junitparser types only some methods
    buffer = io.BytesIO()
    document.write(buffer, pretty=True)
    return buffer.getvalue().decode()


def _build_suite(results: Results, name: str, cases: Iterable[TestCase]) -> TestSuite:
    run = results.run
    suite = TestSuite(name)
    suite.timestamp = make_visible(run.started_at)
    suite.add_property("environment", make_visible(run.environment))
    suite.add_property("simulated", "true" if run.simulated else "false")
    suite.add_property("seed", str(run.seed))
    suite.add_testcases(list(cases))
    return suite


def _iter_cases(results: Results, phase: Phase) -> Iterator[TestCase]:
    match phase:
        case Phase.SCENARIOS:
            endpoints = {row.operation: row for row in results.endpoints}
            return (_build_case(row, endpoints) for row in results.scenarios)
        case Phase.PROPERTIES:
            return map(_build_property, results.properties)
        case Phase.WAREHOUSE:
            return map(_build_warehouse_check, results.warehouse.checks)
        case _:
            assert_never(phase)


def _set_aside(results: Results, phase: Phase, cases: Iterable[TestCase]) -> Iterator[TestCase]:
    """Yield the cases; what decides nothing, since it is broken as in the baseline or in quarantine, is neither failure
    nor error, and no pass."""
    rows = {row.id for row in results.baseline.rows if row.phase is phase} if results.baseline else set()
    for row, case in zip(results.list_rows(phase), cases, strict=True):
        if row.id in rows:
            [broken] = case.result
            case.result = Skipped(f"{row.outcome}: as in the baseline: {broken.message or ''}", row.outcome.value)
        elif isinstance(row, ScenarioRow) and row.quarantine:
            note = next((result.message for result in case.result), None) or render_quarantine(row)
            case.result = Skipped(note if note.startswith(f"{row.outcome}") else f"{row.outcome}: {note}", QUARANTINED)
        yield case


def _build_case(scenario: ScenarioRow, endpoints: Endpoints) -> TestCase:
    case = TestCase(
        name=make_visible(f"{scenario.id} {scenario.title}"),
        classname=make_visible(scenario.contract),
        time=None if scenario.duration_ms is None else scenario.duration_ms / 1000,
    )
    result = _build_result(scenario.outcome, make_visible(build_digest(scenario, endpoints).note))
    if isinstance(result, Failure | Error):
        result.text = "\n".join(make_visible(line) for line in _iter_failing(scenario))
    case.result = result or []
    return case


def _build_property(row: PropertyRow) -> TestCase:
    case = TestCase(name=make_visible(row.id), classname=f"{Phase.PROPERTIES}.{make_visible(row.operation)}")
    result = _build_result(row.outcome, make_visible(row.reason))
    if isinstance(result, Failure) and row.failure:
        result.text = "\n".join(make_visible(step.curl) for step in row.failure.steps)
    case.result = result or []
    return case


def _build_warehouse_check(row: WarehouseRow) -> TestCase:
    case = TestCase(
        name=make_visible(f"{row.id} {row.check}"), classname=f"{Phase.WAREHOUSE}.{make_visible(row.place)}"
    )
    if row.is_warning:
        case.result = Skipped(f"warning: {row.outcome}: {make_visible(row.message)}", WARNING)
        return case
    result = _build_result(row.outcome, make_visible(row.message))
    if isinstance(result, Failure | Error):
        result.text = make_visible("\n".join(filter(None, (render_comparison(row), row.location, row.sql))))
    case.result = result or []
    return case


def _build_check(results: Results, check: RunCheck) -> TestCase:
    case = TestCase(name=check.name, classname=RUN)
    result = _build_result(check.outcome, make_visible("; ".join(check.clauses)))
    if isinstance(result, Failure | Error):
        result.text = "\n".join(make_visible(line) for line in _iter_details(results, check.name))
    case.result = result or []
    return case


def _iter_details(results: Results, name: str) -> Iterator[str]:
    """Yield what the reports say below the clauses of a check of the run."""
    load = results.warehouse.load
    if name == "load" and load is not None:
        yield load.message
    elif name == "faults":
        yield from (f"{fault.where}: {fault.message}" for fault in results.faults or ())
    elif name == "leaks":
        yield from map(str, results.leaks or ())


def _build_result(outcome: Outcome, note: str) -> Failure | Error | Skipped | None:
    """Return the element of the outcome; None for a bare testcase."""
    match outcome:
        case Outcome.PASSED:
            return None
        case Outcome.FAILED:
            return Failure(note, outcome.value)
        case Outcome.ERRORED:
            return Error(note, outcome.value)
        case Outcome.KNOWN | Outcome.FIXED | Outcome.BLOCKED | Outcome.SKIPPED:
            return Skipped(f"{outcome}: {note}" if note else outcome.value, outcome.value)
        case _:
            assert_never(outcome)


def _iter_failing(scenario: ScenarioRow) -> Iterator[str]:
    """Yield the lines of every check that did not pass."""
    for step in scenario.steps:
        for check in step.checks:
            if check.outcome is not Outcome.PASSED:
                yield from _render_check(step, check)


def _render_check(step: StepRow, check: CheckRow) -> list[str]:
    where = f" ({check.location})" if check.location else ""
    lines = [f"{step.name}: {check.check} {check.outcome}: {check.message}{where}"]
    comparison = render_comparison(check)
    return [*lines, f"  {comparison}"] if comparison else lines
