"""Remembers what a run prints, so that the terminal's text is searched for leaks as the files are."""

import contextlib
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from contracts_runner.leaks.search import Leak, LeakSearch
from contracts_runner.leaks.unwrapping import strip_escape_sequences

STREAMS = ("stdout", "stderr")


class TerminalRecord:
    """The text printed so far, by the name of its stream."""

    def __init__(self) -> None:
        self._parts: dict[str, list[str]] = {name: [] for name in STREAMS}

    def add(self, stream: str, text: str) -> None:
        self._parts[stream].append(text)

    def find_leaks(
        self, *, secrets: Mapping[str, str], personal: Iterable[str], ignored: Collection[str] = ()
    ) -> list[Leak]:
        """Return the values found; their file is `stdout` or `stderr`, their line counts from the run's beginning.

        `ignored` are the user's texts, such as the path of the run's folder, which may hold any name.
        """
        search = LeakSearch(Path(), secrets=secrets, personal=personal)
        leaks = []
        for stream, parts in self._parts.items():
            shown = strip_escape_sequences("".join(parts))
            for own in sorted(filter(None, ignored), key=len, reverse=True):
                shown = shown.replace(own, "…")
            leaks += search.search_text(stream, shown)
        return leaks


@contextlib.contextmanager
def record_terminal() -> Iterator[TerminalRecord]:
    """Record what the block prints on stdout and stderr, which still goes where it went."""
    record = TerminalRecord()
    before = sys.stdout, sys.stderr
    tees: list[Any] = [_Tee(stream, name, record) for stream, name in zip(before, STREAMS, strict=True)]
    sys.stdout, sys.stderr = tees
    try:
        yield record
    finally:
        sys.stdout, sys.stderr = before


class _Tee:
    """A text stream that is also recorded; everything else of the stream stays as it is."""

    def __init__(self, stream: TextIO, name: str, record: TerminalRecord) -> None:
        self._stream = stream
        self._name = name
        self._record = record

    def write(self, text: str) -> int:
        self._record.add(self._name, text)
        return self._stream.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
