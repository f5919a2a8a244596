"""One change between two documents, and what of a request or an answer it is about."""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.impact.schema_pairs import Pair
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.openapi.dialect import Direction

# What a scenario or a check uses: its first word says of which kind it is.
Use = tuple[object, ...]
OPERATION: Use = ("operation",)
ASSERTED: Use = ("asserted",)  # somebody says what an answer must be
NAMED_BY_ID: Use = ("operation", "id")
NAMED_BY_PATH: Use = ("operation", "path")
BODY: Use = ("body",)


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """A body of one media type, or a value, in both documents. `noun` is what it is called; `statuses` those of an
    answer as both have them, (None, None) for a request."""

    area: str  # the first word of the kinds of its changes
    noun: str
    direction: Direction
    pair: Pair
    statuses: tuple[str | None, str | None] = (None, None)
    media_types: tuple[str, str] = ("", "")
    use: Use | None = None  # of a parameter or header, whatever is in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of an operation, by its label, or of the document ("*"). The pointer is into the new document, or into
    the old one for what was removed. Who uses one of `uses` is affected; `edits` has those that are called otherwise
    now."""

    operation: str
    kind: str
    is_breaking: bool
    pointer: Pointer
    is_in_new: bool
    message: str
    uses: frozenset[Use] = field(default=frozenset(), compare=False)
    edits: Mapping[Use, str] = field(default_factory=dict, compare=False)


def merge(changes: Iterable[Change]) -> list[Change]:
    """Return the changes once each: what several answers of an operation share has changed once."""
    merged: dict[tuple[object, ...], Change] = {}
    for change in changes:
        key = (change.operation, change.kind, change.is_breaking, change.pointer, change.is_in_new)
        known = merged.get(key)
        if known is not None:
            change = replace(known, uses=known.uses | change.uses, edits={**known.edits, **change.edits})
        merged[key] = change
    return list(merged.values())
