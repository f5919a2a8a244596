"""Which declared media type a request or a response has, and how bodies of one go out (OpenAPI 3.1 §4.8.14, RFC 9110
§12.5.1)."""

from collections.abc import Iterable, Mapping
from enum import Enum, auto
from functools import lru_cache

from contracts_runner.late_pattern import compile_late
from contracts_runner.model.contract import UNSET, Expectation, Unset
from contracts_runner.model.http import BYTES, FORM, JSON, is_json_type, parse_media_type, strip_parameters
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Operation, ResponseSpec

# The keys of a value that stands for bytes.
_BYTES = frozenset({"file", "base64"})
# Types beside text/* and XML whose content is text by their registration.
_TEXT = compile_late(
    r"text/.+|application/(?:.+\+)?(?:xml|yaml)"
    r"|application/(?:x-yaml|ecmascript|javascript|graphql|sql|jwt|csv|toml|xml-dtd|ndjson|x-ndjson|jsonl|json-seq)"
)


class BodyKind(Enum):
    """How a body of a media type is written in a contract, and how it goes out."""

    JSON = auto()  # any value
    FORM = auto()  # a mapping of fields
    MULTIPART = auto()  # a mapping of parts
    TEXT = auto()  # a text, in the charset that the type names
    BYTES = auto()


def find_body_kind(media_type: str) -> BodyKind:
    """Return how bodies of a media type go out."""
    essence = strip_parameters(media_type)
    if is_json_type(essence):
        return BodyKind.JSON
    if essence == FORM:
        return BodyKind.FORM
    if essence.startswith("multipart/"):
        return BodyKind.MULTIPART
    return BodyKind.TEXT if _TEXT.fullmatch(essence) else BodyKind.BYTES


def choose_media_type(operation: Operation, body: Json | Unset = UNSET, wanted: str = "") -> str:
    """Return the media type to send: the wanted one, with the parameters that the document has for it; else JSON where
    it is declared or nothing is, else the first declared one that fits the body, else the first one. A range such as
    `text/*` becomes a type of it where it is clear which."""
    schemas = operation.body.schemas if operation.body else {}
    if wanted:
        whole = [name for name in schemas if strip_parameters(name) == wanted]
        return wanted if find_media_type(schemas, wanted) or not whole else whole[0]
    declared = [_make_concrete(name, body) for name in schemas]
    fitting = [name for name in declared if is_json_type(name)] or [name for name in declared if _fits(name, body)]
    # {file: …} could be a form with one field, too.
    exact = [name for name in fitting if is_bytes(body) and find_body_kind(name) is BodyKind.BYTES]
    return next(iter([*exact, *fitting, *declared]), JSON)


def choose_accept(operation: Operation, expect: Expectation) -> str:
    """Return what the expected status declares, all of it; where that is not known or declares nothing, what any
    status does, else JSON."""
    expected = [response for response in operation.responses.values() if _is_expected(response.status, expect)]
    return _join_types(expected) or _join_types(operation.responses.values()) or JSON


def find_media_type(declared: Mapping[str, str], actual: str) -> str | None:
    """Return the key of `declared` that fits best: the type itself, `application/*+json`, `application/*`, `*/*`.

    The parameters of a key must be there; of keys that differ only in them the one with most fits best.
    """
    return _find_fitting(tuple(declared), actual)


@lru_cache(maxsize=4096)
def _find_fitting(declared: tuple[str, ...], actual: str) -> str | None:
    essence, given = parse_media_type(actual)
    ranges = _list_ranges(essence)
    fitting = []
    for key in declared:
        name, wanted = parse_media_type(key)
        if name in ranges and _has_parameters(given, wanted, is_json=is_json_type(essence)):
            fitting.append((ranges.index(name), -len(wanted), key))
    return min(fitting, key=lambda found: found[:2])[2] if fitting else None


def _has_parameters(given: Mapping[str, str], wanted: Mapping[str, str], *, is_json: bool) -> bool:
    # JSON is UTF-8, whether that is said or not (RFC 8259 §8.1).
    implied = {"charset": "utf-8"} if is_json else {}
    return wanted.items() <= (implied | dict(given)).items()


def find_schema_key(operation: Operation, media_type: str) -> str | None:
    """Return the declared type of bodies that go out in a media type, None for one that is not declared."""
    return find_media_type(operation.body.schemas, media_type) if operation.body else None


def find_schema(operation: Operation, media_type: str) -> str:
    """Return the pointer of the schema of bodies that go out in a media type, "" without one."""
    declared = find_schema_key(operation, media_type)
    return operation.body.schemas[declared] if operation.body and declared else ""


def is_bytes(value: Json, keys: frozenset[str] = frozenset()) -> bool:
    """True for a value that stands for bytes, {file: …} or {base64: …}, with some of further keys."""
    if not isinstance(value, Mapping) or not value.keys() <= _BYTES | keys:
        return False
    named = [value[key] for key in value.keys() & _BYTES]
    # A form may have a field of such a name, too.
    return bool(named) and not any(isinstance(each, Mapping | list) for each in named)


def _make_concrete(media_type: str, body: Json | Unset) -> str:
    essence = strip_parameters(media_type)
    if essence == "text/*":
        return "text/plain"
    if essence in ("*/*", "application/*"):
        return BYTES if is_bytes(body) else JSON
    return media_type


def _fits(media_type: str, body: Json | Unset) -> bool:
    match find_body_kind(media_type):
        case BodyKind.JSON:
            return True
        case BodyKind.FORM | BodyKind.MULTIPART:
            return isinstance(body, Mapping)
        case BodyKind.TEXT:
            return isinstance(body, str)
        case BodyKind.BYTES:
            return is_bytes(body)


def _is_expected(status: str, expect: Expectation) -> bool:
    """Tell whether a declared status (`200`, `4XX`, `default`) may be the one that a step expects."""
    if expect.status is None:
        is_success = expect.success is not False and expect.error in (None, UNSET)
        return is_success and status.startswith("2")
    if status.lower() == "default":
        return False
    first, last = (int(status.upper().replace("X", digit)) for digit in "09")
    return any(low <= last and first <= high for low, high in expect.status)


def _join_types(responses: Iterable[ResponseSpec]) -> str:
    return ", ".join(dict.fromkeys(media_type for response in responses for media_type in response.schemas))


def _list_ranges(media_type: str) -> list[str]:
    type_, _, subtype = media_type.partition("/")
    _, plus, suffix = subtype.rpartition("+")
    with_suffix = [f"{type_}/*+{suffix}"] if plus else []
    return [media_type, *with_suffix, f"{type_}/*", "*/*"]
