"""Undoes the line wrapping that we or our libraries do, so that a value broken in two is found all the same.

YAML in reports is folded at spaces and indented: in JSON the line end is an escape, which the leak scan reads as a
space. Rich folds what a terminal shows at spaces, and inside words that are longer than a line.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from heapq import merge
from itertools import accumulate, islice

from contracts_runner.late_pattern import compile_late
from contracts_runner.redaction.known_values import KnownSpan, KnownValues

# A word of two halves must be longer than what two line ends make by chance.
_SHORTEST_HALVED = 8
# The text on both sides of a break that is looked at.
_SIDE = 200
# Breaks are looked at in batches: a text may have millions of them.
_BATCH = 10_000
# Most line ends of our files are between tags, brackets and quotation marks, not within a text.
_STRUCTURE = frozenset('[{,:>"\n')
_TEXT_BREAKS = (re.compile(r"\n[ \t]*+(?=[\w(+])"), re.compile(r"  (?<=\S  ) *+(?=[\w(+])"))
_LINE_END = compile_late("\n")
_BLANK = compile_late(r"[^\S ]")
_ESCAPE_SEQUENCES = compile_late(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")

Counts = Callable[[str, KnownSpan], bool]


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
    lines, breaks = LineNumbers(text), merge(*(_iter_breaks(text, pattern) for pattern in _TEXT_BREAKS))
    while batch := list(islice(breaks, _BATCH)):
        joined, places = _join(text, batch)
        for span in values.find(joined):
            number = bisect_right(places, span.start)
            if number < len(places) and places[number] < span.end and counts(joined, span):
                yield lines.find(batch[number][0]), span


def find_halved(text: str, values: KnownValues, counts: Counts) -> Iterator[tuple[int, KnownSpan]]:
    """Yield (line, span) of values that are broken inside a word."""
    pieces = [line.removesuffix("\r").removesuffix("\\").strip(" \t") for line in text.split("\n")]
    joined, ends = "".join(pieces), list(accumulate(map(len, pieces)))
    for span in values.find(joined):
        line = bisect_right(ends, span.start)
        if span.end > ends[line] and span.end - span.start >= _SHORTEST_HALVED and counts(joined, span):
            yield line + 1, span


def _iter_breaks(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every break, with the blanks around it."""
    for match in pattern.finditer(text):
        start, end = match.span()
        if text[start - 1 : start] not in _STRUCTURE:
            while text[start - 1 : start] in (" ", "\t"):
                start -= 1
            yield start, end


def _join(text: str, breaks: Sequence[tuple[int, int]]) -> tuple[str, list[int]]:
    """Return the text around some breaks, each of which is a blank in it, and where these are."""
    parts: list[str] = []
    places: list[int] = []
    length, copied = 0, max(0, breaks[0][0] - _SIDE)
    for start, end in [*breaks, (len(text), len(text))]:
        between = [text[copied:start]]
        if start - copied > 2 * _SIDE:
            between = [text[copied : copied + _SIDE], "\0", text[start - _SIDE : start]]
        length += sum(map(len, between))
        places.append(length)
        parts += [*between, " "]
        length, copied = length + 1, end
    return _BLANK.sub(" ", "".join(parts)), places[:-1]
