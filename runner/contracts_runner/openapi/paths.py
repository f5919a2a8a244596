"""Which operations a concrete address reaches, in every spelling that a service may read as the same.

What RFC 3986 makes of a path is one reading. Frameworks and proxies go further: they decode again, split at what was
encoded, merge slashes, drop `;parameters`, resolve dot segments, ignore case. Who must not miss an operation asks for
all readings.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from urllib.parse import parse_qsl, unquote

from contracts_runner.dataclass import dataclass
from contracts_runner.late_pattern import compile_late
from contracts_runner.model.spec import Operation

Segments = tuple[str, ...]
Pairs = Sequence[tuple[str, str]]
# An operation with its whole path on a service.
Template = tuple[str, Operation]

# What nobody reads otherwise: nothing encoded, no separators of something else, no empty or dot segments.
_UNAMBIGUOUS = re.compile(r"(?:/(?!\.\.?(?:/|\Z))[A-Za-z0-9._~-]+)+")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
# How often something on the way may decode a path.
_DECODINGS = 4


def iter_readings(path: str) -> Iterator[Segments]:
    """Yield the segments of a path: first as RFC 3986 reads it, then each other reading once."""
    if _UNAMBIGUOUS.fullmatch(path):
        yield tuple(path.split("/")[1:])
        return
    plain = tuple(map(_decode, (path or "/").split("/")[1:]))
    seen = {plain}
    yield plain
    for is_split, is_stripped, is_merged, is_resolved, is_merged_again in itertools.product((False, True), repeat=5):
        segments = plain
        if is_split:
            segments = tuple(re.split(r"[/\\]", re.split("[?#]", "/".join(plain))[0]))
        if is_stripped:
            segments = tuple(segment.partition(";")[0] for segment in segments)
        if is_merged:
            segments = _merge(segments)
        if is_resolved:
            segments = _resolve(segments)
        if is_merged_again:
            segments = _merge(segments)
        if segments not in seen:
            seen.add(segments)
            yield segments


def may_reach(template: Template, method: str, segments: Segments) -> bool:
    """Tell whether a path of so many segments can reach an operation by a method."""
    path, operation = template
    return operation.method == method and any(len(each.segments) == len(segments) for each in _build_templates(path))


def find_reached(templates: Iterable[Template], method: str, segments: Segments, pairs: Pairs) -> list[Operation]:
    """Return the operations of a method that a path, as its segments, and a query may reach: those of the closest
    template, once with regard to case and once without."""
    ranks = [
        (rank, operation)
        for path, operation in templates
        if operation.method == method
        for template in _build_templates(path)
        if (rank := template.rank(segments, pairs)) is not None
    ]
    exact = [each for each in ranks if not any(mark % 2 for mark in each[0])]
    return [*_list_closest(exact), *_list_closest(ranks)]


def find_exact(templates: Iterable[Template], method: str, segments: Segments, pairs: Pairs) -> list[Operation]:
    """Return the operations of a method whose template comes closest to a path as it is written."""
    ranks = [
        (rank, operation)
        for path, operation in templates
        if operation.method == method
        for rank in [_build_templates(path)[0].rank(segments, pairs)]
        if rank is not None and not any(mark % 2 for mark in rank)
    ]
    return _list_closest(ranks)


def _list_closest(ranks: Sequence[tuple[tuple[int, ...], Operation]]) -> list[Operation]:
    closest = min((rank for rank, _ in ranks), default=())
    return [operation for rank, operation in ranks if rank == closest]


@dataclass(frozen=True, slots=True)
class _Part:
    """A text in which placeholders stand for any. `kind`: 0 without one, 2 with one beside other text, 4 if alone.
    `literal`: the text without one, None with one."""

    exact: re.Pattern[str]
    folded: re.Pattern[str]
    kind: int
    literal: str | None

    def rank(self, text: str) -> int | None:
        """Return how close a text comes, 0 the closest, an odd number in another case; None if it does not match."""
        if self.literal is not None and len(self.literal) != len(text):
            return None  # without the patterns, which most parts of most paths do not match
        if self.exact.fullmatch(text):
            return self.kind
        return self.kind + 1 if self.folded.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class _Template:
    """A path of a document; `pairs` are those that a query has to hold, where the document's path has one."""

    segments: tuple[_Part, ...]
    pairs: tuple[tuple[_Part, _Part], ...]

    def rank(self, segments: Segments, pairs: Pairs) -> tuple[int, ...] | None:
        """Return a number for each segment: literal ones come before placeholders (OpenAPI 3.1 §4.8.8.2)."""
        if len(segments) != len(self.segments):
            return None
        if self.pairs and not all(_has_pair(pairs, pair) for pair in self.pairs):
            return None
        marks: list[int] = []
        for part, segment in zip(self.segments, segments, strict=True):
            mark = part.rank(segment)
            if mark is None:
                return None
            marks.append(mark)
        return (*marks, -2 * len(self.pairs))


def _has_pair(pairs: Pairs, wanted: tuple[_Part, _Part]) -> bool:
    named, valued = wanted
    return any(named.rank(name) is not None and valued.rank(value) is not None for name, value in pairs)


@cache
def _build_templates(template: str) -> tuple[_Template, ...]:
    """Return a path of a document as it is written, and with its slashes merged where that differs."""
    path, _, query = template.partition("#")[0].partition("?")
    segments = tuple(path.split("/")[1:])
    pairs = tuple((_build_part(name), _build_part(value)) for name, value in parse_pairs(query))
    return tuple(
        _Template(tuple(map(_build_part, each)), pairs) for each in dict.fromkeys((segments, _merge(segments)))
    )


def _build_part(text: str) -> _Part:
    literals = [_decode(literal) for literal in _PLACEHOLDER.split(text)]
    pattern = ".*".join(map(re.escape, literals))
    kind = 0 if len(literals) == 1 else 2 if any(literals) else 4
    literal = literals[0] if kind == 0 else None
    return _Part(re.compile(pattern, re.DOTALL), compile_late(pattern, re.DOTALL | re.IGNORECASE), kind, literal)


def parse_pairs(query: str) -> Pairs:
    """Return the names and values of a query or a form, decoded."""
    return parse_qsl(query, keep_blank_values=True)


def _decode(text: str) -> str:
    for _ in range(_DECODINGS):
        text = unquote(text)
    return text


def _merge(segments: Segments) -> Segments:
    return tuple(filter(None, segments))


def _resolve(segments: Segments) -> Segments:
    """Return the segments without those of dots (RFC 3986 §5.2.4)."""
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    return (*kept, "") if segments and segments[-1] in (".", "..") else tuple(kept)
