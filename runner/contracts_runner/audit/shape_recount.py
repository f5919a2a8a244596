"""The shapes of answers, counted again: that of each answer from its artifact, value by value; those of results.json
from the ledger's lines."""

import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import field

from contracts_runner.audit.chain import Line
from contracts_runner.audit.tally import Row, Tally
from contracts_runner.audit.violation import Violation
from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import render_pointer
from contracts_runner.redaction.replacement import holds_replaced, was_replaced
from contracts_runner.results import shape_rows as rows

_LETTERS = {letter: str(word) for word, letter in rows.TYPE_LETTERS.items()}
_COUNT = re.compile(f"([{''.join(_LETTERS)}])([0-9]{{1,9}})")
_MANY = frozenset({rows.MANY})
_WORDS = {bool: "boolean", int: "integer", float: "number", type(None): "null", dict: "object"}


@dataclass(slots=True)
class _Place:
    types: Counter[str] = field(default_factory=Counter)
    texts: set[str] = field(default_factory=set)  # as the ledger has them, _MANY where it has no single ones

    def describe(self) -> str:
        counts = ", ".join(f"{word} {self.types[word]}" for word in _LETTERS.values() if self.types[word])
        return f"{counts}; {', '.join(sorted(self.texts))}" if self.texts else counts


_Places = dict[tuple[str, ...], _Place]


def check_shape(line: Line, document: Json, what: str) -> Iterator[Violation]:
    """Yield where the shape that a line has is not that of the answer in its artifact."""
    shape = line.row.get("shape")
    if shape is None:
        return
    printed: _Places = dict(_iter_places(shape.get("tree")))
    counted = _count_answer(document)
    if counted is None:
        yield line.complain(f"{what}: shape", "a shape", "none: the artifact has no JSON")
        return
    places, left_out = counted
    values = sum(place.types.total() for place in places.values()) - 1
    is_cut = values > rows.MOST_VALUES or len(places) > rows.MOST_PLACES
    if shape.get("cut", False) is not is_cut:
        yield line.complain(f"{what}: shape cut", shape.get("cut", False), is_cut)
    elif not is_cut and shape.get("left_out", 0) != left_out:
        yield line.complain(f"{what}: shape left_out", shape.get("left_out", 0), left_out)
    # Of one that is cut only what it has is known to be a part.
    for path in printed if is_cut else {**places, **printed}:
        texts = [each[path].describe() if path in each else None for each in (printed, places)]
        if texts[0] != texts[1]:
            yield line.complain(f"{what}: shape {render_pointer(path) or 'root'}", *texts)


def list_shapes(tally: Tally) -> list[dict[str, Json]]:
    """Return the rows of results.json."""
    found: dict[tuple[Json, ...], list[tuple[str, Json]]] = {}
    for asked_by, row, shape in _iter_answers(tally):
        if row["response"] is not None and shape is not None:
            response = row["response"]
            key = row["operation"], response["status"], response.get("media_type"), row.get("success")
            found.setdefault(key, []).append((asked_by, shape))
    names = ("operation", "status", "media_type", "success")
    return [{**dict(zip(names, key, strict=True)), **_sum(answers)} for key, answers in found.items()]


def _iter_answers(tally: Tally) -> Iterator[tuple[str, Row, Json]]:
    for name, record in tally.opened.items():
        for number in sorted(record.steps):
            line, step = record.steps[number], record.steps[number].row["step"]
            asked_by = _name_request(line.row["exchange"]) if "observed" in tally.run else f"{name} {step['name']}"
            yield asked_by, step, line.row.get("shape")
    for line in tally.pages.values():
        yield f"page {line.row['number']}", line.row, line.row.get("shape")


def _name_request(exchange: Json) -> str:
    if exchange is None:
        return ""
    sent = exchange["request"]
    named = f"{sent['method']} /{sent['url'].partition('://')[2].partition('/')[2]}"
    body = (sent.get("body") or "").encode("utf-8", "surrogatepass")
    return f"{named} {zlib.crc32(body):08x}" if body else named


def _sum(answers: list[tuple[str, Json]]) -> dict[str, Json]:
    places: _Places = {}
    cut = 0
    for _, shape in answers:
        is_cut = shape.get("cut") is True
        for path, place in _iter_places(shape.get("tree")):
            if path not in places and len(places) >= rows.MOST_PLACES:
                is_cut = True
                continue
            known = places.setdefault(path, _Place())
            known.types += place.types
            known.texts |= place.texts
        cut += is_cut
    left_out = sum(shape.get("left_out", 0) for _, shape in answers)
    return {
        "answers": len(answers),
        "asked_by": [*dict.fromkeys(asked_by for asked_by, _ in answers)][: rows.MOST_ASKING],
        "places": {render_pointer(path): _build_row(place) for path, place in places.items()},
        **({"left_out": left_out} if left_out else {}),
        **({"cut": cut} if cut else {}),
    }


def _build_row(place: _Place) -> dict[str, Json]:
    texts = rows.MOST_TEXTS if place.texts >= _MANY else min(len(place.texts), rows.MOST_TEXTS)
    return {
        "types": {word: place.types[word] for word in _LETTERS.values() if place.types[word]},
        **({"texts": texts} if texts else {}),
    }


def _iter_places(tree: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], _Place]]:
    """Yield what a tree of the ledger says of each place; of what is none nothing."""
    words, members = tree if isinstance(tree, list) and len(tree) == 2 else (tree, {})
    if not isinstance(words, str) or not isinstance(members, dict) or len(path) > rows.MOST_LEVELS:
        return
    counts, _, texts = words.partition(":")
    types = Counter({_LETTERS[letter]: int(count) for letter, count in _COUNT.findall(counts)})
    yield path, _Place(types, set(filter(None, texts.split(","))))
    for step, inner in members.items():
        yield from _iter_places(inner, (*path, step))


def _count_answer(document: Json) -> tuple[_Places, int] | None:
    """Return the places of the answer in an artifact, and how many values are not looked into."""
    try:
        value = json.loads(document["response"]["body"])
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    places: _Places = {}
    left_out = 0
    waiting: list[tuple[tuple[str, ...], Json]] = [((), value)]
    while waiting:
        path, value = waiting.pop()
        place = places.setdefault(path, _Place())
        place.types[_name_type(value)] += 1
        if isinstance(value, str) and not was_replaced(value):
            place.texts.add(value)
        inner = _list_inner(value)
        left_out += len(value) - len(inner) if isinstance(value, list) else 0
        if len(path) < rows.MOST_LEVELS:
            waiting += (((*path, step), each) for step, each in inner)
        else:
            left_out += len(inner)
    for place in places.values():
        place.texts = {*_MANY} if len(place.texts) >= rows.MOST_TEXTS else {*map(_hash, place.texts)}
    return places, left_out


def _hash(text: str) -> str:
    return f"{zlib.crc32(text[: rows.LONGEST_TEXT].encode('utf-8', 'surrogatepass')) % 65536:04x}"


def _name_type(value: Json) -> str:
    if isinstance(value, str):
        return "hidden" if was_replaced(value) else "string"
    if isinstance(value, list):
        return "array" if value else "empty_array"
    return _WORDS[type(value)]


def _list_inner(value: Json) -> list[tuple[str, Json]]:
    if isinstance(value, list):
        return [(rows.EACH, each) for each in value[: rows.MOST_ITEMS]]
    if not isinstance(value, dict):
        return []
    has_keys = len(value) > rows.MOST_NAMES
    return [
        (rows.EACH if has_keys or rows.is_key(name) or holds_replaced(name) else name, each)
        for name, each in value.items()
    ]
