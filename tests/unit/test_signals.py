"""Signals that ask a process to end: raised, held, or counted as one."""

import os
import signal
import sys
import threading
from collections.abc import Iterator

import pytest

from contracts_runner.signals import Received, count_signals

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there os.kill ends a process")


@pytest.fixture
def received() -> Iterator[Received]:
    with count_signals() as counting:
        yield counting


def strike() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_a_signal_interrupts_at_once(received: Received) -> None:
    with pytest.raises(KeyboardInterrupt):
        strike()


def test_the_first_two_that_are_held_interrupt_nothing(received: Received) -> None:
    received.is_held = True
    strike()
    strike()

    with pytest.raises(KeyboardInterrupt):
        strike()


def test_the_third_interrupts_what_is_held_after_two_that_did_so_before(received: Received) -> None:
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            strike()
    received.is_held = True

    with pytest.raises(KeyboardInterrupt):
        strike()


def test_one_that_was_held_interrupts_what_it_is_released_for(received: Received) -> None:
    received.is_held = True
    strike()

    with pytest.raises(KeyboardInterrupt):
        received.release()


def test_one_that_comes_while_another_is_answered_is_no_second_one(received: Received) -> None:
    def clean_up() -> None:
        try:
            strike()
        finally:
            strike()

    with pytest.raises(KeyboardInterrupt):
        clean_up()

    received.is_held = True
    strike()


def test_afterwards_everything_is_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)

    with count_signals():
        assert signal.getsignal(signal.SIGINT) != before

    assert signal.getsignal(signal.SIGINT) == before


def test_a_thread_that_gets_no_signals_changes_none() -> None:
    handlers = []

    def work() -> None:
        with count_signals():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert handlers == [signal.getsignal(signal.SIGINT)]
