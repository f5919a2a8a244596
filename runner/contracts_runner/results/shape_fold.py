"""Folds the shapes of single answers into one for each operation, status, media type and success.

Answers to generated requests have none: each run sends others, so what comes back is no other answer to the same
question.
"""

import re
from binascii import crc32
from collections import Counter
from collections.abc import Iterator
from dataclasses import field

import msgspec
from msgspec import UNSET

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import render_pointer
from contracts_runner.results.events import PageFetched
from contracts_runner.results.lines import decode, pack_row
from contracts_runner.results.record import RunRecord
from contracts_runner.results.rows import ExchangeRow, ResponseRow, StepRow
from contracts_runner.results.shape_rows import (
    MANY,
    MOST_ASKING,
    MOST_LEVELS,
    MOST_PLACES,
    MOST_TEXTS,
    TYPE_LETTERS,
    AnswerShape,
    EarlierShape,
    Key,
    PlaceRow,
    ShapeRow,
    ShapeType,
)

_TYPES = {letter: word for word, letter in TYPE_LETTERS.items()}
_SHAPES = msgspec.json.Decoder(AnswerShape)
_COUNT = re.compile(f"([{''.join(_TYPES)}])([0-9]{{1,9}})")


@dataclass(frozen=True, slots=True)
class _Answered:
    operation: str
    asked_by: str
    response: ResponseRow
    success: bool | None
    shape: bytes  # as pack_row writes it


@dataclass(slots=True)
class _Place:
    types: Counter[str] = field(default_factory=Counter)
    texts: set[str] = field(default_factory=set)
    has_many: bool = False

    def add(self, words: str, times: int = 1) -> None:
        counts, _, texts = words.partition(":")
        for letter, count in _COUNT.findall(counts):
            self.types[_TYPES[letter]] += int(count) * times
        self.has_many |= texts == MANY
        self.texts.update(texts.split(",") if texts and texts != MANY else ())

    def as_row(self) -> PlaceRow:
        texts = MOST_TEXTS if self.has_many else min(len(self.texts), MOST_TEXTS)
        return PlaceRow(
            types={str(word): self.types[word] for word in ShapeType if word in self.types}, texts=texts or UNSET
        )


@dataclass(slots=True)
class _Sum:
    asked_by: dict[str, None] = field(default_factory=dict)
    shapes: Counter[bytes] = field(default_factory=Counter)  # many answers have the same one
    places: dict[str, _Place] = field(default_factory=dict)
    answers: int = 0
    left_out: int = 0
    cut: int = 0

    def take(self, answered: _Answered) -> None:
        if len(self.asked_by) < MOST_ASKING:
            self.asked_by[answered.asked_by] = None
        self.shapes[answered.shape] += 1

    def _add(self, shape: AnswerShape, times: int) -> None:
        is_cut = shape.cut is True
        for place, words in _iter_places(shape.tree):
            found = self.places.get(place)
            if found is None and len(self.places) < MOST_PLACES:
                found = self.places[place] = _Place()
            if found is None:
                is_cut = True
            else:
                found.add(words, times)
        self.answers += times
        self.left_out += (shape.left_out or 0) * times
        self.cut += is_cut * times

    def as_row(self, key: Key) -> ShapeRow:
        for shape, times in self.shapes.items():
            self._add(decode(shape, _SHAPES), times)
        operation, status, media_type, success = key
        return ShapeRow(
            operation=operation,
            status=status,
            media_type=media_type,
            success=success,
            answers=self.answers,
            asked_by=tuple(self.asked_by),
            places={place: found.as_row() for place, found in self.places.items()},
            left_out=self.left_out or UNSET,
            cut=self.cut or UNSET,
        )


def build_shapes(record: RunRecord) -> tuple[ShapeRow, ...]:
    """Return a row for each operation, status, media type and success of which an answer has a shape, in the order of
    the scenarios."""
    sums: dict[Key, _Sum] = {}
    for answered in _iter_answered(record):
        response = answered.response
        key = answered.operation, response.status, response.media_type, answered.success
        sums.setdefault(key, _Sum()).take(answered)
    return tuple(found.as_row(key) for key, found in sums.items())


def close_shape(row: ShapeRow, run: str, at: str) -> EarlierShape:
    """Return a shape as later runs keep it; `run`, which began `at` a time, is the last one that asked."""
    places = {
        place: "".join(f"{letter}{each.types[word]}" for word, letter in TYPE_LETTERS.items() if word in each.types)
        for place, each in row.places.items()
    }
    return EarlierShape(
        operation=row.operation,
        status=row.status,
        media_type=row.media_type,
        success=row.success,
        answers=row.answers,
        asked_by=row.asked_by,
        places=places,
        cut=row.cut,
        run=run,
        at=at,
    )


def open_shape(shape: EarlierShape) -> ShapeRow:
    """Return the row of a shape that was kept."""
    kept = _Sum(asked_by=dict.fromkeys(shape.asked_by), answers=shape.answers, cut=shape.cut or 0)
    for place, words in shape.places.items():
        kept.places[place] = found = _Place()
        found.add(words)
    return kept.as_row((shape.operation, shape.status, shape.media_type, shape.success))


def _iter_answered(record: RunRecord) -> Iterator[_Answered]:
    for entry in {entry.id: entry for entry in record.started.scenarios}:
        steps = record.steps.get(entry, {})
        for number in sorted(steps):
            line = steps[number]
            if line.shape:
                is_observed = bool(record.started.run.observed)
                asked_by = _name_request(record.exchange(entry, number)) if is_observed else f"{entry} {line.step.name}"
                yield from _answer(line.step, asked_by, line.shape)
    for page in record.pages.values():
        yield from _answer(page, f"page {page.number}", pack_row(page.shape) if page.shape else b"")


def _name_request(exchange: ExchangeRow | None) -> str:
    """Return what names a request of recorded traffic, which has no step: what was sent, wherever that was."""
    if exchange is None:
        return ""
    request, body = exchange.request, (exchange.request.body or "").encode("utf-8", "surrogatepass")
    place = request.url.partition("://")[2].partition("/")[2]
    return f"{request.method} /{place}" + (f" {crc32(body):08x}" if body else "")


def _answer(row: StepRow | PageFetched, asked_by: str, shape: bytes) -> Iterator[_Answered]:
    if row.response is not None and shape:
        yield _Answered(row.operation, asked_by, row.response, row.success, shape)


def _iter_places(tree: Json, place: str = "", levels: int = MOST_LEVELS) -> Iterator[tuple[str, str]]:
    """Yield each place with what the ledger says of it; what is no such tree has none."""
    match tree:
        case str():
            yield place, tree
        case [str() as words, dict() as members]:
            yield place, words
            for step, inner in members.items() if levels else ():
                yield from _iter_places(inner, place + render_pointer((step,)), levels - 1)
