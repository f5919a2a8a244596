"""What report.html shows beside the results: rows with their earlier runs and causes, what was not tested, drawings."""

import re
from typing import Any

import pytest

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.distribution import draw_distributions
from contracts_runner.reporting.timeline import build_timeline
from contracts_runner.reporting.view import ReportView
from contracts_runner.results import events
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.lines import Line
from contracts_runner.results.record import read_record
from contracts_runner.results.rows import EarlierRow, EarlierRun
from contracts_runner.results.times import Times
from helpers.ledger_builder import LedgerBuilder, make_check_row, make_step_row, make_warehouse_row
from helpers.rendering import fill_template
from helpers.sample_run import build_sample_run


def build_view(lines: list[Line]) -> ReportView:
    return ReportView(fold_ledger(lines), read_record(lines))


def test_a_broken_row_tells_since_when_and_what_each_earlier_run_found() -> None:
    runs = tuple(EarlierRun(id=f"r{day}", started_at=f"2025-11-0{day}T10:00:00Z") for day in (1, 2, 3))
    builder = LedgerBuilder(["1.1", "1.2"]).add(
        events.EarlierRunsRecorded(runs=runs, rows=(EarlierRow(phase=Phase.SCENARIOS, id="1.1", outcomes="P.F"),))
    )
    lines = builder.add_scenario("1.1", make_step_row("failed")).add_scenario("1.2", make_step_row()).finish()

    broken, passed = build_view(lines).phases[0].open[0], build_view(lines).phases[0].passed[0]

    assert [outcome for outcome, _ in broken.history] == ["passed", None, "failed"]
    assert (broken.since and broken.since.state, passed.since, passed.history) == ("since", None, ())
    page = fill_template(lines, "report.html.jinja")
    assert "broken since 2025-11-03 10:00:00 UTC, 2 runs with this one" in page
    assert "1 check in 1 row; last passed 2025-11-01 10:00:00 UTC (run r1)" in page
    assert re.findall(r'class="box[^"]* o-(\w+)"', page) == ["passed", "none", "failed", "failed"]


def test_a_cause_has_its_rows_of_all_phases_the_example_first() -> None:
    builder = LedgerBuilder(["1.1", "1.2"], warehouse_checks=1)
    for identifier in ("1.1", "1.2"):
        builder.add_scenario(identifier, make_step_row("failed", checks=[make_check_row("failed")]))
    builder.add(events.WarehouseCheckFinished(row=make_warehouse_row("failed", id="W.1")))

    view = build_view(builder.finish())

    found = {cause.number: [row.row.id for row in cause.rows] for cause in view.cause_filters}
    assert sorted(found.values()) == [["1.1", "1.2"], ["W.1"]]
    assert all(row.row.id in found[number] for phase in view.phases for row in phase.open for number in row.causes)


def test_what_was_not_tested_is_told_with_its_reason() -> None:
    untested = build_view(build_sample_run()).untested

    assert untested.phases == [Phase.PROPERTIES]
    assert [(outcome, reason, [row.row.id for row in rows]) for outcome, reason, rows in untested.held_back] == [
        ("blocked", "writes: block keeps addTicket back", ["6.3"]),
        ("skipped", "the credential partnerKey is not set", ["6.8"]),
        ("blocked", "the table does not exist", ["W.3"]),
    ]


def test_operations_that_no_request_reached_are_told() -> None:
    lines = LedgerBuilder().add_scenario("1.1", make_step_row()).finish()

    assert build_view(lines).untested.unprobed == ["getEvent", "addTicket", "removeTicket"]


def test_scenarios_that_ran_beside_each_other_have_lanes_of_their_own() -> None:
    lines = _time({"1.1": (0, 40), "1.2": (10, 30), "1.3": (30, 100), "1.4": (40, 50)})

    outcomes = dict.fromkeys(("1.1", "1.2", "1.3"), Outcome.PASSED) | {"1.4": Outcome.FAILED}
    timeline = build_timeline(_read_times(lines), outcomes)

    assert timeline is not None
    assert (timeline.lanes, timeline.ticks, timeline.drawn) == (2, [], [Outcome.PASSED, Outcome.FAILED])
    assert timeline.paths == [
        (Outcome.PASSED, "M100.0 11h200.0v8h-200.0zM0.0 1h400.0v8h-400.0zM300.0 11h700.0v8h-700.0z"),
        (Outcome.FAILED, "M400.0 1h100.0v8h-100.0z"),
    ]


def test_warehouse_checks_have_the_colour_of_their_outcome_in_the_timeline() -> None:
    rows = [events.WarehouseCheckFinished(row=make_warehouse_row(outcome)) for outcome in ("passed", "errored")]
    lines = [*_time({"1.1": (0, 50)}), *(_at(seq, 100 * seq, row) for seq, row in enumerate(rows, start=1))]

    timeline = build_timeline(_read_times(lines), {"1.1": Outcome.KNOWN})

    assert timeline is not None
    assert [(label, dict(paths).keys()) for label, paths in timeline.ticks] == [
        ("warehouse", {Outcome.PASSED: "", Outcome.ERRORED: ""}.keys())
    ]
    assert timeline.drawn == [Outcome.PASSED, Outcome.ERRORED, Outcome.KNOWN]


@pytest.mark.parametrize("at", ["", "yesterday", "2025-11-09T15:14:41Z"])
def test_lines_without_a_time_that_passes_have_no_timeline(at: str) -> None:
    lines = [Line(line.seq, at, line.event) for line in build_sample_run()]

    assert build_timeline(_read_times(lines), {}) is None


def test_a_distribution_counts_responses_over_a_scale_that_all_share() -> None:
    drawn = draw_distributions({"fast": [1.0, 1.0, 1.0], "slow": [1.0, 1000.0, 1000.0], "none": [0.0]})

    assert drawn == {
        "fast": "M0 16v-16.0h1v16.0z",
        "slow": "M0 16v-8.0h1v8.0zM47 16v-16.0h1v16.0z",
        "none": "M0 16v-16.0h1v16.0z",
    }


@pytest.mark.parametrize("latencies", [{}, {"a": [0.0]}])
def test_without_a_latency_nothing_is_drawn(latencies: Any) -> None:
    assert draw_distributions(latencies) == {}


def _time(spans: dict[str, tuple[int, int]]) -> list[Line]:
    """Lines of scenarios that began and ended at these hundredths of a second."""
    moments = [(begin, events.ScenarioStarted(scenario=name)) for name, (begin, _) in spans.items()]
    moments += [
        (end, events.ScenarioFinished(scenario=name, outcome=Outcome.PASSED, duration_ms=1.0))
        for name, (_, end) in spans.items()
    ]
    ordered = sorted(moments, key=lambda moment: moment[0])
    return [_at(seq, at, event) for seq, (at, event) in enumerate(ordered, start=1)]


def _read_times(lines: list[Line]) -> Times:
    times = Times()
    for line in lines:
        times.take(line)
    return times


def _at(seq: int, hundredths: int, event: Any) -> Line:
    return Line(seq, f"2025-11-09T15:14:{hundredths / 100:06.3f}Z", event)


def test_a_step_that_was_not_sent_is_not_tested_though_its_scenario_began() -> None:
    blocked = make_step_row("blocked", name="then", status=None, success=None, checks=[], attempts=0, reason="not sent")
    unseen = [make_check_row("skipped", check="body", message="no answer")] * 2
    builder = LedgerBuilder(["1.1", "1.2"]).add_scenario("1.1", make_step_row("failed", checks=unseen), blocked)
    lines = builder.add_scenario("1.2", blocked, outcome="blocked").finish()

    untested = build_view(lines).untested

    assert untested.unsent == [("1.1", "then", "listOrders", "not sent")]
    assert untested.unseen == [("1.1", "list", "body", "no answer")]
    page = fill_template(lines, "report.html.jinja")
    assert "1.1 then: <code>listOrders</code>: not sent" in page
    assert "2 checks skipped: body ×2; no answer" in page
