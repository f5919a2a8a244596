"""The ledger is valid at any moment, and shows what was done to it."""

import hashlib
import json
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_runner.errors import RecordingError, RunFolderError
from contracts_runner.evidence.ledger import FIRST_PREV, Ledger, LedgerLines
from contracts_runner.evidence.lock import check_idle
from contracts_runner.model.outcome import Outcome
from contracts_runner.results.events import Event, RunFinished, ScenarioFinished, ScenarioStarted, StepFinished
from helpers.ledger_builder import make_check_row, make_step_row
from helpers.whole_ledger import LedgerReading, read_ledger

MOMENT = datetime(2026, 11, 22, 13, 16, 38, 123456, tzinfo=timezone(timedelta(hours=3)))
texts = st.text(st.characters(codec=None), max_size=30)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def now() -> datetime:
    return MOMENT


def append(path: Path, *events: Event, clock: Callable[[], datetime] = now) -> None:
    with Ledger(path, clock) as ledger:
        for event in events:
            ledger.append(event)


def list_scenarios(reading: LedgerReading) -> list[str]:
    return [line.event.scenario for line in reading.lines if isinstance(line.event, ScenarioStarted)]


def make_events(names: list[str]) -> list[Event]:
    return [ScenarioStarted(scenario=name) for name in names]


@pytest.fixture(scope="module")
def shared_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file for the examples of one property, which each begin by removing it."""
    return tmp_path_factory.mktemp("ledger") / "ledger.jsonl"


def write_fresh(path: Path, names: list[str]) -> bytes:
    path.unlink(missing_ok=True)
    append(path, *make_events(names))
    return path.read_bytes()


def test_line_holds_the_head_and_the_fields_of_the_event(path: Path) -> None:
    append(path, ScenarioFinished(scenario="6.1", outcome=Outcome.PASSED, reason="", duration_ms=1.5))

    assert json.loads(path.read_bytes()) == {
        "seq": 1,
        "at": "2026-11-22T10:16:38.123Z",
        "type": "scenario_finished",
        "prev": FIRST_PREV,
        "scenario": "6.1",
        "outcome": "passed",
        "reason": "",
        "duration_ms": 1.5,
    }


def test_prev_is_the_hash_of_the_line_before(path: Path) -> None:
    append(path, *make_events(["a", "b"]))

    first, second = path.read_bytes().splitlines()
    assert json.loads(second)["prev"] == hashlib.sha256(first).hexdigest()


def test_text_is_readable_and_one_line(path: Path) -> None:
    append(path, ScenarioStarted(scenario="Концерт\u2028\u2029\x85\n\ud800 end"))

    raw = path.read_bytes()
    assert (len(raw.decode().splitlines()), "Концерт".encode() in raw) == (1, True)


def test_mappings_of_any_type_are_written(path: Path) -> None:
    captured = MappingProxyType({"id": MappingProxyType({"a": (1, 2)})})

    append(path, StepFinished(scenario="6.1", number=1, step=make_step_row(), captured=captured))

    assert json.loads(path.read_bytes())["captured"] == {"id": {"a": [1, 2]}}


def test_number_that_json_lacks_is_written_as_a_word(path: Path) -> None:
    step = make_step_row(checks=[make_check_row(actual=[float("inf"), 1.5])])

    append(path, StepFinished(scenario="6.1", number=1, step=step))

    event = read_ledger(path).lines[0].event
    assert isinstance(event, StepFinished)
    assert event.step.checks[0].actual == ["inf", 1.5]


def test_value_that_is_no_json_is_a_bug_and_leaves_no_line(path: Path) -> None:
    with Ledger(path, now) as ledger, pytest.raises(TypeError, match="an event holds a set, which is not JSON"):
        ledger.append(StepFinished(scenario="6.1", number=1, step=make_step_row(), captured={"tags": {"a"}}))

    assert path.read_bytes() == b""


@given(st.lists(texts, max_size=6))
@settings(max_examples=60)
def test_any_text_survives(shared_path: Path, names: list[str]) -> None:
    write_fresh(shared_path, names)

    reading = read_ledger(shared_path)

    written = [json.loads(json.dumps(name)) for name in names]
    assert (list_scenarios(reading), reading.problem) == (written, "")


@given(st.lists(texts, min_size=1, max_size=5), st.data())
@settings(max_examples=100)
def test_any_truncation_gives_the_valid_prefix(shared_path: Path, names: list[str], data: st.DataObject) -> None:
    raw = write_fresh(shared_path, names)
    size = data.draw(st.integers(0, len(raw)))
    shared_path.write_bytes(raw[:size])

    reading = read_ledger(shared_path)

    is_at_line_end = size == 0 or raw[size - 1 : size] == b"\n"
    assert (len(reading.lines), reading.problem == "") == (raw[:size].count(b"\n"), is_at_line_end)


@given(st.lists(texts, min_size=2, max_size=5), st.data())
@settings(max_examples=150)
def test_any_edit_before_the_last_line_is_found(shared_path: Path, names: list[str], data: st.DataObject) -> None:
    raw = bytearray(write_fresh(shared_path, names))
    end = bytes(raw).rindex(b"\n", 0, -1)
    position = data.draw(st.integers(0, end - 1))
    raw[position] ^= data.draw(st.integers(1, 255))
    shared_path.write_bytes(bytes(raw))

    reading = read_ledger(shared_path)

    edited = bytes(raw[:position]).count(b"\n") + 1
    assert reading.problem
    assert len(reading.lines) in (edited - 1, edited)
    assert f"seq {len(reading.lines) + 1}" in reading.problem


@pytest.mark.parametrize("index", [0, 1, 2])
def test_removed_line_is_found(path: Path, index: int) -> None:
    lines = write_fresh(path, ["a", "b", "c", "d"]).splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:index] + lines[index + 1 :]))

    assert len(read_ledger(path).lines) == index


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"[]\n", "the line of seq 1 is not a JSON object"),
        (b"\n", "the line of seq 1 is not a JSON object"),
        (b"\xff\n", "the line of seq 1 is not a JSON object"),
        (b"[" * 100_000 + b"\n", "the line of seq 1 is not a JSON object"),
        (b" " * (33 << 20) + b"\n", "the line of seq 1 is longer than 33554432 bytes"),
        (b"{}\n", "the line of seq 1 does not begin a chain: lines before it are missing, or it was edited"),
        (
            b'{"prev":"%s","seq":2}\n' % (b"0" * 64),
            "the line of seq 1 was edited: its seq, at or type is not what it must be",
        ),
    ],
)
def test_file_that_is_no_ledger_has_no_lines(path: Path, content: bytes, problem: str) -> None:
    path.write_bytes(content)

    reading = read_ledger(path)

    assert (reading.lines, reading.problem) == ([], problem)


@pytest.mark.parametrize("damage", [b"", b'{"seq":4,"at"', b'{"seq":4}\n'])
def test_each_line_that_was_read_is_read_again_by_its_index(path: Path, damage: bytes) -> None:
    append(path, *make_events(["a", "б", "c"]))
    path.write_bytes(path.read_bytes() + damage)

    lines = LedgerLines(path)

    reading = read_ledger(path)
    assert list(lines) == reading.lines == [lines[index] for index in range(3)]
    assert (lines.head, lines.problem) == (reading.head, reading.problem)
    assert bool(lines.problem) is bool(damage)


def test_missing_ledger_is_a_clear_error(path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"cannot read .*ledger\.jsonl: No such file or directory"):
        read_ledger(path)


def test_opening_again_continues_the_chain(path: Path) -> None:
    append(path, *make_events(["a", "b"]))

    append(path, RunFinished())

    reading = read_ledger(path)
    assert ([line.seq for line in reading.lines], reading.problem) == ([1, 2, 3], "")


@given(st.integers(1, 300))
@settings(max_examples=40)
def test_opening_again_cuts_a_torn_line_off(shared_path: Path, missing: int) -> None:
    raw = write_fresh(shared_path, ["a", "b", "c"])
    shared_path.write_bytes(raw[:-missing])
    kept = len(read_ledger(shared_path).lines)

    append(shared_path, RunFinished())

    reading = read_ledger(shared_path)
    assert ([line.seq for line in reading.lines], reading.problem) == (list(range(1, kept + 2)), "")


def test_edited_ledger_is_not_continued(path: Path) -> None:
    raw = write_fresh(path, ["a", "b", "c"])
    path.write_bytes(raw.replace(b'"b"', b'"x"'))

    with pytest.raises(RunFolderError, match="cannot be continued: the chain breaks at seq 3"):
        Ledger(path, now)


def test_a_line_that_is_too_long_is_not_taken_for_a_torn_one(path: Path) -> None:
    append(path, *make_events(["a"]))
    with path.open("ab") as file:
        file.truncate(33 << 20)
    before = path.stat().st_size

    with pytest.raises(RunFolderError, match="cannot be continued: the line of seq 2 is longer than"):
        append(path, RunFinished())

    assert path.stat().st_size == before


def test_other_file_is_not_overwritten(path: Path) -> None:
    path.write_bytes(b"notes of somebody")

    with pytest.raises(RunFolderError, match="is not a ledger"):
        Ledger(path, now)

    assert path.read_bytes() == b"notes of somebody"


def test_unwritable_place_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="cannot write"):
        Ledger(tmp_path / "nowhere" / "ledger.jsonl", now)


class FullDisk:
    """A file on a disk with room for some bytes more."""

    def __init__(self, file: Any, room: int) -> None:
        self._file = file
        self.room = room

    def write(self, data: bytes) -> int:
        if self.room <= 0:
            raise OSError(28, "No space left on device")
        written = self._file.write(data[: self.room])
        self.room -= written
        return int(written)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def test_full_disk_is_a_clear_error_and_leaves_whole_lines(path: Path) -> None:
    with Ledger(path, now) as ledger:
        ledger.append(ScenarioStarted(scenario="a"))
        ledger._file = FullDisk(ledger._file, room=20)

        with pytest.raises(RunFolderError, match=r"cannot write .*: No space left on device"):
            ledger.append(ScenarioStarted(scenario="b"))

    reading = read_ledger(path)
    assert (list_scenarios(reading), reading.problem) == (["a"], "")


def test_ledger_goes_on_when_there_is_room_again(path: Path) -> None:
    with Ledger(path, now) as ledger:
        disk = ledger._file = FullDisk(ledger._file, room=5)
        with pytest.raises(RunFolderError):
            ledger.append(ScenarioStarted(scenario="a"))

        disk.room = 10_000
        ledger.append(ScenarioStarted(scenario="b"))

    reading = read_ledger(path)
    assert ([line.seq for line in reading.lines], list_scenarios(reading)) == ([1], ["b"])


def test_line_is_in_the_file_before_append_returns(path: Path) -> None:
    with Ledger(path, now) as ledger:
        ledger.append(ScenarioStarted(scenario="a"))

        assert len(read_ledger(path).lines) == 1


def test_many_threads_make_one_chain(path: Path) -> None:
    with Ledger(path, lambda: datetime.now(UTC)) as ledger:
        threads = [
            threading.Thread(target=lambda: [ledger.append(ScenarioStarted(scenario="x")) for _ in range(50)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    reading = read_ledger(path)
    assert (len(reading.lines), reading.problem == "") == (200, True)


def test_a_ledger_has_one_writer_at_a_time(path: Path) -> None:
    with Ledger(path, now) as ledger:
        ledger.append(RunFinished())
        before = path.read_bytes()

        with pytest.raises(RunFolderError, match="is being written by another process"):
            Ledger(path, now)
        with pytest.raises(RunFolderError, match="is being written by another process"):
            check_idle(path)

    check_idle(path)
    assert path.read_bytes() == before


def test_reading_a_ledger_does_not_end_its_writers_lock(path: Path) -> None:
    with Ledger(path, now) as ledger:
        ledger.append(RunFinished())
        read_ledger(path)

        with pytest.raises(RunFolderError, match="is being written by another process"):
            check_idle(path)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of this kind are POSIX only")
def test_a_line_that_cannot_be_written_is_an_error_of_its_own_exit_code(path: Path) -> None:
    with Ledger(path, now) as ledger:
        ledger.append(RunFinished())
        whole = path.read_bytes()
        import resource

        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 10, limit[1]))
        try:
            with pytest.raises(RecordingError, match="File too large") as caught:
                ledger.append(RunFinished())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    assert caught.value.exit_code == 3
    assert path.read_bytes() == whole


class InterruptedFile:
    """A file at which an interrupt comes: before, amid or after the bytes of a line are written."""

    def __init__(self, file: Any, written: float) -> None:
        self._file = file
        self._written = written

    def write(self, data: bytes) -> int:
        self._file.write(data[: int(len(data) * self._written)])
        raise KeyboardInterrupt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@pytest.mark.parametrize("written", [0.0, 0.5, 1.0])
def test_an_interrupt_amid_a_line_leaves_a_ledger_that_goes_on(path: Path, written: float) -> None:
    with Ledger(path, now) as ledger:
        ledger.append(ScenarioStarted(scenario="1"))
        whole = ledger._file
        ledger._file = InterruptedFile(whole, written)  # type: ignore[assignment]  # as far as the ledger uses a file

        with pytest.raises(KeyboardInterrupt):
            ledger.append(ScenarioStarted(scenario="2"))

        ledger._file = whole
        ledger.append(RunFinished(is_interrupted=True))

    reading = read_ledger(path)
    assert (reading.problem, [line.event.type for line in reading.lines]) == ("", ["scenario_started", "run_finished"])
