"""summary.md: what broke, in how many rows, since when and what to do, in less than a comment takes."""

import re
from string import ascii_letters

import pytest
from hypothesis import given

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.results.events import (
    EarlierRunsRecorded,
    PropertyFinished,
    WarehouseCheckFinished,
    WarehouseLoaded,
)
from contracts_runner.results.rows import EarlierRow, EarlierRun, PropertyFailure, PropertyRow, PropertyStepRow
from helpers.ledger_builder import LedgerBuilder, Line, make_check_row, make_step_row, make_warehouse_row
from helpers.rendering import Render, fill_template
from helpers.sample_ledgers import bounded, ledgers

RUNS = tuple(EarlierRun(id=f"run{day}", started_at=f"2025-11-0{day}T08:00:00Z") for day in (1, 2, 3))


def build_broken(count: int, earlier: dict[str, str] | None = None) -> list[Line]:
    """A run of scenarios that each lack another field of the same answer, and one that holds."""
    names = [f"1.{number}" for number in range(count)]
    builder = LedgerBuilder([*names, "9.9"], simulated=False)
    if earlier:
        rows = tuple(EarlierRow(phase=Phase.SCENARIOS, id=name, outcomes=letters) for name, letters in earlier.items())
        builder.add(EarlierRunsRecorded(runs=RUNS, rows=rows))
    for number, name in enumerate(names):
        field = f"{ascii_letters[number]}x"
        check = make_check_row(
            "failed", check="body", path=f"$.{field}", message=f"{field} is wrong", expected=1, actual="1"
        )
        builder.add_scenario(name, make_step_row("failed", checks=[check]))
    return builder.add_scenario("9.9", make_step_row()).finish()


def test_a_cause_tells_whom_it_concerns_what_was_expected_where_and_what_to_do(render: Render) -> None:
    summary = render(build_broken(1), "summary.md")

    assert summary.splitlines()[0] == "# failed: 1 failed of 2 scenarios"
    assert re.search(r"^1\. \*\*failed: .*\*\*; 1 row: 1\.0$", summary, re.MULTILINE)
    assert "   - 1.0, step 1, body at \\$.ax: ax is wrong; expected 1, actual '1' (contracts/orders" in summary
    assert "   - request: GET http://127.0.0.1:8080/orders\n" in summary
    assert "   - look again: contracts run 1.0 --env sandbox\n" in summary
    assert "No earlier run of this environment was looked at." in summary


@pytest.mark.parametrize(
    ("letters", "told"),
    [
        ("PPP", "new; last passed 2025-11-03 08:00:00 UTC (run run3)"),
        (
            "PFF",
            "broken since 2025-11-02 08:00:00 UTC, 3 runs with this one; "
            "last passed 2025-11-01 08:00:00 UTC (run run1)",
        ),
        ("PFP", "flaky: broken 2 of 4; last passed 2025-11-03 08:00:00 UTC (run run3)"),
        ("...", "new"),
    ],
)
def test_a_cause_tells_since_when(render: Render, letters: str, told: str) -> None:
    assert f"   - {told}\n" in render(build_broken(1, {"1.0": letters}), "summary.md")


def test_what_is_fixed_is_told(render: Render) -> None:
    summary = render(build_broken(1, {"9.9": "PFF"}), "summary.md")

    assert "Fixed since the last run that looked: 9.9." in summary


def test_the_contracts_line_stands_beside_that_of_a_document(render: Render) -> None:
    check = make_check_row("failed", check="body_schema", location="spec/orders.yaml:3")
    lines = LedgerBuilder().add_scenario("1.1", make_step_row("failed", checks=[check])).finish()

    summary = render(lines, "summary.md")

    assert "(spec/orders.yaml:3)\n   - contract: contracts/orders.yaml:10\n" in summary


def test_a_finding_of_generated_requests_is_sent_again_by_a_replay(render: Render) -> None:
    step = PropertyStepRow(operation="listOrders", method="GET", url="http://127.0.0.1:8080/orders?page=0")
    failure = PropertyFailure(title="Server error", steps=(step,))
    name = "listOrders:not_a_server_error:1a"
    row = PropertyRow(id=name, check="not_a_server_error", outcome=Outcome.FAILED, failure=failure)
    summary = render(LedgerBuilder().add(PropertyFinished(row=row)).finish(), "summary.md")

    assert "   - request: GET http://127.0.0.1:8080/orders?page=0\n" in summary
    assert "look again: contracts replay 20251109T151441Z-sandbox-1a2b3c listOrders:not_a_server_error:1a\n" in summary


def test_of_many_causes_the_first_are_told_and_how_many_more_there_are(render: Render) -> None:
    summary = render(build_broken(23), "summary.md")

    assert "## Causes: 23\n" in summary
    assert len(re.findall(r"^\d+\. \*\*failed", summary, re.MULTILINE)) == 20
    assert "\nFurther causes, in report.md: 3.\n" in summary
    assert len(re.findall(r"^\d+\. \*\*failed", render(build_broken(23), "report.md"), re.MULTILINE)) == 23


def test_it_is_never_longer_than_what_takes_it(render: Render) -> None:
    builder = LedgerBuilder([f"{number}{'&' * 1000}" for number in range(20)])
    for number in range(20):
        name = f"{number}{'&' * 1000}"
        check = make_check_row("failed", check=f"c{number}", message="<" * 5000, expected="&" * 900, actual="<" * 900)
        builder.add_scenario(name, make_step_row("failed", checks=[check]))

    summary = render(builder.finish(), "summary.md")

    assert len(summary.encode()) < 64 * 1024
    assert summary.endswith("\nThe rest is in report.md.\n")


def test_a_run_in_which_nothing_broke_says_so(render: Render) -> None:
    builder = LedgerBuilder(simulated=False).add_scenario("1.1", make_step_row())

    summary = render(builder.finish(), "summary.md")

    assert summary.startswith("# passed: 1 of 1 scenario passed\n")
    assert "\n## Causes: 0\n\nNo row of this run is failed or errored.\n" in summary


def test_a_table_of_the_warehouse_is_a_cause_with_its_line(render: Render) -> None:
    row = make_warehouse_row("failed", message="3 rows too many", location="contracts/warehouse.yaml:7")
    summary = render(LedgerBuilder().add(WarehouseCheckFinished(row=row)).finish(), "summary.md")

    assert "W.1, status: 3 rows too many; expected 200, actual 500 (contracts/warehouse.yaml:7)" in summary
    assert "look again: contracts run W.1 --env sandbox" in summary


def test_a_load_that_broke_is_looked_at_again_with_its_phase(render: Render) -> None:
    load = WarehouseLoaded(outcome=Outcome.ERRORED, message="the loader broke", rows={}, duration_ms=1.0)
    summary = render(LedgerBuilder(warehouse_checks=1).add(load).finish(), "summary.md")

    assert "look again: contracts run --phase warehouse --env sandbox" in summary


def test_an_errored_table_has_no_values_and_what_an_object_lacks_is_a_member(render: Render) -> None:
    row = make_warehouse_row("errored", message="page 2 is empty", expected={"operation": "list"}, actual=None)
    check = make_check_row("failed", check="body_schema", expected="id", actual='no such member, of 1: "a"')
    builder = LedgerBuilder().add_scenario("1.1", make_step_row("failed", checks=[check]))
    lines = builder.add(WarehouseCheckFinished(row=row)).finish()
    for name in ("summary.md", "report.md"):
        text = render(lines, name)

        assert "W.1, status: page 2 is empty (" in text
        assert 'expected the member "id", actual no such member, of 1: "a"' in text


@bounded
@given(ledgers())
def test_for_any_text_its_table_keeps_its_columns(lines: list[Line]) -> None:
    summary = fill_template(lines, "summary.md.jinja")

    table = [line for line in summary.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} <= {10}


def test_a_check_of_a_table_shows_its_first_samples_instead_of_its_rule(render: Render) -> None:
    actual = {"items": 9, "sample": {"price": [{"key": "7", "api": "1.5", "table": "150"}]}}
    row = make_warehouse_row(
        "failed", check="reconcile", expected={"operation": "list"}, actual=actual, message="wrong"
    )
    lines = LedgerBuilder([]).add(WarehouseCheckFinished(row=row)).finish()

    summary = render(lines, "summary.md")

    assert 'price: key "7": api "1.5", table "150"' in summary
    assert '"items"' not in summary
