"""The JSON of the run record: rows to JSON, a line of a ledger to its event, results.json to its rows.

Text of a service may hold half of a surrogate pair, and a value may be a number that JSON lacks: msgspec's own reader
refuses both. So what it refuses is read a second time, by way of plain JSON.
"""

import json
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import UNSET, Struct, structs

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.results.events import EVENTS, Event
from contracts_runner.results.results import Results
from contracts_runner.results.rows import StepRow

# The keys of a step in results.json, in the order that its readers know; a ledger line has that of StepRow.
_STEP_KEYS = (
    *("number", "name", "operation", "request", "response", "outcome", "reason", "cleanup", "artifact", "attempts"),
    *("auth", "success", "error_code", "schema_checked", "left_out", "checks"),
)
_SCALARS = frozenset((str, int, float, bool, type(None)))


class MisfitError(Exception):
    """The JSON does not have the form that it must have; the message says where and why."""


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """A line of a type that this version does not know: it is counted, and otherwise ignored."""

    type: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a ledger. `seq` counts from 1, `at` is an ISO time with its zone."""

    seq: int
    at: str
    event: Event | UnknownEvent

    @property
    def type(self) -> str:
        """The name of its event."""
        return self.event.type


class LineHead(Struct, frozen=True):
    """What every line begins with, unchecked."""

    seq: Any = None
    at: Any = None
    type: Any = None
    prev: Any = None


_ENCODER = msgspec.json.Encoder()
_HEADS = msgspec.json.Decoder(LineHead)
# Made when it is first needed: each takes a look at all the rows that it may hold.
_build_decoder = cache(msgspec.json.Decoder)


def parse_head(raw: bytes) -> LineHead:
    """Return the head of a line. Raises MisfitError for what is not a JSON object."""
    head: LineHead = decode(raw, _HEADS)
    return head


def parse_event(raw: bytes, kind: str) -> Event | UnknownEvent:
    """Return the event of a line of that type. Raises MisfitError."""
    if kind not in EVENTS:
        return UnknownEvent(kind)
    event: Event = decode(raw, _build_decoder(EVENTS[kind]))
    return event


def build_line(row: Mapping[str, Json]) -> Line:
    """Return the line that a JSON object is. Raises MisfitError."""
    head = _convert(row, LineHead)
    if not isinstance(head.seq, int) or not isinstance(head.at, str) or not isinstance(head.type, str):
        raise MisfitError("its seq, at or type is not what it must be")
    event = _convert(row, EVENTS[head.type]) if head.type in EVENTS else UnknownEvent(head.type)
    return Line(seq=head.seq, at=head.at, event=event)


def parse_results(raw: bytes) -> Results:
    """Return results.json as rows. Raises MisfitError."""
    results: Results = decode(raw, _build_decoder(Results))
    return results


def list_fields(row: Struct) -> dict[str, Json]:
    """Return field -> value of a row, in order, without what is not set."""
    fields = structs.asdict(row)
    if isinstance(row, StepRow):
        fields["checks"] = tuple(row.checks)
    if UNSET in row.__struct_defaults__:
        return {name: value for name, value in fields.items() if value is not UNSET}
    return fields


def encode_row(row: object) -> str:
    """Return a row, or a value of one, as JSON without blanks; a number that JSON lacks becomes null.

    The library's own encoder is ten times as fast as plain JSON; half a surrogate pair, or an integer of
    over 64 bits, is too much for it.
    """
    try:
        return _ENCODER.encode(row).decode("utf-8")
    except (UnicodeEncodeError, OverflowError, TypeError):
        return json.dumps(_add_tag(row, as_json(row)), ensure_ascii=False, separators=(",", ":"))


def pack_row(row: Struct) -> bytes:
    """Return a row as JSON, in a quarter of the room that its objects take."""
    return encode_row(row).encode("utf-8", "backslashreplace")


def _add_tag(row: object, value: Json) -> Json:
    """Return the JSON of a row with the name of its kind first, where it has one, as the encoder writes it."""
    config = row.__struct_config__ if isinstance(row, Struct) else None
    return {config.tag_field: config.tag, **value} if config and config.tag_field else value


def is_finite(value: Json) -> bool:
    """Tell whether a value holds no number that JSON lacks. Raises TypeError for what is no JSON."""
    kind = type(value)
    if kind is float:
        return math.isfinite(value)
    if kind in _SCALARS:
        return True
    if isinstance(value, dict | Mapping):
        return all(map(is_finite, value.values()))
    if isinstance(value, list | tuple):
        return all(map(is_finite, value))
    if isinstance(value, str | int):
        return True
    raise TypeError(f"an event holds a {kind.__name__}, which is not JSON")


def as_json(value: object) -> Json:
    """Return a row as plain JSON, down to the last value."""
    kind = type(value)
    if kind in _SCALARS:  # first: nearly all are, and to ask for a Mapping is slow
        return value
    if isinstance(value, Struct):
        return {name: as_json(item) for name, item in list_fields(value).items()}
    if isinstance(value, dict | Mapping):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return value


def results_as_json(results: Results) -> dict[str, Json]:
    """Return results.json."""
    document: dict[str, Json] = as_json(results)
    for scenario in document["scenarios"]:
        scenario["steps"] = [_arrange(step) for step in scenario["steps"]]
    return document


def list_members(row: Struct) -> dict[str, Json]:
    """Return the fields of a row in the order of results.json."""
    fields = list_fields(row)
    return _arrange(fields) if isinstance(row, StepRow) else fields


def _arrange(step: dict[str, Json]) -> dict[str, Json]:
    return {key: step[key] for key in _STEP_KEYS if key in step}


def decode(raw: bytes, decoder: Any) -> Any:
    """Return what a decoder of msgspec makes of JSON. Raises MisfitError."""
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        value = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise MisfitError("it is not JSON") from error
    return _convert(value, decoder.type)


def _convert(value: Json, kind: type[Any]) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise MisfitError(str(error)) from error
    except UnicodeEncodeError as error:
        raise MisfitError("half of a surrogate pair is in the place of a name or a word") from error
    except RecursionError as error:
        raise MisfitError("it is nested too deep") from error
