"""Keeps what the parser said of a project's YAML files, for the next process that reads the same bytes: it imports no
parser then."""

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec

from contracts_runner.reading.cache import Cache, find_tool
from contracts_runner.reading.yaml_tree import Event

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
    for all of them."""

    def __init__(self, cache: Cache, root: Path, most_bytes: int = _MOST_BYTES) -> None:
        self._cache, self._root = cache, root
        self.key = json.dumps([find_tool(), _KIND, str(root)])
        self._is_new = False
        lines = cache.load(self.key) or []
        self._room = most_bytes - sum(map(len, lines))
        try:
            kept = [msgspec.json.decode(line, type=_Entry) for line in lines]
        except msgspec.DecodeError:  # one of another form
            kept = []
        self._entries = {entry.name: entry for entry in kept}

    def find(self, name: str, sha256: str) -> Sequence[Event] | None:
        """Return the events of a file, None if these bytes were not parsed before."""
        entry = self._entries.get(name)
        if entry is None or entry.sha256 != sha256:
            return None
        try:
            return msgspec.json.decode(entry.events, type=list[Event])
        except msgspec.DecodeError:
            return None

    def keep(self, name: str, sha256: str, events: Sequence[Event]) -> None:
        """Keep the events of a file of which a tree could be made."""
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
