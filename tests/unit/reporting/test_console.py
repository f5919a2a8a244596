"""The terminal: progress that moves or lines that stay, and a summary that nothing can steer."""

import contextlib
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from msgspec import structs
from rich.console import Console

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.console import ConsoleListener
from contracts_runner.reporting.summary import render_summary
from contracts_runner.results import events
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.rows import ExchangeRow, RunDescription, ScenarioDescription, SentMessage
from helpers.ledger_builder import LedgerBuilder, Line, make_check_row, make_step_row, make_warehouse_row
from helpers.sample_ledgers import bounded, ledgers
from helpers.sample_run import build_sample_run

STARTED = events.RunStarted(
    run=RunDescription(id="0badcafe", environment="here"),
    scenarios=(
        ScenarioDescription(id="1.1", title="List orders", contract="orders"),
        ScenarioDescription(id="1.2", title="[bold]Get[/]", contract="orders"),
    ),
    deselected=0,
    operations=(),
)
SENT = events.RequestSent(
    phase=Phase.SCENARIOS,
    scenario="1.1",
    step="list",
    operation="listOrders",
    method="GET",
    url="http://127.0.0.1/orders?\x1b]0;owned\x07",
    is_write=False,
)


def test_in_a_pipe_each_finished_scenario_is_a_line() -> None:
    text = _show(STARTED, SENT, _finish("1.1", "passed"), _finish("1.2", "failed", "status 500"))

    assert text == "passed   1.1  List orders (12.5 ms)\nfailed   1.2  [bold]Get[/]: status 500 (12.5 ms)\n"


def test_a_long_line_of_a_pipe_is_not_folded() -> None:
    assert _show(STARTED, _finish("1.1", "failed", "x" * 200)).count("\n") == 1


def test_warehouse_events_are_lines_too() -> None:
    row = make_warehouse_row("failed", check="exists", message="no such table")

    text = _show(
        STARTED,
        events.WarehouseLoaded(outcome=Outcome.ERRORED, message="no loader", duration_ms=5.0),
        events.WarehouseCheckFinished(row=row),
    )

    assert text == "errored  load  no loader (5.0 ms)\nfailed   W.1  orders exists no such table\n"


def test_on_a_terminal_the_counts_and_the_current_request_move() -> None:
    stream = io.StringIO()
    with ConsoleListener(Console(file=stream, force_terminal=True, width=160)) as listener:
        for event in (STARTED, _finish("1.1", "passed"), SENT):
            listener.handle(event)

    shown = stream.getvalue()
    assert "1/2" in shown
    assert "1 passed" in shown
    assert "GET http://127.0.0.1/orders?\\x1b]0;owned\\x07" in shown


def test_on_a_terminal_generated_requests_are_counted_one_by_one() -> None:
    stream = io.StringIO()
    generated = structs.replace(SENT, phase=Phase.PROPERTIES, scenario=None, step=None)
    with ConsoleListener(Console(file=stream, force_terminal=True, width=160)) as listener:
        for event in (STARTED, SENT, generated, generated):
            listener.handle(event)

    assert "2 generated: GET http://127.0.0.1/orders" in stream.getvalue()
    assert "3 generated" not in stream.getvalue()


class Ticks:
    """A clock that goes on by two seconds whenever it is asked."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 2
        return self.seconds


def fetch(number: int, **fields: Any) -> events.PageFetched:
    exchange = ExchangeRow(request=SentMessage(method="GET", url="http://127.0.0.1/orders"))
    return events.PageFetched(operation="list\x1bOrders", number=number, exchange=exchange, artifact="", **fields)


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ([fetch(1)], "list\\x1bOrders: page 1"),
        ([fetch(1), fetch(2)], "list\\x1bOrders: page 2"),
        ([fetch(1), fetch(2, pages=40)], "list\\x1bOrders: page 2 of 40, 0:01:16 left"),
        ([fetch(1), fetch(2, pages=40), fetch(3, pages=40)], "list\\x1bOrders: page 3 of 40, 0:01:14 left"),
        ([fetch(1), fetch(2, pages=2)], "list\\x1bOrders: page 2 of 2"),
        ([fetch(1), fetch(2, pages=40, wait_seconds=30.0)], "list\\x1bOrders: page 2 of 40, asked again in 30 s"),
        ([fetch(1), fetch(2, pages=9), fetch(1)], "list\\x1bOrders: page 1"),
    ],
)
def test_on_a_terminal_the_page_of_a_walk_and_the_time_left_move(pages: list[events.PageFetched], words: str) -> None:
    stream = io.StringIO()
    with ConsoleListener(Console(file=stream, force_terminal=True, width=160), Ticks()) as listener:
        for event in (STARTED, *pages):
            listener.handle(event)

    assert words in stream.getvalue().rpartition("0/2")[2]


def test_on_a_terminal_the_requests_of_a_walk_say_where_it_is() -> None:
    stream = io.StringIO()
    asked = structs.replace(SENT, phase=Phase.WAREHOUSE, scenario=None, step=None)
    with ConsoleListener(Console(file=stream, force_terminal=True, width=200), Ticks()) as listener:
        for event in (STARTED, fetch(1), fetch(2, pages=9), asked):
            listener.handle(event)

    assert "page 2 of 9, 0:00:14 left: GET http://127.0.0.1/orders" in stream.getvalue()


def test_in_a_pipe_one_page_of_a_hundred_is_a_line_and_each_pause() -> None:
    pages = [fetch(number, pages=250, **({"wait_seconds": 9.0} if number == 7 else {})) for number in range(1, 251)]

    lines = _show(STARTED, *pages, clock=Ticks()).splitlines()

    assert lines == [
        "list\\x1bOrders: page 7 of 250, asked again in 9 s",
        "list\\x1bOrders: page 100 of 250, 0:04:57 left",
        "list\\x1bOrders: page 200 of 250, 0:01:39 left",
    ]


def test_on_a_terminal_only_what_asks_for_attention_stays() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, color_system=None, width=160)
    with ConsoleListener(console) as listener:
        for event in (STARTED, _finish("1.1", "passed"), _finish("1.2", "failed", "status 500"), events.RunFinished()):
            listener.handle(event)

    assert "failed   1.2  [bold]Get[/]: status 500" in stream.getvalue()
    assert "List orders" not in stream.getvalue()


def test_a_verbose_terminal_keeps_a_line_for_each_result() -> None:
    stream = io.StringIO()
    with ConsoleListener(Console(file=stream, force_terminal=True, width=160), is_verbose=True) as listener:
        for event in (STARTED, _finish("1.1", "passed"), _finish("1.2", "failed", "status 500")):
            listener.handle(event)

    assert "List orders" in stream.getvalue()
    assert "status 500" in stream.getvalue()


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_quiet_run_shows_nothing_while_it_goes_on(is_terminal: bool) -> None:
    stream = io.StringIO()
    with ConsoleListener(Console(file=stream, force_terminal=is_terminal), is_quiet=True) as listener:
        for event in (STARTED, SENT, _finish("1.2", "failed", "status 500")):
            listener.handle(event)

    assert stream.getvalue() == ""


def test_a_run_that_breaks_off_gives_the_terminal_back() -> None:
    stream = io.StringIO()

    with contextlib.suppress(RuntimeError), ConsoleListener(Console(file=stream, force_terminal=True)) as listener:
        listener.handle(STARTED)
        raise RuntimeError

    assert stream.getvalue().rindex("\x1b[?25h") > stream.getvalue().rindex("\x1b[?25l")


def test_a_simulated_run_says_so_in_the_first_line(tmp_path: Path) -> None:
    assert _summarise(build_sample_run(), tmp_path).splitlines()[0] == "sandbox run: says nothing about production"


def test_a_real_run_does_not_say_that(tmp_path: Path) -> None:
    assert "says nothing" not in _summarise(build_sample_run(simulated=False), tmp_path)


def test_a_failure_has_its_check_values_place_and_artifact(tmp_path: Path) -> None:
    check = make_check_row("failed", path="$.id", expected=1, actual=None, message="nothing there", location="a.yaml:3")
    step = make_step_row("failed", checks=[make_check_row(), check])
    lines = LedgerBuilder().add_scenario("1.1", step, reason="nothing there").finish()

    assert _summarise(lines, tmp_path).splitlines()[1:6] == [
        "failed   1.1  Scenario 1.1",
        "    list: status at $.id: nothing there",
        "      expected 1, actual null",
        "      a.yaml:3",
        "      artifacts/1.1/1-list.json",
    ]


def test_a_quiet_summary_has_what_broke_and_the_verdict_alone(tmp_path: Path) -> None:
    builder = LedgerBuilder([outcome.value for outcome in Outcome])
    for outcome in Outcome:
        builder.add_scenario(outcome.value, make_step_row(outcome.value), outcome=outcome.value, reason="so")
    stream = io.StringIO()

    render_summary(fold_ledger(builder.finish()), Console(file=stream, width=100), folder=tmp_path, is_quiet=True)

    sandbox, *rows, verdict = stream.getvalue().splitlines()
    assert sandbox == "sandbox run: says nothing about production"
    assert [row.split()[0] for row in rows if not row.startswith(" ")] == ["failed", "errored"]
    assert verdict.startswith("failed: 1 failed, 1 errored, 1 blocked, 1 fixed, 1 known")


def test_a_known_deviation_has_its_reason(tmp_path: Path) -> None:
    lines = LedgerBuilder().add_scenario("1.1", make_step_row("known"), reason="the vendor says so").finish()

    assert "known    1.1  Scenario 1.1: the vendor says so" in _summarise(lines, tmp_path)


def test_passed_scenarios_are_counted_and_not_listed(tmp_path: Path) -> None:
    lines = LedgerBuilder(simulated=False).add_scenario("1.1", make_step_row()).finish()

    assert _summarise(lines, tmp_path) == (
        "\n"
        "passed: 1 of 1 scenario passed\n"
        "           passed  failed  errored  known  fixed  blocked  skipped  total\n"
        "scenarios       1       0        0      0      0        0        0      1\n"
        "requests sent: 1, of them writes: 0\n"
    )


def test_a_step_that_was_left_out_is_no_news(tmp_path: Path) -> None:
    step = make_step_row("skipped", reason="left out: no", checks=[], status=None, left_out=True)
    left_out = LedgerBuilder().add_scenario("1.1", make_step_row(), step, reason="left out: no").finish()
    unseen = LedgerBuilder().add_scenario("1.1", make_step_row(), step, reason="not looked at").finish()

    assert "passed   1.1" not in _summarise(left_out, tmp_path)
    assert "passed   1.1  Scenario 1.1: not looked at" in _summarise(unseen, tmp_path)


def test_a_contradiction_in_the_ledger_is_printed(tmp_path: Path) -> None:
    lines = LedgerBuilder().add_scenario("1.1", make_step_row("failed"), outcome="passed").finish()

    assert "errored  1.1  the ledger says passed, its steps say failed" in _summarise(lines, tmp_path)


def test_a_reason_that_several_warehouse_checks_share_is_told_once(tmp_path: Path) -> None:
    reasons = {"W.1": "no database", "W.2": "odd value", "W.3": "no database", "W.4": "no database"}
    rows = [make_warehouse_row("errored", id=name, message=reason) for name, reason in reasons.items()]
    rows += [make_warehouse_row("failed", id=name, message="no database") for name in ("W.5", "W.6")]
    lines = LedgerBuilder().add(*(events.WarehouseCheckFinished(row=row) for row in rows)).finish()

    found = [line for line in _summarise(lines, tmp_path).splitlines() if "W." in line]

    assert found[0] == "errored  W.1 and 2 more  no database"
    assert [line.split()[1] for line in found[1:]] == ["W.2", "W.5", "W.6"]


@pytest.mark.parametrize("is_quiet", [True, False])
def test_the_reason_of_a_load_that_broke_is_told_once(tmp_path: Path, is_quiet: bool) -> None:
    def summarise(load: events.WarehouseLoaded, *others: events.Event) -> list[str]:
        stream = io.StringIO()
        results = fold_ledger(LedgerBuilder().add(load, *others).finish())
        render_summary(results, Console(file=stream, width=200), folder=tmp_path, is_quiet=is_quiet)
        return [line for line in stream.getvalue().splitlines() if "no such page" in line]

    broken = events.WarehouseLoaded(outcome=Outcome.ERRORED, message="no such page")
    row = make_warehouse_row("errored", id="W.1", message="no such page")

    assert summarise(broken) == ["errored  load  no such page"]
    assert len(summarise(broken, events.WarehouseCheckFinished(row=row))) == 1
    assert summarise(events.WarehouseLoaded(outcome=Outcome.PASSED, message="no such page")) == []


def test_the_reports_that_are_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "report.html").touch()

    assert _summarise(build_sample_run(), tmp_path).splitlines()[-1] == str(tmp_path / "report.html")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_heading_of_the_totals_is_cut_in_a_narrow_terminal(tmp_path: Path, width: int) -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, color_system=None, width=width)

    render_summary(fold_ledger(build_sample_run()), console, folder=tmp_path)

    lines = stream.getvalue().splitlines()
    totals = lines[-11 if width < 80 else -4 :]
    words = " ".join(totals).split()
    assert {"scenarios", "warehouse", *Outcome, "total"} <= set(words)
    assert max(map(len, totals)) <= width


@bounded
@given(lines=ledgers())
def test_no_text_steers_the_terminal(lines: list[Line], tmp_path_factory: pytest.TempPathFactory) -> None:
    text = _summarise(lines, tmp_path_factory.getbasetemp())

    assert all(character.isprintable() or character == "\n" or ord(character) >= 0xA0 for character in text)
    assert text.encode().decode() == text


def _finish(scenario: str, outcome: str, reason: str = "") -> events.ScenarioFinished:
    return events.ScenarioFinished(scenario=scenario, outcome=Outcome(outcome), reason=reason, duration_ms=12.5)


def _show(*shown: events.Event, clock: Callable[[], float] = time.monotonic) -> str:
    stream = io.StringIO()
    with ConsoleListener(Console(file=stream, width=80), clock) as listener:
        for event in shown:
            listener.handle(event)
    return stream.getvalue()


def _summarise(lines: list[Line], folder: Path) -> str:
    stream = io.StringIO()
    render_summary(fold_ledger(lines), Console(file=stream, width=100), folder=folder)
    return stream.getvalue()
