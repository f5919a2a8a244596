"""Threads that compute take turns, and none of them waits for ever."""

import threading

from contracts_runner.engine.turn import Turn


def start_taking(turn: Turn) -> threading.Event:
    """Return what is set once another thread has had its turn."""
    had = threading.Event()

    def take() -> None:
        with turn.taken():
            had.set()

    threading.Thread(target=take, daemon=True).start()
    return had


def test_another_thread_has_its_turn_when_it_is_given_up() -> None:
    turn = Turn(long_patience=60)

    with turn.taken():
        had = start_taking(turn)
        was_before = had.is_set()
        with turn.given_up():
            is_given = had.wait(60)

    assert (was_before, is_given) == (False, True)


def test_who_waits_too_long_goes_on_without() -> None:
    turn = Turn(long_patience=0)

    with turn.taken():
        assert start_taking(turn).wait(60)


def test_who_went_on_without_takes_nothing_from_the_others() -> None:
    turn = Turn(patience=0, long_patience=0)
    lasting, ended = threading.Event(), threading.Event()

    def hold() -> None:
        with turn.taken():
            lasting.set()
            ended.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    lasting.wait(60)
    with turn.taken(), turn.given_up():
        pass
    ended.set()
    holder.join()

    with turn.taken(), turn.given_up():
        pass


def test_a_turn_that_is_given_up_within_a_block_is_there_again_after_the_outer_one() -> None:
    turn = Turn(patience=60, long_patience=60)

    with turn.taken():
        with turn.given_up(), turn.given_up():
            given = start_taking(turn).wait(60)
        later = start_taking(turn)
        is_kept = not later.is_set()

    assert (given, is_kept, later.wait(60)) == (True, True, True)


def test_a_thread_that_takes_no_turns_waits_for_nobody() -> None:
    turn = Turn()

    with turn.given_up():
        pass


def test_a_turn_within_a_turn_changes_nothing() -> None:
    turn = Turn(patience=60, long_patience=60)

    with turn.taken():
        with turn.given_up(), turn.taken():
            given = start_taking(turn).wait(60)
        with turn.taken():
            pass
        is_kept = not start_taking(turn).is_set()

    assert (given, is_kept) == (True, True)
