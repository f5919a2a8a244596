"""A set of many texts in little memory."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable

_RECENT = 100_000


class TextSet:
    """Remembers texts by their 64-bit hash: eight bytes each, so that a million keys of the API take as many megabytes.

    Python salts the hash in each process. Two different texts with one hash would be taken for the same: among a
    million, once in 30 million runs.
    """

    def __init__(self) -> None:
        self._parts: list[array[int]] = []
        self._recent: set[int] = set()  # what `add` has brought since the last part was made

    def __contains__(self, text: str) -> bool:
        digest = hash(text)
        return digest in self._recent or any(_has(part, digest) for part in self._parts)

    def add(self, text: str) -> None:
        """Add one text."""
        self._recent.add(hash(text))
        if len(self._recent) >= _RECENT:
            self._parts.append(array("q", sorted(self._recent)))
            self._recent.clear()

    def add_all(self, texts: Iterable[str]) -> None:
        """Add texts, many at a time: each call makes one more part to search."""
        self._parts.append(array("q", sorted(map(hash, texts))))


def _has(part: "array[int]", digest: int) -> bool:
    index = bisect_left(part, digest)
    return index < len(part) and part[index] == digest
