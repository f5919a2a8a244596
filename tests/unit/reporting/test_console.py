"""What a run shows while it goes on: where it goes, a line that moves on a terminal, lines that stay with -v."""

import contextlib
import io
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs
from rich.console import Console

from contracts_runner.model.environment import WritePolicy
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.console import ConsoleListener
from contracts_runner.reporting.phrases import find_phrases
from contracts_runner.results import events
from contracts_runner.results.rows import ExchangeRow, RunDescription, ScenarioDescription, SentMessage
from helpers.ledger_builder import make_warehouse_row

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


HEAD = "environment here: 2 scenarios"


class Screen(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


class Ticks:
    """A clock that goes on by so many seconds whenever it is asked."""

    def __init__(self, step: float = 2) -> None:
        self.seconds, self.step = 0.0, step

    def __call__(self) -> float:
        self.seconds += self.step
        return self.seconds


def test_it_begins_with_where_it_goes_and_how_much_is_selected() -> None:
    run = structs.replace(STARTED.run, base_url="http://a.example", writes=WritePolicy.BLOCK)
    started = structs.replace(STARTED, run=run, deselected=3, warehouse_checks=1)

    assert _show(started) == (
        "environment here (http://a.example), writes: block: 2 scenarios, 3 not selected, 1 warehouse check\n"
    )


@pytest.mark.parametrize(
    ("seconds", "lines"),
    [
        (1, []),
        (20, ["scenarios 1/2, 1 passed, 0:00:40 left, then 5 warehouse checks"]),
    ],
)
def test_in_a_pipe_nothing_follows_but_now_and_then_that_it_goes_on(seconds: int, lines: list[str]) -> None:
    started = structs.replace(STARTED, warehouse_checks=5)

    assert _show(started, _finish("1.1", "passed"), clock=Ticks(seconds)).splitlines() == [
        f"{HEAD}, 5 warehouse checks",
        *lines,
    ]


@pytest.mark.parametrize(("is_generating", "then"), [(True, ", then properties"), (False, "")])
def test_only_what_is_planned_comes_then(is_generating: bool, then: str) -> None:
    run = structs.replace(STARTED.run, phases=tuple(Phase))
    started = structs.replace(STARTED, run=run)

    shown = _show(started, _finish("1.1", "passed"), clock=Ticks(20), is_generating=is_generating)

    assert shown.splitlines()[-1] == f"scenarios 1/2, 1 passed, 0:00:40 left{then}"


def test_in_russian_nothing_of_it_is_english() -> None:
    run = structs.replace(STARTED.run, writes=WritePolicy.BLOCK)
    started = structs.replace(STARTED, run=run, deselected=3, warehouse_checks=1)

    lines = _show(started, _finish("1.1", "passed"), clock=Ticks(20), phrases=find_phrases("ru")).splitlines()

    assert lines == [
        "окружение here, запись: block: 2 сценария, не выбрано: 3, 1 проверка хранилища",
        "сценарии 1/2, 1 пройдено, осталось 0:00:40, затем: 1 проверка хранилища",
    ]


def test_in_a_verbose_pipe_each_finished_scenario_is_a_line() -> None:
    text = _show(STARTED, SENT, _finish("1.1", "passed"), _finish("1.2", "failed", "status 500"), is_verbose=True)

    assert text.splitlines() == [
        HEAD,
        "passed   1.1  List orders (12.5 ms)",
        "failed   1.2  [bold]Get[/]: status 500 (12.5 ms)",
    ]


def test_a_long_line_of_a_pipe_is_not_folded() -> None:
    assert _show(STARTED, _finish("1.1", "failed", "x" * 200), is_verbose=True).count("\n") == 2


def test_colours_that_are_asked_for_in_a_pipe_move_no_cursor() -> None:
    stream = io.StringIO()
    with ConsoleListener(Console(file=stream, force_terminal=True, width=60), is_verbose=True) as listener:
        for event in (STARTED, SENT, _finish("1.2", "failed", "x" * 200), events.RunFinished()):
            listener.handle(event)

    assert set(re.findall(r"\x1b\[[0-9;?]*(.)", stream.getvalue())) == {"m"}
    assert stream.getvalue().count("\n") == 2


@pytest.mark.parametrize("width", [60, 200])
def test_on_a_terminal_the_phase_its_time_and_what_waits_move(width: int) -> None:
    stream = Screen()
    started = structs.replace(STARTED, warehouse_checks=5)

    with ConsoleListener(Console(file=stream, force_terminal=True, width=width), Ticks()) as listener:
        for event in (started, _finish("1.1", "failed")):
            listener.handle(event)

    assert re.search(r"scenarios 1/2 .*0:00:0\d left.* 1 failed, then 5 w", stream.getvalue())
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "\n", stream.getvalue()).splitlines()
    assert max(map(len, lines)) <= width


def test_each_phase_counts_for_itself() -> None:
    stream = Screen()
    started = structs.replace(STARTED, warehouse_checks=5)

    with ConsoleListener(Console(file=stream, force_terminal=True, width=200), Ticks()) as listener:
        check = events.WarehouseCheckFinished(row=make_warehouse_row("passed"))
        for event in (started, _finish("1.1", "failed"), _finish("1.2", "failed"), check):
            listener.handle(event)

    shown = stream.getvalue().rpartition("warehouse checks")[2]
    assert ("1/5" in shown, "1 passed" in shown, "failed" in shown) == (True, True, False)


def test_warehouse_events_are_lines_too() -> None:
    row = make_warehouse_row("failed", check="exists", message="no such table")

    text = _show(
        STARTED,
        events.WarehouseLoaded(outcome=Outcome.ERRORED, message="no loader", duration_ms=5.0),
        events.WarehouseCheckFinished(row=row),
        is_verbose=True,
    )

    assert text.splitlines()[1:] == ["errored  load  no loader (5.0 ms)", "failed   W.1  orders exists no such table"]


def test_on_a_terminal_the_counts_and_the_current_request_move() -> None:
    stream = Screen()
    with ConsoleListener(Console(file=stream, force_terminal=True, width=160)) as listener:
        for event in (STARTED, _finish("1.1", "passed"), SENT):
            listener.handle(event)

    shown = stream.getvalue()
    assert "1/2" in shown
    assert "1 passed" in shown
    assert "GET http://127.0.0.1/orders?\\x1b]0;owned\\x07" in shown


def test_on_a_terminal_generated_requests_are_counted_one_by_one() -> None:
    stream = Screen()
    generated = structs.replace(SENT, phase=Phase.PROPERTIES, scenario=None, step=None)
    with ConsoleListener(Console(file=stream, force_terminal=True, width=160)) as listener:
        for event in (STARTED, SENT, generated, generated):
            listener.handle(event)

    assert "2 generated: GET http://127.0.0.1/orders" in stream.getvalue()
    assert "3 generated" not in stream.getvalue()


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
    stream = Screen()
    with ConsoleListener(Console(file=stream, force_terminal=True, width=160), Ticks()) as listener:
        for event in (STARTED, *pages):
            listener.handle(event)

    assert words in stream.getvalue().rpartition("scenarios 0/2")[2]


def test_on_a_terminal_the_requests_of_a_walk_say_where_it_is() -> None:
    stream = Screen()
    asked = structs.replace(SENT, phase=Phase.WAREHOUSE, scenario=None, step=None)
    with ConsoleListener(Console(file=stream, force_terminal=True, width=200), Ticks()) as listener:
        for event in (STARTED, fetch(1), fetch(2, pages=9), asked):
            listener.handle(event)

    assert "page 2 of 9, 0:00:14 left: GET http://127.0.0.1/orders" in stream.getvalue()


def test_in_a_pipe_one_page_of_a_hundred_is_a_line_and_each_pause() -> None:
    pages = [fetch(number, pages=250, **({"wait_seconds": 9.0} if number == 7 else {})) for number in range(1, 251)]

    lines = _show(STARTED, *pages, clock=Ticks()).splitlines()

    assert lines[1:] == [
        "list\\x1bOrders: page 7 of 250, asked again in 9 s",
        "list\\x1bOrders: page 100 of 250, 0:04:57 left",
        "list\\x1bOrders: page 200 of 250, 0:01:39 left",
    ]


def test_on_a_terminal_no_line_of_a_result_stays() -> None:
    stream = Screen()
    console = Console(file=stream, force_terminal=True, color_system=None, width=160)
    with ConsoleListener(console) as listener:
        for event in (STARTED, _finish("1.1", "passed"), _finish("1.2", "failed", "status 500"), events.RunFinished()):
            listener.handle(event)

    assert "1 failed, 1 passed" in stream.getvalue()
    assert "status 500" not in stream.getvalue()


def test_a_verbose_terminal_keeps_a_line_for_each_result() -> None:
    stream = Screen()
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
    stream = Screen()

    with contextlib.suppress(RuntimeError), ConsoleListener(Console(file=stream, force_terminal=True)) as listener:
        listener.handle(STARTED)
        raise RuntimeError

    assert stream.getvalue().rindex("\x1b[?25h") > stream.getvalue().rindex("\x1b[?25l")


def _finish(scenario: str, outcome: str, reason: str = "") -> events.ScenarioFinished:
    return events.ScenarioFinished(scenario=scenario, outcome=Outcome(outcome), reason=reason, duration_ms=12.5)


def _show(*shown: events.Event, clock: Callable[[], float] = time.monotonic, **options: Any) -> str:
    stream = io.StringIO()
    with ConsoleListener(Console(file=stream, width=80), clock, **options) as listener:
        for event in shown:
            listener.handle(event)
    return stream.getvalue()
