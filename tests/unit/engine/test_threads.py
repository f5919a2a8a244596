"""Scenarios on several threads, and an interrupt at any moment."""

import signal
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from contracts_runner.engine.threads import Stop, run_scenarios
from contracts_runner.engine.turn import TURN
from contracts_runner.model.contract import Scenario
from contracts_runner.model.outcome import Outcome
from contracts_runner.signals import count_signals
from helpers.contracts import make_scenario


@dataclass
class CountingRunner:
    """Counts what it is asked for; the first scenario interrupts the main thread, as Ctrl-C does."""

    calls: Counter[str] = field(default_factory=Counter)
    is_resuming: bool = False
    _first: threading.Lock = field(default_factory=threading.Lock)

    def run(self, scenario: Scenario) -> Outcome:
        if self._first.acquire(blocking=False):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        self.calls[scenario.id] += 1
        return Outcome.PASSED

    def leave_out(self, scenario: Scenario, _outcome: Outcome, _reason: str) -> None:
        self.calls[scenario.id] += 1


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signal can be sent to one thread")
def test_an_interrupt_while_scenarios_are_being_submitted_loses_none_and_repeats_none() -> None:
    runner: Any = CountingRunner()
    scenarios = [make_scenario(str(number)) for number in range(2000)]
    stop, told = Stop(), Counter[str]()

    run_scenarios(
        scenarios,
        find_runner=lambda _: runner,
        find_hindrance=lambda _: None,
        jobs=2,
        is_fail_fast=False,
        stop=stop,
        on_interrupt=lambda: told.update(["interrupted"]),
        on_fault=lambda *_: told.update(["fault"]),
    )

    assert runner.calls == Counter(scenario.id for scenario in scenarios)
    assert (stop.is_interrupted(), told) == (True, Counter(["interrupted"]))


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signal can be sent to one thread")
def test_a_second_signal_is_one_as_soon_as_the_first_is_answered() -> None:
    """Who reads the message and sends a second one does not wait for the running steps."""
    released = threading.Event()

    class WaitingRunner(CountingRunner):
        def run(self, scenario: Scenario) -> Outcome:
            outcome = super().run(scenario)
            released.wait()
            return outcome

    runner: Any = WaitingRunner()
    with count_signals(), pytest.raises(KeyboardInterrupt):
        run_scenarios(
            [make_scenario("1")],
            find_runner=lambda _: runner,
            find_hindrance=lambda _: None,
            jobs=1,
            is_fail_fast=False,
            stop=Stop(),
            on_interrupt=lambda: signal.raise_signal(signal.SIGINT),
            on_fault=lambda *_: pytest.fail("there is no fault"),
        )
    released.set()


def test_scenarios_with_the_same_exclusive_word_never_run_at_the_same_time_and_others_do() -> None:
    active: list[str] = []
    together: list[list[str]] = []
    began, other_ran = threading.Event(), threading.Event()

    class Runner:
        is_resuming = False

        def run(self, scenario: Scenario) -> Outcome:
            word = str(scenario.exclusive)
            if scenario.exclusive is None:
                with TURN.given_up():
                    assert began.wait(10)
            active.append(word)
            together.append(sorted(active))
            if scenario.id == "first":
                began.set()
                # The second thread is free for the one without the word, although another waits before it.
                with TURN.given_up():
                    assert other_ran.wait(10)
            if scenario.exclusive is None:
                other_ran.set()
            active.remove(word)
            return Outcome.PASSED

    runner: Any = Runner()
    words = {"first": "stock", "second": "stock", "other": None, "third": "stock"}
    run_scenarios(
        [make_scenario(id, exclusive=word) for id, word in words.items()],
        find_runner=lambda _: runner,
        find_hindrance=lambda _: None,
        jobs=2,
        is_fail_fast=False,
        stop=Stop(),
        on_interrupt=lambda: None,
        on_fault=lambda scenario, fault: pytest.fail(f"{scenario.id}: {fault}"),
    )

    assert len(together) == len(words)
    assert ["None", "stock"] in together
    assert not any(each.count("stock") > 1 for each in together)
