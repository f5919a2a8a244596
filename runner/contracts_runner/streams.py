"""The standard streams of a process: what is printed goes through them, and what they cannot take is never an error of
the work.

A reader may close its pipe, a device be full, a terminal hang up, an encoding lack a character, code of a project close
a stream; a process may begin without a stream. No write and no flush raises for any of it: characters that the encoding
lacks are written as escapes, what cannot be delivered is noted, and the end of the process says so.
"""

import atexit
import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NoReturn, TextIO

_STANDARD = (0, 1, 2)


class Stream:
    """A text stream that never raises; everything else of the stream stays as it is, but for its bytes: libraries that
    look for them (Click) would write around it.

    `loss` is why something was not delivered: from then on nothing is. `kept` gets what is printed.
    """

    def __init__(self, stream: TextIO, kept: list[str] | None = None) -> None:
        self._stream: TextIO = stream._stream if isinstance(stream, Stream) else stream
        self._kept = kept
        self.loss: OSError | None = None
        self.is_mute = False

    def write(self, text: str) -> int:
        """Return the length of the text, whatever became of it."""
        if self._kept is not None:
            self._kept.append(text)
        self._try(lambda: self._stream.write(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def isatty(self) -> bool:
        return not self._stream.closed and self._stream.isatty()

    def close(self) -> None:
        """Do nothing: others may want to print yet."""

    def _try(self, work: Callable[[], object]) -> None:
        if self.is_mute:
            return
        try:
            work()
        except (OSError, ValueError) as error:
            # ValueError: something has closed the stream below.
            self.loss = error if isinstance(error, OSError) else OSError(errno.EBADF, os.strerror(errno.EBADF))
            self.is_mute = True

    def __getattr__(self, name: str) -> Any:
        if name in ("buffer", "detach"):
            raise AttributeError(name)
        return getattr(self._stream, name)


def install() -> tuple[Stream, Stream]:
    """Put such streams in the place of `sys.stdout` and `sys.stderr`, and return them."""
    _occupy()
    sys.stdin = sys.stdin or open(os.devnull)  # noqa: SIM115 - it ends with the process
    installed = Stream(_open(sys.stdout, 1)), Stream(_open(sys.stderr, 2))
    sys.stdout, sys.stderr = installed
    return installed


@contextlib.contextmanager
def record() -> Iterator[Mapping[str, list[str]]]:
    """Give the texts that the block prints, by the name of their stream, while it prints them.

    For a block that prints what a file has too: what stdout does not take changes no exit code.
    """
    before = sys.stdout, sys.stderr
    printed: Mapping[str, list[str]] = {"stdout": [], "stderr": []}
    recording = Stream(sys.stdout, printed["stdout"]), Stream(sys.stderr, printed["stderr"])
    sys.stdout, sys.stderr = recording
    try:
        yield printed
    finally:
        finish(*recording, code=0)
        sys.stdout, sys.stderr = before
        for outer, inner in zip(before, recording, strict=True):
            if isinstance(outer, Stream):
                # What the stream below still holds would be a loss again.
                outer.is_mute = outer.is_mute or inner.is_mute


def finish(stdout: Stream, stderr: Stream, code: int) -> int:
    """Flush the streams, and return the exit code: if it is 0, and stdout took less than was printed on it, 3.

    A reader that has closed its pipe has had enough, which is no loss.
    """
    stdout.flush()
    loss = stdout.loss
    if loss is not None and loss.errno != errno.EPIPE:
        stderr.write(f"stdout did not take what was printed: {loss.strerror}\n")
        code = code or 3
    stderr.flush()
    return code


def leave(stdout: Stream, stderr: Stream, code: int) -> NoReturn:
    """End the process with its exit code, at once: Python would wait for threads of an abandoned run, whose answers are
    not needed any more, and a whole run would take a third of a second to free its objects one by one."""
    atexit._run_exitfuncs()
    os._exit(finish(stdout, stderr, code))


def _occupy() -> None:
    """Let the null device have the numbers of the standard streams that are closed: else the next file that is opened
    would, and what a library prints would be written into it."""
    for number in _STANDARD:
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)


def _open(stream: TextIO | None, number: int) -> TextIO:
    """Return a stream to the same place under a number of its own: code that closes the standard one does not close it,
    and the number's next file does not get what is printed."""
    encoding = stream.encoding if stream is not None else "utf-8"
    is_unbuffered = number == 2 or (stream is not None and (stream.line_buffering or stream.isatty()))
    copy = os.dup(number)
    if os.name == "posix":
        os.set_blocking(copy, True)  # a parent such as Node.js leaves its pipes otherwise, and they lose what is long
    return open(copy, "w", buffering=1 if is_unbuffered else -1, encoding=encoding, errors="backslashreplace")
