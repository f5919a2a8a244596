"""junit.xml: a testcase for each scenario, valid for any text."""

import xml.etree.ElementTree as ET
from collections import Counter

import pytest
from hypothesis import given
from junitparser import Error, Failure, JUnitXml, Skipped

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.junit import render_junit
from contracts_runner.reporting.verdict import check_run
from contracts_runner.results.events import EarlierRunsRecorded, WarehouseCheckFinished
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.record import read_record
from contracts_runner.results.rows import EarlierRow, EarlierRun
from helpers.ledger_builder import LedgerBuilder, Line, make_check_row, make_step_row, make_warehouse_row
from helpers.sample_ledgers import bounded, ledgers
from helpers.sample_run import build_sample_run

BROKEN = make_step_row("failed", status=500)


@pytest.mark.parametrize(
    ("outcome", "element", "message"),
    [
        ("failed", Failure, "it broke"),
        ("errored", Error, "it broke"),
        ("known", Skipped, "known: it broke"),
        ("fixed", Skipped, "fixed: it broke"),
        ("blocked", Skipped, "blocked: it broke"),
        ("skipped", Skipped, "skipped: it broke"),
    ],
)
def test_an_outcome_has_its_element(outcome: str, element: type, message: str) -> None:
    step = make_step_row(outcome, checks=[make_check_row(outcome, message="it broke")])

    case = _parse(LedgerBuilder().add_scenario("1.1", step, reason="it broke").finish())[0]

    assert [type(result) for result in case.result] == [element]
    assert case.result[0].message == message


def test_passed_is_a_bare_testcase() -> None:
    case = _parse(LedgerBuilder().add_scenario("1.1", make_step_row()).finish())[0]

    assert list(case) == []


def test_the_text_of_a_failure_has_each_check_that_did_not_hold() -> None:
    checks = [make_check_row(), make_check_row("failed", check="body_schema", message="no id", expected=1, actual=2)]

    case = _parse(LedgerBuilder().add_scenario("1.1", make_step_row("failed", checks=checks)).finish())[0]

    assert case.result[0].text.splitlines()[1:3] == [
        "list: body_schema failed: no id (contracts/orders.yaml:12)",
        "  expected 1, actual 2",
    ]


def test_what_is_broken_has_the_command_that_sends_its_request_again() -> None:
    builder = LedgerBuilder(["1.1", "1.2"]).add_scenario("1.1", BROKEN).add_scenario("1.2", BROKEN)
    lines = builder.finish()

    results = fold_ledger(lines)
    document = ET.fromstring(render_junit(results, read_record(lines)))

    told = [(failure.text or "").splitlines() for failure in document.iter("failure")]
    assert [any(line.startswith("curl ") and line.endswith("/orders") for line in each) for each in told] == [
        True,
        True,
    ]


def test_a_testcase_has_the_line_of_its_contract() -> None:
    lines = LedgerBuilder(["1.1", "1.2"]).add_scenario("1.1", make_step_row()).add_scenario("1.2", BROKEN)
    document = ET.fromstring(render_junit(fold_ledger(lines.finish())))

    places = [(case.get("file"), case.get("line")) for case in document[0].iter("testcase")]
    assert places == [("contracts/orders.yaml", "10"), ("contracts/orders.yaml", "12")]


def test_what_did_not_pass_has_its_request_causes_and_history_as_properties_and_below_the_failure() -> None:
    runs = (EarlierRun(id="before", started_at="2025-11-01T08:00:00Z"),)
    rows = (EarlierRow(phase=Phase.SCENARIOS, id="1.1", outcomes="F"),)
    builder = LedgerBuilder(["1.1", "1.2"]).add(EarlierRunsRecorded(runs=runs, rows=rows))
    builder.add_scenario("1.1", BROKEN).add_scenario("1.2", BROKEN)
    document = ET.fromstring(render_junit(fold_ledger(builder.finish())))

    case, other = document[0].iter("testcase")

    assert [(each.get("name"), each.get("value")) for each in case.iter("property")] == [
        ("url", "http://127.0.0.1:8080/orders"),
        ("since", "broken since 2025-11-01 08:00:00 UTC, 2 runs with this one"),
        ("cause", "the service answers 500 (2 rows: 1.1, 1.2)"),
        ("again", "contracts run 1.1 --env sandbox"),
    ]
    failure = case.find("failure")
    assert failure is not None
    told = (failure.text or "").splitlines()
    assert told[0] == "cause: the service answers 500 (2 rows: 1.1, 1.2)"
    assert told[3:] == [
        "request: GET http://127.0.0.1:8080/orders",
        "earlier runs: broken since 2025-11-01 08:00:00 UTC, 2 runs with this one",
        "again: contracts run 1.1 --env sandbox",
    ]
    again = [each.get("value") for each in other.iter("property") if each.get("name") == "again"]
    assert again == ["contracts run 1.2 --env sandbox"]


@pytest.mark.parametrize(
    ("folder", "path"), [("out/run", "out/run/artifacts/1.1/1-list.json"), (None, "artifacts/1.1/1-list.json")]
)
def test_artifacts_are_attached_from_where_the_run_was_started(folder: str | None, path: str) -> None:
    builder = LedgerBuilder(**({"folder": folder} if folder else {})).add_scenario("1.1", BROKEN, BROKEN)
    document = ET.fromstring(render_junit(fold_ledger(builder.finish())))

    assert document[0].findtext("testcase/system-out") == f"[[ATTACHMENT|{path}]]"


def test_a_warehouse_check_has_its_line_and_the_pages_that_it_looked_at() -> None:
    pages = {"count": 3, "first": "artifacts/pages/1.json", "last": "artifacts/pages/3.json"}
    row = make_warehouse_row("failed", pages=pages, location="contracts/warehouse.yaml:7")
    document = ET.fromstring(render_junit(fold_ledger(LedgerBuilder().add(WarehouseCheckFinished(row=row)).finish())))

    case = document.find("testsuite[@name='warehouse']/testcase")

    assert case is not None
    assert (case.get("file"), case.get("line")) == ("contracts/warehouse.yaml", "7")
    assert (case.findtext("system-out") or "").splitlines() == [
        "[[ATTACHMENT|artifacts/pages/1.json]]",
        "[[ATTACHMENT|artifacts/pages/3.json]]",
    ]


# What readers of such files know: an element with its attributes, and what may stand in it, in that order.
_KNOWN = {
    "testsuites": ({"name", "tests", "failures", "errors", "skipped", "time"}, ["testsuite"]),
    "testsuite": ({"name", "timestamp", "tests", "failures", "errors", "skipped", "time"}, ["properties", "testcase"]),
    "testcase": (
        {"name", "classname", "time", "file", "line"},
        ["properties", "failure", "error", "skipped", "system-out"],
    ),
    "properties": (set[str](), ["property"]),
    "property": ({"name", "value"}, []),
    "failure": ({"message", "type"}, []),
    "error": ({"message", "type"}, []),
    "skipped": ({"message", "type"}, []),
    "system-out": (set[str](), []),
}


def test_a_simulated_run_says_so_in_its_name() -> None:
    document = ET.fromstring(render_junit(fold_ledger(build_sample_run())))

    assert document.get("name") == "sandbox run: says nothing about production"


def test_suites_are_phases_and_the_run_and_times_are_seconds() -> None:
    document = ET.fromstring(render_junit(fold_ledger(build_sample_run())))

    assert [suite.get("name") for suite in document] == ["scenarios", "warehouse", "run"]
    assert {case.get("classname") for case in document[0].iter("testcase")} == {"orders", "partners"}
    assert document[0].find("testcase[@name='1.1 Scenario 1.1']").get("time") == "0.025"


@bounded
@given(ledgers())
def test_for_any_text_the_xml_has_what_readers_know_and_its_totals_are_ours(lines: list[Line]) -> None:
    results = fold_ledger(lines)

    cases = _parse(lines)

    for element in ET.fromstring(render_junit(results)).iter():
        attributes, children = _KNOWN[element.tag]
        places = [children.index(child.tag) for child in element]
        assert set(element.keys()) <= attributes
        assert places == sorted(places)

    kinds = Counter(type(result).__name__ for case in cases for result in case.result)
    outcomes = Counter(check.outcome for check in check_run(results))
    for phase in Phase:
        outcomes += Counter({outcome: results.totals[phase][outcome] for outcome in Outcome})
    assert len(cases) == outcomes.total()
    assert (kinds["Failure"], kinds["Error"]) == (outcomes[Outcome.FAILED], outcomes[Outcome.ERRORED])
    assert kinds["Skipped"] == outcomes.total() - sum(
        outcomes[outcome] for outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.ERRORED)
    )


def _parse(lines: list[Line]) -> list[object]:
    document = JUnitXml.fromstring(render_junit(fold_ledger(lines)).encode())
    return [case for suite in document for case in suite]
