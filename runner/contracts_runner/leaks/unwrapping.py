"""Undoes the line wrapping that we or our libraries do, so that a value broken in two is found all the same.

YAML in reports is folded at spaces and indented: in JSON the line end is an escape, which the leak scan reads as a
space. Rich folds what a terminal shows at spaces, and inside words that are longer than a line.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import accumulate, islice

from contracts_runner.redaction.known_values import KnownSpan, KnownValues

# A word of two halves must be longer than what two line ends make by chance.
_SHORTEST_HALVED = 8
# The text on both sides of a break that is looked at.
_SIDE = 200
# Breaks are looked at in batches: a text of nothing else would be copied four hundred times over.
_BATCH = 10_000
# Most line ends of our files are between tags, brackets and quotation marks, not within a text.
_STRUCTURE = frozenset('[{,:>"\n')
_TEXT_BREAKS = (re.compile(r"\n[ \t]*+(?=[\w(+])"), re.compile(r"  (?<=\S  ) *+(?=[\w(+])"))
_LINE_END = re.compile("\n")
_ESCAPE_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")

Counts = Callable[[str, KnownSpan], bool]
# The text around a break without it, where the break is in the whole text, and where it was in this one.
_Piece = tuple[str, int, int]


class LineNumbers:
    """The numbers of the lines of a text, which is looked through once, however many places are asked for: a value of
    one letter is at every place of a text of that letter."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _ends(self) -> list[int]:
        return [match.start() for match in _LINE_END.finditer(self._text)]

    def find(self, place: int) -> int:
        """Return the number of the line, from 1."""
        return bisect_left(self._ends, place) + 1


def strip_escape_sequences(text: str) -> str:
    """Return what a terminal shows of a text, without colours, links and movements of the cursor."""
    return _ESCAPE_SEQUENCES.sub("", text) if "\x1b" in text else text


def find_wrapped(text: str, values: KnownValues, counts: Counts) -> Iterator[tuple[int, KnownSpan]]:
    """Yield (line, span) of values with a line break, or more spaces than they have, between two of their words."""
    return _find_across(text, _iter_unwrapped(text), values, counts)


def find_halved(text: str, values: KnownValues, counts: Counts) -> Iterator[tuple[int, KnownSpan]]:
    """Yield (line, span) of values that are broken inside a word."""
    pieces = [line.removesuffix("\r").removesuffix("\\").strip(" \t") for line in text.split("\n")]
    joined, ends = "".join(pieces), list(accumulate(map(len, pieces)))
    for span in values.find(joined):
        line = bisect_right(ends, span.start)
        if span.end > ends[line] and span.end - span.start >= _SHORTEST_HALVED and counts(joined, span):
            yield line + 1, span


def _iter_unwrapped(text: str) -> Iterator[_Piece]:
    for pattern in _TEXT_BREAKS:
        for match in pattern.finditer(text):
            if text[match.start() - 1 : match.start()] in _STRUCTURE:
                continue
            start, end = max(0, match.start() - _SIDE), match.end() + _SIDE
            before = " ".join(text[start : match.start()].split())
            yield f"{before} {' '.join(text[match.end() : end].split())}", match.start(), len(before)


def _find_across(
    text: str, pieces: Iterator[_Piece], values: KnownValues, counts: Counts
) -> Iterator[tuple[int, KnownSpan]]:
    """Yield the values that are across the break of a piece."""
    lines = LineNumbers(text)
    while batch := list(islice(pieces, _BATCH)):
        if not any(values.find("\0".join(piece for piece, _, _ in batch))):
            continue
        for piece, place, middle in batch:
            for span in values.find(piece):
                if span.start < middle < span.end and counts(piece, span):
                    yield lines.find(place), span
