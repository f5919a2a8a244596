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
from contracts_runner.results.fold import fold_ledger
from helpers.ledger_builder import LedgerBuilder, Line, make_check_row, make_step_row
from helpers.sample_ledgers import bounded, ledgers
from helpers.sample_run import build_sample_run


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

    assert case.result[0].text == ("list: body_schema failed: no id (contracts/orders.yaml:12)\n  expected 1, actual 2")


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
def test_for_any_text_the_xml_is_valid_and_its_totals_are_ours(lines: list[Line]) -> None:
    results = fold_ledger(lines)

    cases = _parse(lines)

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
