"""Reads a response body as data, JSON strictly (RFC 8259, RFC 7493), or says why it is none."""

import json
import math
import re
from collections import Counter
from functools import lru_cache, partial

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.body_data import AmbiguousError, read_data
from contracts_runner.model.data_kinds import DataKind, find_data_kind
from contracts_runner.model.environment import Limits
from contracts_runner.model.exchange import Response
from contracts_runner.model.http import parse_media_type
from contracts_runner.model.json import Json, is_deeper

# Validators and reports walk values recursively, on threads whose stacks are small.
MAX_DEPTH = 500

_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SHOWN = 40
_REMEMBERED_LENGTHS = range(1 << 6, 1 << 17)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedBody:
    """The body's value where `is_data`; elsewhere `problem` says why there is none: it is empty, it is not what its
    media type says, or, where `is_unread`, it has no single meaning as data. `read_as` is the media type that the
    author says it is, "" for its own, `kind` how it is read."""

    value: Json = None
    is_data: bool = False
    is_unread: bool = False
    problem: str = ""
    read_as: str = ""
    kind: DataKind | None = None


class _StrictnessError(ValueError):
    """JSON as Python takes it, but not as RFC 8259 and RFC 7493 do."""


def parse_body(response: Response, *, depth: int, read_as: str = "") -> ParsedBody:
    """Read the body by its media type, as JSON if there is none, or by another that the author names; never raises.

    `depth` is how far objects and lists may be nested, at most 500.
    """
    content_type = _join_types(read_as, response.content_type) if read_as else response.content_type
    kind = find_data_kind(content_type) if content_type else DataKind.JSON
    fail = partial(ParsedBody, read_as=read_as, kind=kind)
    if response.unread:
        return fail(problem=response.unread, is_unread=True)
    if not response.body:
        return fail(problem="the body is empty")
    if kind is None:
        return fail(problem=f"the body is not JSON but {response.media_type}", is_unread=True)
    parse = _parse_again if len(response.body) in _REMEMBERED_LENGTHS else parse_strictly
    bounded = partial(parse, depth=min(depth, MAX_DEPTH))
    try:
        value = read_data(kind, response.body, content_type, bounded)
    except AmbiguousError as error:
        return fail(problem=str(error), is_unread=True)
    except _StrictnessError as error:
        return fail(problem=f"the body {error}")
    return ParsedBody(value=value, is_data=True, read_as=read_as, kind=kind)


def _join_types(read_as: str, content_type: str) -> str:
    """Return the media type that the author names, with the parameters that came and that it does not name: a charset,
    a boundary."""
    stated = parse_media_type(read_as)[1]
    given = {name: value for name, value in parse_media_type(content_type)[1].items() if name not in stated}
    return read_as + "".join(f"; {name}={json.dumps(value, ensure_ascii=False)}" for name, value in given.items())


def parse_strictly(body: bytes, depth: int) -> Json:
    """Return the value of a body of JSON. Raises ValueError for what RFC 8259 and RFC 7493 do not allow."""
    text = _decode(body)
    try:
        value = json.loads(
            text, object_pairs_hook=_build_object, parse_constant=_refuse_constant, parse_float=_parse_float
        )
    except json.JSONDecodeError as error:
        raise _StrictnessError(_describe_syntax(error, text)) from None
    except RecursionError:
        raise _StrictnessError(_describe_depth(depth)) from None
    except _StrictnessError:
        raise
    except ValueError:
        # Python's own bound on the digits of an integer.
        raise _StrictnessError("holds a number with thousands of digits") from None
    if text.count("[") + text.count("{") > depth and is_deeper(value, depth):
        raise _StrictnessError(_describe_depth(depth))
    if _SURROGATE_ESCAPE.search(text):
        _refuse_lone_surrogates(value)
    return value


# Many bodies come again in a run, byte for byte. A parsed value is never changed.
_parse_again = lru_cache(maxsize=32)(parse_strictly)


def _describe_depth(depth: int) -> str:
    # Beyond that no environment can go.
    where = Limits(depth=depth).explain("depth") if depth < MAX_DEPTH else ""
    return f"is nested deeper than {depth} levels{where}"


def _decode(body: bytes) -> str:
    if body.startswith(_BYTE_ORDER_MARKS):
        raise _StrictnessError("begins with a byte order mark, which JSON forbids")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        wrong = body[error.start]
        raise _StrictnessError(f"is not UTF-8: byte 0x{wrong:02x} at offset {error.start}") from None


def _build_object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise _StrictnessError(f"has the property {json.dumps(twice[:_SHOWN])} twice in one object")
    return result


def _refuse_constant(name: str) -> Json:
    raise _StrictnessError(f"holds {name}, which is not a JSON number")


def _parse_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _StrictnessError(f"holds the number {text[:_SHOWN]}, which is out of range")
    return number


def _refuse_lone_surrogates(value: Json) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _StrictnessError("holds a lone surrogate, which is not a character") from None


def _describe_syntax(error: json.JSONDecodeError, text: str) -> str:
    start = text.lstrip()
    if not start:
        return "is not JSON: it is blank"
    if error.pos <= len(text) - len(start):
        return f"is not JSON: it begins with {json.dumps(start[:_SHOWN], ensure_ascii=False)}"
    reason = (error.msg[0].lower() + error.msg[1:]).removesuffix(" at")
    return f"is not JSON: {reason} in line {error.lineno}, column {error.colno}"
