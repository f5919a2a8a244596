"""junit.xml: one testcase for each scenario and each property, so that its totals are the report's."""

import io
from collections.abc import Iterable, Mapping

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.reporting.digest import build_digest
from contracts_runner.reporting.text import make_visible, render_comparison
from contracts_runner.reporting.verdict import SANDBOX_LINE

PROPERTIES = "properties"


def render_junit(results: Mapping[str, Json]) -> str:
    """Return the XML text: a suite for each contract, and one for the properties; failed is `failure`, errored `error`,
    passed a bare testcase, everything else `skipped` with its outcome first. Characters that XML forbids are written
    as escapes."""
    run = results["run"]
    document = JUnitXml(SANDBOX_LINE if run["simulated"] else f"contracts: {make_visible(run['environment'])}")
    endpoints = {row["operation"]: row for row in results["endpoints"]}
    for contract, scenarios in _group(results["scenarios"]).items():
        suite = TestSuite(make_visible(contract))
        suite.timestamp = make_visible(run["started_at"])
        suite.add_property("environment", make_visible(run["environment"]))
        suite.add_property("simulated", "true" if run["simulated"] else "false")
        suite.add_testcases([_build_case(scenario, endpoints) for scenario in scenarios])
        document.add_testsuite(suite)
    if results["properties"]:
        suite = TestSuite(PROPERTIES)
        suite.timestamp = make_visible(run["started_at"])
        suite.add_property("seed", str(run["seed"]))
        suite.add_testcases([_build_property(row) for row in results["properties"]])
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]  # junitparser types only some methods
    buffer = io.BytesIO()
    document.write(buffer, pretty=True)
    return buffer.getvalue().decode()


def _group(scenarios: Iterable[Mapping[str, Json]]) -> dict[str, list[Mapping[str, Json]]]:
    grouped: dict[str, list[Mapping[str, Json]]] = {}
    for scenario in scenarios:
        grouped.setdefault(scenario["contract"], []).append(scenario)
    return grouped


def _build_case(scenario: Mapping[str, Json], endpoints: Mapping[str, Mapping[str, Json]]) -> TestCase:
    case = TestCase(
        name=make_visible(f"{scenario['id']} {scenario['title']}"),
        classname=make_visible(scenario["contract"]),
        time=None if scenario["duration_ms"] is None else scenario["duration_ms"] / 1000,
    )
    note = make_visible(build_digest(scenario, endpoints).note)
    match Outcome(scenario["outcome"]):
        case Outcome.PASSED:
            pass
        case Outcome.FAILED:
            case.result = _add_text(Failure(note, Outcome.FAILED.value), scenario)
        case Outcome.ERRORED:
            case.result = _add_text(Error(note, Outcome.ERRORED.value), scenario)
        case outcome:
            case.result = Skipped(f"{outcome}: {note}" if note else outcome.value, outcome.value)
    return case


def _build_property(row: Mapping[str, Json]) -> TestCase:
    case = TestCase(name=make_visible(row["id"]), classname=f"{PROPERTIES}.{make_visible(row['operation'])}")
    note, outcome = make_visible(row["reason"]), Outcome(row["outcome"])
    match outcome:
        case Outcome.PASSED:
            pass
        case Outcome.FAILED:
            failure = Failure(note, Outcome.FAILED.value)
            failure.text = "\n".join(make_visible(step["curl"]) for step in row["failure"]["steps"])
            case.result = failure
        case Outcome.ERRORED:
            case.result = Error(note, Outcome.ERRORED.value)
        case _:
            case.result = Skipped(f"{outcome}: {note}" if note else outcome.value, outcome.value)
    return case


def _add_text(result: Failure | Error, scenario: Mapping[str, Json]) -> Failure | Error:
    """Give the result every check that did not pass as its text."""
    result.text = "\n".join(
        make_visible(line)
        for step in scenario["steps"]
        for check in step["checks"]
        if check["outcome"] != Outcome.PASSED
        for line in _render_check(step, check)
    )
    return result


def _render_check(step: Mapping[str, Json], check: Mapping[str, Json]) -> list[str]:
    where = f" ({check['location']})" if check["location"] else ""
    lines = [f"{step['name']}: {check['check']} {check['outcome']}: {check['message']}{where}"]
    comparison = render_comparison(check)
    return [*lines, f"  {comparison}"] if comparison else lines
