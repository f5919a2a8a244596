"""The shape of an answer: the types of its values by place, of the redacted body. So it holds nothing that the artifact
does not hold, and can be computed again from that."""

import json
from binascii import crc32
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from msgspec import UNSET, UnsetType

from contracts_runner.engine.success import Answer
from contracts_runner.model.data_kinds import DataKind
from contracts_runner.model.json import Json
from contracts_runner.redaction.replacement import holds_replaced, was_replaced
from contracts_runner.results.rows import ExchangeRow
from contracts_runner.results.shape_rows import (
    EACH,
    LONGEST_TEXT,
    MANY,
    MOST_ITEMS,
    MOST_LEVELS,
    MOST_NAMES,
    MOST_PLACES,
    MOST_TEXTS,
    MOST_VALUES,
    TYPE_LETTERS,
    AnswerShape,
    ShapeType,
    is_key,
)

_SCALARS = {
    int: TYPE_LETTERS[ShapeType.INTEGER],
    float: TYPE_LETTERS[ShapeType.NUMBER],
    bool: TYPE_LETTERS[ShapeType.BOOLEAN],
    type(None): TYPE_LETTERS[ShapeType.NULL],
}
_OBJECT, _ARRAY, _EMPTY, _STRING, _HIDDEN = (
    TYPE_LETTERS[word]
    for word in (ShapeType.OBJECT, ShapeType.ARRAY, ShapeType.EMPTY_ARRAY, ShapeType.STRING, ShapeType.HIDDEN)
)
_LETTERS = tuple(TYPE_LETTERS.values())
_LONGEST_REMEMBERED = 1 << 17


@lru_cache(maxsize=4096)  # the names of an API are few
def _find_step(name: str) -> str:
    return EACH if is_key(name) or holds_replaced(name) else name


def describe_shape(recorded: ExchangeRow, answer: Answer | None) -> AnswerShape | UnsetType:
    """Return the shape of a recorded answer, UNSET for one that is no JSON."""
    text = recorded.response.body if recorded.response else None
    if answer is None or text is None or not answer.body.is_data or answer.body.kind is not DataKind.JSON:
        return UNSET
    try:
        if len(text) <= _LONGEST_REMEMBERED:
            return _build_again(text)
        is_same = text.encode("utf-8", "surrogatepass") == answer.response.body
        return build_shape(answer.body.value if is_same else json.loads(text))
    except (ValueError, RecursionError):
        return UNSET  # written as its size and hash


def build_shape(value: Json) -> AnswerShape:
    """Return the shape of a JSON value."""
    walk = _Walk()
    tree = walk.describe([value], MOST_LEVELS)
    return AnswerShape(tree=tree, left_out=walk.left_out or UNSET, cut=walk.is_cut or UNSET)


# Many answers come again in a run, byte for byte.
_build_again = lru_cache(maxsize=64)(lambda text: build_shape(json.loads(text)))


class _Walk:
    """Looks at all values of a place at once, for speed: each answer of a run goes through it."""

    def __init__(self) -> None:
        self.places = self.values = self.left_out = 0
        self.is_cut = False

    def describe(self, values: list[Any], levels: int) -> Json:
        """Return the tree of the values of one place."""
        self.places += 1
        if len(values) == 1 and (letter := _SCALARS.get(type(values[0]))):
            return f"{letter}1"
        kinds = Counter(map(type, values))
        counts = {_SCALARS[kind]: count for kind, count in kinds.items() if kind in _SCALARS}
        texts = _count_texts(values, counts) if str in kinds else ""
        steps: dict[str, list[Any]] = {}
        if dict in kinds:
            counts[_OBJECT] = kinds[dict]
            _open_objects(values, steps)
        if list in kinds:
            arrays = [value for value in values if type(value) is list and value]
            counts |= {_ARRAY: len(arrays), _EMPTY: kinds[list] - len(arrays)}
            self._open_arrays(arrays, steps)
        members = {step: self.describe(found, levels - 1) for step, found in self._iter_entered(steps, levels)}
        words = "".join(f"{letter}{counts[letter]}" for letter in _LETTERS if counts.get(letter)) + texts
        return [words, members] if members else words

    def _open_arrays(self, arrays: list[list[Any]], steps: dict[str, list[Any]]) -> None:
        for each in arrays:
            self.left_out += max(len(each) - MOST_ITEMS, 0)
            steps.setdefault(EACH, []).extend(each[:MOST_ITEMS])

    def _iter_entered(self, steps: dict[str, list[Any]], levels: int) -> Iterator[tuple[str, list[Any]]]:
        """Yield what is looked into: all, within the bounds."""
        if not levels:
            self.left_out += sum(map(len, steps.values()))
            return
        for step, values in steps.items():
            self.values += len(values)
            self.is_cut |= self.values > MOST_VALUES or self.places >= MOST_PLACES
            if not self.is_cut:
                yield step, values


def _open_objects(values: list[Any], steps: dict[str, list[Any]]) -> None:
    """Sort the members of all objects among values by what is written for their names."""
    columns: dict[str, list[Any]] = {}
    for value in values:
        if type(value) is not dict:
            continue
        if len(value) > MOST_NAMES:
            steps.setdefault(EACH, []).extend(value.values())
            continue
        for name, inner in value.items():
            if name in columns:
                columns[name].append(inner)
            else:
                columns[name] = [inner]
    for name, column in columns.items():
        step = _find_step(name)
        if step in steps:
            steps[step] += column
        else:
            steps[step] = column


def _count_texts(values: list[Any], counts: dict[str, int]) -> str:
    """Count the texts among values; return what is written of the different ones."""
    texts = [value for value in values if type(value) is str]
    plain = dict.fromkeys(texts)
    hidden = [*filter(was_replaced, plain)]
    for text in hidden:
        del plain[text]
    count = sum(text in plain for text in texts) if hidden else len(texts)
    counts |= {_STRING: count, _HIDDEN: len(texts) - count}
    if len(plain) >= MOST_TEXTS:
        return f":{MANY}"
    return ":" + ",".join(dict.fromkeys(map(_hash, plain))) if plain else ""


def _hash(text: str) -> str:
    return f"{crc32(text[:LONGEST_TEXT].encode('utf-8', 'surrogatepass')) & 0xFFFF:04x}"
