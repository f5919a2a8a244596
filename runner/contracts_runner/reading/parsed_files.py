"""Keeps what the parser said of a project's YAML files, for the next process that reads the same bytes: it imports no
parser then."""

import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import msgspec

from contracts_runner.reading.cache import Cache, find_tool
from contracts_runner.reading.yaml_tree import Event, EventKind

_KIND = "events of YAML files"
# What all of them may take: a larger project is not read faster enough to be worth its memory.
_MOST_BYTES = 4 << 20


class _Entry(msgspec.Struct, array_like=True):
    """What was parsed of one file; its events are decoded when they are asked for."""

    name: str
    sha256: str
    events: msgspec.Raw


class ParsedFiles:
    """The events of the YAML files below `root`, by their names and the hashes of their bytes: one entry of the cache
    for all of them. Of a file whose name is in `private` nothing that stands in it is kept, only where it stands."""

    def __init__(
        self, cache: Cache, root: Path, most_bytes: int = _MOST_BYTES, private: Collection[str] = frozenset()
    ) -> None:
        self._cache, self._root, self._private = cache, root, private
        self.key = json.dumps([find_tool(), _KIND, str(root)])
        self._is_new = False
        lines = cache.load(self.key) or []
        self._room = most_bytes - sum(map(len, lines))
        try:
            kept = [msgspec.json.decode(line, type=_Entry) for line in lines]
        except msgspec.DecodeError:  # one of another form
            kept = []
        self._entries = {entry.name: entry for entry in kept}

    def find(self, name: str, sha256: str, text: str) -> Sequence[Event] | None:
        """Return the events of a file of that text, None if its bytes were not parsed before."""
        entry = self._entries.get(name)
        if entry is None or entry.sha256 != sha256:
            return None
        try:
            events = msgspec.json.decode(entry.events, type=list[Event])
            return [_fill(event, text) for event in events] if name in self._private else events
        except (msgspec.DecodeError, ValueError):
            return None

    def keep(self, name: str, sha256: str, text: str, events: Sequence[Event]) -> None:
        """Keep the events of a file of that text, of which a tree could be made."""
        if name in self._private:
            located = _locate(events, text)
            if located is None:
                return
            events = located
        try:
            encoded = msgspec.json.encode(events)
        except UnicodeEncodeError:  # half a surrogate pair
            return
        self._room -= len(encoded)
        if self._room >= 0:
            self._entries[name] = _Entry(name, sha256, msgspec.Raw(encoded))
            self._is_new = True

    def save(self) -> None:
        """Keep them for the next process, without those of files that are not there any more."""
        if self._is_new:
            there = [entry for name, entry in self._entries.items() if (self._root / name).exists()]
            self._cache.save(self.key, [msgspec.json.encode(entry) for entry in there])


def _locate(events: Iterable[Event], text: str) -> list[Event] | None:
    """Return events that have, instead of what stands in a text, where it does; None if one has what does not stand
    there as it is."""
    located: list[Event] = []
    start = 0
    for event in events:
        if event.anchor or event.tag:
            return None
        if event.kind is not EventKind.SCALAR:
            located.append(event)
            continue
        start = text.find(event.text, start)
        if start < 0:
            return None
        located.append(msgspec.structs.replace(event, text=f"{start}:{start + len(event.text)}"))
    return located


def _fill(event: Event, text: str) -> Event:
    if event.kind is not EventKind.SCALAR:
        return event
    start, _, end = event.text.partition(":")
    return msgspec.structs.replace(event, text=text[int(start) : int(end)])
