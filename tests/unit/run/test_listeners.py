"""The order of events: what a thread brings after the end of a run is not recorded, and so not sent."""

import threading

import pytest

from contracts_runner.engine.turn import Turn
from contracts_runner.errors import RecordingError
from contracts_runner.model.phase import Phase
from contracts_runner.results.events import Event, FaultRecorded, PhaseFinished, RunFinished
from contracts_runner.run.listeners import Listeners

FIRST, SECOND = PhaseFinished(phase=Phase.PROPERTIES), PhaseFinished(phase=Phase.WAREHOUSE)


def test_nothing_is_taken_after_the_end_of_the_run() -> None:
    taken: list[Event] = []
    listeners = Listeners([taken.append])
    listeners.emit(PhaseFinished(phase=Phase.WAREHOUSE))
    listeners.emit(RunFinished(is_interrupted=True))

    with pytest.raises(RecordingError, match="the run has ended"):
        listeners.emit(PhaseFinished(phase=Phase.WAREHOUSE))

    assert [event.type for event in taken] == ["phase_finished", "run_finished"]


def test_no_file_is_written_after_the_end_of_the_run() -> None:
    listeners = Listeners([lambda _: None])
    with listeners.lasting():
        pass
    listeners.emit(RunFinished(is_interrupted=True))

    with pytest.raises(RecordingError, match="the run has ended"), listeners.lasting():
        pytest.fail("it is")


def test_who_waits_in_a_listener_and_who_waits_for_it_do_not_wait_for_each_other() -> None:
    turn, is_taken = Turn(patience=60, long_patience=60), threading.Event()

    def ask(event: Event) -> None:
        with turn.given_up():
            if event == FIRST:
                is_taken.wait(60)

    listeners = Listeners([ask], waiting=turn.given_up)

    def emit(event: Event) -> None:
        with turn.taken():
            if event != FIRST:
                is_taken.set()
            listeners.emit(event)

    # The second has its turn as soon as the first has given it up, within the listener.
    threads = [threading.Thread(target=emit, args=(event,), daemon=True) for event in (FIRST, SECOND)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert not any(thread.is_alive() for thread in threads)


def test_the_run_does_not_end_amid_a_file() -> None:
    taken: list[Event] = []
    listeners = Listeners([taken.append])
    ending = threading.Thread(target=listeners.emit, args=(RunFinished(is_interrupted=True),))

    def is_over() -> bool:
        try:
            with listeners.lasting():
                return False
        except RecordingError:
            return True

    with listeners.lasting():
        ending.start()
        while not is_over():
            pass
        assert not taken
    ending.join()

    assert [event.type for event in taken] == ["run_finished"]


@pytest.mark.parametrize("error", [KeyError("secret"), SystemExit(0), RecursionError("secret")])
def test_a_listener_that_breaks_is_recorded_once_and_the_others_go_on(error: BaseException) -> None:
    ledger: list[Event] = []
    others: list[Event] = []

    def break_off(_: Event) -> None:
        raise error

    listeners = Listeners([ledger.append, break_off, others.append])
    listeners.emit(PhaseFinished(phase=Phase.WAREHOUSE))
    listeners.emit(RunFinished())

    assert [event.type for event in ledger] == ["phase_finished", "fault_recorded", "run_finished"]
    assert [event.type for event in others] == ["phase_finished", "run_finished"]
    [fault] = [event for event in ledger if isinstance(event, FaultRecorded)]
    assert (fault.where, "secret" in fault.message) == ("listener", False)
    assert "test_listeners.py:" in (fault.location or "")


def test_a_listener_that_breaks_at_the_end_adds_nothing_after_the_last_line() -> None:
    ledger: list[Event] = []

    def break_off(_: Event) -> None:
        raise KeyError

    Listeners([ledger.append, break_off]).emit(RunFinished())

    assert [event.type for event in ledger] == ["run_finished"]
