"""The rows of shapes: which values JSON answers had where, how many of which type, and never a value.

A place is a JSON Pointer in which `*` stands for each item of an array, and for each member of an object whose names
are keys (ids, dates, what redaction hides, or very many).
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from contracts_runner.model.json import Json
from contracts_runner.results.rows import Count, Time

# Operation, status, media type, success.
Key = tuple[str, int, str | None, bool | None]

EACH = "*"
# Of each array so many items are looked at, from the first; of an answer so many values, in so many places.
MOST_ITEMS = 20
MOST_LEVELS = 16
MOST_VALUES = 5_000
MOST_PLACES = 400
# An object with more members than these has keys.
MOST_NAMES = 64
# So many different texts of a place are told apart, none of them longer.
MOST_TEXTS = 16
LONGEST_TEXT = 64
# Of so many answers it is kept who asked: enough to know whether another run has asked the same.
MOST_ASKING = 200


class ShapeType(StrEnum):
    """What a value is. An `empty_array` says nothing about items, `hidden`, what redaction wrote for a text or a
    number, nothing about which of the two it was."""

    OBJECT = "object"
    ARRAY = "array"
    EMPTY_ARRAY = "empty_array"
    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NULL = "null"
    HIDDEN = "hidden"


# How the ledger writes a type.
TYPE_LETTERS: Mapping[ShapeType, str] = {
    ShapeType.OBJECT: "o",
    ShapeType.ARRAY: "a",
    ShapeType.EMPTY_ARRAY: "e",
    ShapeType.STRING: "s",
    ShapeType.INTEGER: "i",
    ShapeType.NUMBER: "f",
    ShapeType.BOOLEAN: "b",
    ShapeType.NULL: "n",
    ShapeType.HIDDEN: "h",
}
# In the place of the texts where there are MOST_TEXTS or more.
MANY = "*"

_LONGEST_NAME = 64
# A number, a date, a UUID, a hash, what has a digit beside a mark that names of members do not have.
_KEY = re.compile(
    r"[\W\d_]*\d[\W\d_]*|[0-9a-fA-F]{8}-[0-9a-fA-F-]{8,}|(?=\D*\d)[0-9a-fA-F]{12,}|(?=\D*\d).*[^\w.:@$ -].*",
    re.DOTALL,
)

Success = Annotated[
    bool | None, Meta(description="By status and x-success: an error that comes with 200 has another shape.")
]
LeftOut = Annotated[
    Count | UnsetType,
    Meta(
        description=f"Values that were not looked into: items of arrays after the first {MOST_ITEMS}, objects and "
        f"arrays in {MOST_LEVELS} others; left out if there are none."
    ),
]


def is_key(name: str) -> bool:
    """Tell whether the name of a member is rather a key of a map."""
    return len(name) > _LONGEST_NAME or _KEY.fullmatch(name) is not None


class AnswerShape(Struct, frozen=True, kw_only=True):
    """The shape of one JSON answer, as it is recorded."""

    tree: Annotated[
        Json,
        Meta(
            description="What a value is: a letter for its type and the number of such values there ("
            + ", ".join(f"{letter} {word}" for word, letter in TYPE_LETTERS.items())
            + f"), `:` and 16 bits of the CRC-32 of each different text in hex, or `{MANY}` for {MOST_TEXTS} or more. "
            f"With members or items: an array of that and of name, or `{EACH}`, -> what they are."
        ),
    ]
    left_out: LeftOut = UNSET
    cut: Annotated[
        bool | UnsetType,
        Meta(description=f"It has more than {MOST_VALUES} values, or {MOST_PLACES} places; left out if not."),
    ] = UNSET


class PlaceRow(Struct, frozen=True, kw_only=True):
    """A place of the answers of an operation."""

    types: Annotated[
        Mapping[str, Count],
        Meta(description=f"Type -> number of values, of those that came: {', '.join(ShapeType)}."),
    ]
    texts: Annotated[
        Count | UnsetType,
        Meta(description=f"How many different texts there were, {MOST_TEXTS}: or more; left out without one."),
    ] = UNSET


class ShapeRow(Struct, frozen=True, kw_only=True):
    """The shape that the JSON answers of an operation had, of one status and media type, successes and others apart."""

    operation: str
    status: int
    media_type: str | None = None
    success: Success = None
    answers: Annotated[int, Meta(ge=1, description="Of scenarios, and pages of the warehouse phase.")]
    asked_by: Annotated[
        tuple[str, ...],
        Meta(description=f"Scenario and step, page, or recorded request, of the first {MOST_ASKING} answers."),
    ] = ()
    places: Annotated[Mapping[str, PlaceRow], Meta(description="JSON Pointer -> what was there.")]
    left_out: LeftOut = UNSET
    cut: Annotated[
        Count | UnsetType,
        Meta(description="Answers that were too large to look at whole; left out if there are none."),
    ] = UNSET


class DriftKind(StrEnum):
    """What is otherwise at a place."""

    APPEARED = "appeared"
    VANISHED = "vanished"
    RETYPED = "retyped"
    NULLABLE = "nullable"
    NOT_NULL = "not_null"


class EarlierShape(Struct, frozen=True, kw_only=True):
    """The shape that answers of an operation had in earlier runs, since they last drifted."""

    operation: str
    status: int
    media_type: str | None = None
    success: Success = None
    answers: Annotated[int, Meta(ge=1)]
    asked_by: tuple[str, ...] = ()
    places: Annotated[
        Mapping[str, str], Meta(description="JSON Pointer -> letters of types and numbers, as a step has them.")
    ]
    cut: Annotated[Count | UnsetType, Meta(description="Answers that were too large to look at whole.")] = UNSET
    run: Annotated[str, Meta(description="The id of the last one that asked it.")]
    at: Annotated[Time, Meta(description="When that began.")]


class DriftRow(Struct, frozen=True, kw_only=True):
    """A place that answers of an operation have otherwise than in an earlier run."""

    operation: str
    status: int
    media_type: str | None = None
    success: Success = None
    place: Annotated[str, Meta(description="JSON Pointer, `*` for each item or key.")]
    change: DriftKind
    before: Annotated[Mapping[str, Count], Meta(description="Type -> number of values.")]
    before_of: Annotated[Count, Meta(description="In how many objects a member could be, else how many values.")]
    after: Mapping[str, Count]
    after_of: Count
    run: Annotated[str | UnsetType, Meta(description="The id of the run before.")] = UNSET
    at: Annotated[Time | UnsetType, Meta(description="When that began.")] = UNSET
