"""Standard streams: whatever they cannot take, nothing is raised, nothing is lost without a word."""

import contextlib
import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from typing import TextIO

import pytest

from contracts_runner import streams
from contracts_runner.streams import Stream

TEXT = "вещь \ud800 ok\n"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="these devices and pipes are POSIX only")


@contextlib.contextmanager
def open_number(number: int) -> Iterator[TextIO]:
    """A stream as Python opens one; what it still holds is dropped."""
    stream = open(number, "w", buffering=1, encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
    try:
        yield stream
    finally:
        with contextlib.suppress(OSError):
            stream.close()


def open_full() -> contextlib.AbstractContextManager[TextIO]:
    """A device without room."""
    return open_number(os.open("/dev/full", os.O_WRONLY))


def open_unread() -> contextlib.AbstractContextManager[TextIO]:
    """A pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    return open_number(writer)


def open_closed() -> contextlib.AbstractContextManager[TextIO]:
    """A stream that somebody has closed."""
    stream = io.StringIO()
    stream.close()
    return contextlib.nullcontext(stream)


def open_hung_up() -> contextlib.AbstractContextManager[TextIO]:
    """A terminal that has hung up."""
    master, slave = os.openpty()
    os.close(master)
    return open_number(slave)


Broken = Callable[[], contextlib.AbstractContextManager[TextIO]]
BROKEN: dict[Broken, tuple[int, int, str]] = {
    # what it is -> errno, exit code of a command that had nothing else to say, what stderr says
    open_full: (errno.ENOSPC, 3, "stdout did not take what was printed: No space left on device\n"),
    open_unread: (errno.EPIPE, 0, ""),
    open_closed: (errno.EBADF, 3, "stdout did not take what was printed: Bad file descriptor\n"),
    open_hung_up: (errno.EIO, 3, "stdout did not take what was printed: Input/output error\n"),
}


@POSIX
@pytest.mark.parametrize("open_broken", BROKEN, ids=lambda each: each.__name__)
def test_a_stream_that_is_broken_raises_nothing_and_says_why(open_broken: Broken) -> None:
    reason, code, said = BROKEN[open_broken]
    with open_broken() as broken:
        stdout, stderr = Stream(broken), Stream(io.StringIO())

        print(TEXT, file=stdout, flush=True)
        stdout.writelines([TEXT, TEXT])

        assert stdout.loss is not None
        assert stdout.loss.errno == reason
        assert streams.finish(stdout, stderr, 0) == code
        assert stderr.getvalue() == said
        assert not stdout.isatty()


@POSIX
@pytest.mark.parametrize("code", [1, 2, 130])
def test_another_exit_code_stays(code: int) -> None:
    with open_full() as full:
        stdout = Stream(full)
        print(TEXT, file=stdout)

        assert streams.finish(stdout, Stream(io.StringIO()), code) == code


@POSIX
def test_a_broken_stderr_changes_nothing() -> None:
    with open_full() as full:
        stderr = Stream(full)
        print(TEXT, file=stderr)

        assert streams.finish(Stream(io.StringIO()), stderr, 0) == 0


def test_what_a_block_prints_is_recorded_and_still_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with streams.record() as printed:
        print("one")
        print("two", file=sys.stderr)
        print("three", end="")

    assert {name: "".join(parts) for name, parts in printed.items()} == {"stdout": "one\nthree", "stderr": "two\n"}
    assert capsys.readouterr() == ("one\nthree", "two\n")


def test_streams_are_themselves_again_after_a_failure() -> None:
    before = sys.stdout, sys.stderr

    with pytest.raises(ZeroDivisionError), streams.record():
        _ = 1 // 0

    assert (sys.stdout, sys.stderr) == before


@POSIX
def test_what_a_recorded_block_cannot_print_is_no_loss_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_full() as full:
        stdout, stderr = Stream(full), Stream(io.StringIO())
        monkeypatch.setattr(sys, "stdout", stdout)
        monkeypatch.setattr(sys, "stderr", stderr)

        with streams.record():
            print("summary")

        assert streams.finish(stdout, stderr, 0) == 0
        assert stderr.getvalue() == BROKEN[open_full][2]


def test_libraries_find_no_bytes_to_write_around_it() -> None:
    assert not hasattr(Stream(sys.__stdout__ or io.StringIO()), "buffer")
