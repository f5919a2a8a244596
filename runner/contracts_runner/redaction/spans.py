"""Pieces of a text that are replaced, and how overlapping ones become one."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts_runner.redaction.forms import MARKER


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """text[start:end] becomes `replacement`. Of overlapping spans a secret gives its form, else the longest."""

    start: int
    end: int
    replacement: str
    is_secret: bool = False


def replace_spans(text: str, spans: Iterable[Span]) -> str:
    """Replace the spans. Overlapping ones are replaced as one, so that no rest of them stays. What the redactor wrote
    before is left alone, except for secrets: a service could write such a form around one."""
    merged = _merge(span for span in spans if span.end > span.start)
    if not merged:
        return text
    markers = [match.span() for match in MARKER.finditer(text)] if "<" in text else []
    parts = []
    end = 0
    for span in merged:
        if not span.is_secret and _is_within(span, markers):
            continue
        parts += [text[end : span.start], span.replacement]
        end = span.end
    return "".join([*parts, text[end:]])


def _is_within(span: Span, markers: Sequence[tuple[int, int]]) -> bool:
    index = bisect_right(markers, span.start, key=lambda marker: marker[0]) - 1
    return index >= 0 and span.end <= markers[index][1]


def _merge(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start < merged[-1].end:
            last = merged.pop()
            winner = max(last, span, key=lambda item: (item.is_secret, item.end - item.start))
            span = Span(last.start, max(last.end, span.end), winner.replacement, winner.is_secret)
        merged.append(span)
    return merged
