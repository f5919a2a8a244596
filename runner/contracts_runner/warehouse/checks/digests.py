"""A set of texts in eight bytes each, so that a million keys of the API take as many megabytes as they should."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable


class TextSet:
    """Remembers texts by their 64-bit hash, which Python salts anew in each process.

    Two different texts with one hash would be taken for the same: among a million, once in 30 million runs.
    """

    def __init__(self) -> None:
        self._parts: list[array[int]] = []

    def __contains__(self, text: str) -> bool:
        digest = hash(text)
        for part in self._parts:
            index = bisect_left(part, digest)
            if index < len(part) and part[index] == digest:
                return True
        return False

    def add_all(self, texts: Iterable[str]) -> None:
        """Add texts, many at a time: each call makes one more part to search."""
        self._parts.append(array("q", sorted(map(hash, texts))))
