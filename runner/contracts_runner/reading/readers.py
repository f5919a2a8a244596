"""What single values, lists and mappings of a file may be: each reads, has a JSON Schema, and a name for the reference.

Patterns mean the same in Python and in ECMA-262, which editors use.
"""

import re
from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Any, Literal, TypeVar

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.reading import durations
from contracts_runner.reading.declarations import Named, Reader, Scalar, Schema
from contracts_runner.reading.forms import Value

T = TypeVar("T")
U = TypeVar("U")
E = TypeVar("E", bound=StrEnum)

# Letters, digits and _ of any script; no digit first.
_LETTER, WORD = r"[^\s0-9!-/:-@\[-\^`{-~]", r"[^\s!-/:-@\[-\^`{-~]"
IDENTIFIER = f"{_LETTER}{WORD}*"

_TYPES = {"array": list, "object": dict}


def named(reader: Reader[T], name: str) -> Reader[T]:
    """Return the reader with its schema written once, below `$defs`."""
    return Reader(reader.read, Named(name, lambda: reader.schema), reader.words)


def integer(minimum: int, maximum: int | None = None) -> Reader[int]:
    """A whole number between the bounds, both included."""
    schema = Scalar(type="integer", minimum=minimum, **({} if maximum is None else {"maximum": maximum}))
    words = f"whole number, {minimum} " + ("or more" if maximum is None else f"to {maximum}")
    return Reader(lambda value: value.read_integer(minimum, maximum), schema, words)


def choice(*words: str) -> Reader[str]:
    """One of the words."""
    listed = " | ".join(f"`{word}`" for word in words)
    return Reader(lambda value: value.read_choice(words), Scalar(enum=list(words)), listed)


def member(kind: type[E]) -> Reader[E]:
    """One of the words of an enum, as its member."""
    return choice(*kind).then(kind)


def parsed(parse: Callable[[str], T], words: str, pattern: str, hint: str = "", **more: Json) -> Reader[T]:
    """A text of which `parse` makes something; `pattern` is what a schema can say of it, as far as that goes."""
    notes = {"patternErrorMessage": hint} if hint else {}
    schema = Scalar(type="string", **more, pattern=pattern, **notes)
    return Reader(lambda value: value.read_parsed(parse), schema, words)


def nullable(reader: Reader[T]) -> Reader[T]:
    """Null, which is read as None, or what the reader takes."""
    schema = {"anyOf": [{"type": "null"}, reader.schema]}
    return Reader(lambda value: None if value.value is None else reader.read(value), schema, f"{reader.words}, or null")


def items(reader: Reader[T]) -> Reader[tuple[T, ...]]:
    """A list that is not empty; items of the wrong form are reported and left out."""

    def read(value: Value) -> tuple[T, ...]:
        found = [reader.read(item) for item in value.read_items()]
        return tuple(item for item in found if item is not None)

    return Reader(read, {"type": "array", "minItems": 1, "items": reader.schema}, f"list; each item: {reader.words}")


@dataclass(frozen=True, slots=True)
class Names:
    """What the free keys of a mapping may be; `noun` says what they name: "a capture"."""

    noun: str
    is_fit: Callable[[str], bool] | None = None
    hint: str = ""
    pattern: str = ""
    reserved: Collection[str] = ()
    schema: "Schema | None" = None

    def check(self, name: str, entry: Value) -> None:
        """Report a name that is not fit at the place of its value."""
        if name in self.reserved:
            entry.report(f"'{name}' is built in and cannot be the name of {self.noun}")
        elif self.is_fit and not self.is_fit(name):
            entry.report(f"'{name}' cannot be the name of {self.noun}", self.hint)

    def build_schema(self) -> Schema:
        """Return the schema of a name."""
        if self.schema:
            return self.schema
        pattern = {"pattern": f"^{self.pattern}$", "patternErrorMessage": self.hint} if self.pattern else {}
        return {**pattern, **({"not": {"enum": sorted(self.reserved)}} if self.reserved else {})}


def name_words(noun: str) -> Names:
    """Names of letters and digits of any script, dots, - and _."""
    hint, pattern = "use letters, digits, dots, - and _", r"[^\s!-,/:-@\[-\^`{-~]+"
    return Names(noun, lambda name: re.fullmatch(r"[\w.-]+", name) is not None, hint, pattern)


def mapping(reader: Reader[T], names: Names | None = None, *, has_null: bool = False) -> Reader[dict[str, T]]:
    """A mapping with free keys; values of the wrong form are reported and left out, unless null is a value."""

    def read(value: Value) -> dict[str, T]:
        entries = value.read_entries()
        for name, entry in entries.items():
            if names:
                names.check(name, entry)
        found = {name: reader.read(entry) for name, entry in entries.items()}
        return {name: item for name, item in found.items() if item is not None or has_null}  # type: ignore[misc]  # null is a T then

    schema: dict[str, Any] = {"type": "object", "additionalProperties": reader.schema}
    if names:
        schema["propertyNames"] = names.build_schema()
    return Reader(read, schema, f"mapping; each value: {reader.words}")


def either(kind: Literal["array", "object"], one: Reader[T], other: Reader[U]) -> Reader[T | U]:
    """What `one` takes for a value of the JSON type, and what `other` takes for everything else."""

    def read(value: Value) -> T | U | None:
        return one.read(value) if isinstance(value.value, _TYPES[kind]) else other.read(value)

    schema: Schema = {"if": {"type": kind}, "then": one.schema, "else": other.schema}
    return Reader(read, schema, f"{other.words}, or {one.words}")


TEXT = named(
    Reader(Value.read_text, {"type": "string", "pattern": r"\S", "patternErrorMessage": "it is empty"}, "text"), "text"
)
TEXTS = named(
    Reader(
        Value.read_texts,
        {"type": "array", "minItems": 1, "uniqueItems": True, "items": TEXT.schema},
        "list of texts, each once",
    ),
    "texts",
)
BOOLEAN = Reader(Value.read_boolean, Scalar(type="boolean"), "`true` | `false`")
JSON = Reader(Value.read_json, {}, "any value")

DURATION = named(
    parsed(
        durations.parse_duration, "duration", rf"^(?!0+(\.0+)?[a-z])({durations.DURATION})$", durations.DURATION_HINT
    ),
    "duration",
)
SIZE = named(parsed(durations.parse_size, "size", rf"^(?!0+[ A-Z])({durations.SIZE})$", durations.SIZE_HINT), "size")
COUNT = Reader(
    lambda value: value.read_parsed(durations.parse_count),
    Scalar(
        type=["integer", "string"],
        minimum=1,
        maximum=999_999_999,
        pattern=f"^{durations.COUNT}$",
        patternErrorMessage=durations.COUNT_HINT,
    ),
    "count",
)
RATE = parsed(durations.parse_rate, "rate", rf"^(?!0+(\.0+)?/)({durations.RATE})$", durations.RATE_HINT)
DAY = named(
    parsed(
        durations.parse_day,
        "day",
        "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        "write a day as 2027-06-30",
        format="date",
    ),
    "day",
)
