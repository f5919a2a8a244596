"""junit.xml: one testcase for each scenario and each property, so that its totals are the report's."""

import io
from collections.abc import Iterator
from typing import assert_never

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.digest import Endpoints, build_digest
from contracts_runner.reporting.text import make_visible, render_comparison
from contracts_runner.reporting.verdict import SANDBOX_LINE
from contracts_runner.results.results import Results
from contracts_runner.results.rows import CheckRow, PropertyRow, ScenarioRow, StepRow

PROPERTIES = Phase.PROPERTIES.value


def render_junit(results: Results) -> str:
    """Return the XML text: a suite for each contract, and one for the properties; failed is `failure`, errored `error`,
    passed a bare testcase, everything else `skipped` with its outcome first. Characters that XML forbids are written
    as escapes."""
    run = results.run
    document = JUnitXml(SANDBOX_LINE if run.simulated else f"contracts: {make_visible(run.environment)}")
    endpoints = {row.operation: row for row in results.endpoints}
    for contract in dict.fromkeys(scenario.contract for scenario in results.scenarios):
        suite = TestSuite(make_visible(contract))
        suite.timestamp = make_visible(run.started_at)
        suite.add_property("environment", make_visible(run.environment))
        suite.add_property("simulated", "true" if run.simulated else "false")
        scenarios = (scenario for scenario in results.scenarios if scenario.contract == contract)
        suite.add_testcases([_build_case(scenario, endpoints) for scenario in scenarios])
        document.add_testsuite(suite)
    if results.properties:
        suite = TestSuite(PROPERTIES)
        suite.timestamp = make_visible(run.started_at)
        suite.add_property("seed", str(run.seed))
        suite.add_testcases([_build_property(row) for row in results.properties])
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]  # junitparser types only some methods
    buffer = io.BytesIO()
    document.write(buffer, pretty=True)
    return buffer.getvalue().decode()


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
    case = TestCase(name=make_visible(row.id), classname=f"{PROPERTIES}.{make_visible(row.operation)}")
    result = _build_result(row.outcome, make_visible(row.reason))
    if isinstance(result, Failure) and row.failure:
        result.text = "\n".join(make_visible(step.curl) for step in row.failure.steps)
    case.result = result or []
    return case


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
