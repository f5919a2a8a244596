"""Checks one request before it is sent: whether it can be, and against what the spec declares for its operation."""

import contextlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Literal, assert_never

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.body_fields import read_bytes
from contracts_runner.engine.media_types import (
    BodyKind,
    choose_media_type,
    find_body_kind,
    find_media_type,
    find_schema,
    find_schema_key,
    is_bytes,
)
from contracts_runner.engine.multipart import PART_KEYS, split_types
from contracts_runner.engine.parameters import (
    SerialisedParameters,
    find_parameter,
    place_header,
    place_parameter,
    place_query,
)
from contracts_runner.engine.request_body import encode_operation_body
from contracts_runner.engine.request_values import Unknown, Values
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.errors import UndecidedError
from contracts_runner.model.contract import UNSET, Unset
from contracts_runner.model.http import is_json_type
from contracts_runner.model.json import Json, parse_json
from contracts_runner.model.json_pointer import Pointer, find_value
from contracts_runner.model.spec import Operation, Parameter
from contracts_runner.openapi.explain import SchemaError
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.files import ProjectFiles
from contracts_runner.reading.suggest import suggest

HINT = "`invalid_request: true` sends it all the same"
_UNCHECKED = "cannot be checked: "
# Keywords that look at the kind of a value, and at the number and the names of its members.
_OF_MEMBERS = frozenset(
    {"type", "required", "additionalProperties", "dependentRequired", "propertyNames"}
    | {"minProperties", "maxProperties", "minItems", "maxItems"}
)
_SCALARS = frozenset({"string", "integer", "number", "boolean"})

# Returns how a value breaks a schema.
Check = Callable[[Json], list[SchemaError]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """How a request breaks the spec: `subject` and `detail` make the sentence, and only `detail` quotes values.

    `key` is that of the step; of a mapping `name` is the entry. `path` is the JSONPath of the value in the body; "" for
    a missing body. `is_of_document`: what is wrong is the document, so that nothing the author writes can be sent.
    """

    subject: str
    detail: str = ""
    key: Literal["parameters", "query", "headers", "media_type", "body"] = "body"
    name: str = ""
    path: str = ""
    is_of_document: bool = False
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.subject} {self.detail}".strip()


def iter_mismatches(spec: Spec, operation: Operation, values: Values) -> Iterator[Mismatch]:
    """Yield how a request breaks the spec."""
    yield from _iter_media_type(operation, values)
    yield from _iter_body(spec, operation, values)
    for parameter in operation.parameters if isinstance(values.url, Unset) else ():
        key = _find_key(operation, parameter, values)
        value = values.parameters.get(key)
        what = f"the {parameter.placement} parameter '{parameter.name}'"
        if value is None or (value in ([], {}) and not parameter.media_type):
            if _is_needed(parameter):
                yield Mismatch(subject=f"{operation.label} requires {what}", key="parameters", name=key)
        elif not isinstance(value, Unknown) and not parameter.is_ignored:
            is_text = not is_json_type(parameter.media_type)
            try:
                mismatch = find_parameter_mismatch(spec.schemas, parameter.pointer, value, is_text=is_text)
            except UndecidedError as error:
                mismatch = f"{_UNCHECKED}{error}"
            if mismatch:
                yield Mismatch(subject=f"{what} of {operation.label}", detail=mismatch, key="parameters", name=key)


def iter_obstacles(operation: Operation, values: Values) -> Iterator[Mismatch]:
    """Yield what cannot be sent as it is written, whatever the spec says of its value."""
    for key, value in values.parameters.items():
        # A name that is unknown or ambiguous is a mistake in references, reported there.
        if not isinstance(value, Unknown) and len(operation.find_parameters(key)) == 1:
            try:
                place_parameter(SerialisedParameters(operation.path), find_parameter(operation, key), value)
            except UnsendableError as error:
                is_of_document = error.is_of_document
                yield Mismatch(subject=str(error), key="parameters", name=key, is_of_document=is_of_document)
    yield from _iter_beyond("query", place_query, values.query)
    yield from _iter_beyond("headers", place_header, values.headers)
    yield from _iter_twice(operation, values)
    if values.media_type and isinstance(values.body, Unset):
        yield Mismatch(subject="`media_type` is that of a body, and there is none", key="media_type")
    body = _find_known_body(operation, values)
    if not isinstance(body, Unset | Unknown):
        try:
            encode_operation_body(operation, body, values.media_type, values.files)
        except UnsendableError as error:
            path = f"$[{json.dumps(error.field)}]" if error.field else "$"
            yield Mismatch(subject=f"the body: {error}", path=path, is_of_document=error.is_of_document)


def _find_known_body(operation: Operation, values: Values) -> Json | Unset | Unknown:
    """Return what of the body is known: all of it, or the fields of a form."""
    if not values.unknown:
        return values.body
    kind = find_body_kind(choose_media_type(operation, values.body, values.media_type))
    if kind not in (BodyKind.FORM, BodyKind.MULTIPART) or not isinstance(values.body, Mapping):
        return UNSET
    open_fields = {pointer[0] for pointer in values.unknown if pointer}
    return {name: value for name, value in values.body.items() if name not in open_fields}


def _iter_beyond(
    key: Literal["query", "headers"],
    place: Callable[[SerialisedParameters, str, Json], None],
    values: Mapping[str, Json | Unknown],
) -> Iterator[Mismatch]:
    for name, value in values.items():
        try:
            if not isinstance(value, Unknown):
                place(SerialisedParameters(""), name, value)
        except UnsendableError as error:
            yield Mismatch(subject=str(error), key=key, name=name)


def _iter_twice(operation: Operation, values: Values) -> Iterator[Mismatch]:
    """Yield the headers that would be sent once, and are given twice."""
    named = [parameter for name in values.parameters for parameter in operation.find_parameters(name)]
    seen = {parameter.name.lower() for parameter in named if parameter.placement == "header"}
    for name, value in values.headers.items():
        if value is not None and name.lower() in seen:
            yield Mismatch(subject=f"the header '{name}' is given twice", key="headers", name=name)
        seen.add(name.lower())


def _iter_media_type(operation: Operation, values: Values) -> Iterator[Mismatch]:
    declared, media_type = operation.body.schemas if operation.body else {}, values.media_type
    sent = choose_media_type(operation, UNSET, media_type)
    if operation.is_described and media_type and find_schema_key(operation, sent) is None:
        names = ", ".join(declared) or "none"
        subject = f"{operation.label} declares no body of the media type {media_type} (declared: {names})"
        yield Mismatch(subject=subject, key="media_type")


def find_parameter_mismatch(schemas: SchemaStore, pointer: str, value: Json, *, is_text: bool = True) -> str | None:
    """Return why a value breaks the schema at `pointer`, None if it does not.

    5 and "5" are sent as the same text (`is_text`), so each is accepted for the other.
    """
    errors = schemas.check_request(pointer, value)
    if not errors:
        return None
    readings = _list_readings(value) if is_text else []
    if any(not schemas.check_request(pointer, reading) for reading in readings):
        return None
    return f"{errors[0].path[1:]} {errors[0].message}".strip()


def _iter_body(spec: Spec, operation: Operation, values: Values) -> Iterator[Mismatch]:
    body = values.body
    if operation.body is None or isinstance(body, Unknown):
        return
    if isinstance(body, Unset):
        if operation.body.is_required:
            yield Mismatch(subject="the spec requires a body")
        return
    media_type, unknown = choose_media_type(operation, body, values.media_type), values.unknown
    if unknown and find_body_kind(media_type) is not BodyKind.JSON:
        if find_body_kind(media_type) not in (BodyKind.FORM, BodyKind.MULTIPART) or not isinstance(body, Mapping):
            return
        # A text may be read as a value of another type: of such a field nothing is known but that it is there.
        unknown = {place[:1]: False for place in unknown}
        body = {name: None if (name,) in unknown else value for name, value in body.items()}
    pointer, left_open = find_schema(operation, media_type), {place[0] for place in unknown if place}
    try:
        errors = _check_body(spec, pointer, media_type, body, values.files, left_open) if pointer else []
    except UndecidedError as undecided:
        errors = [SchemaError(path="$", keyword="", message=f"{_UNCHECKED}{undecided}")]
    except UnsendableError:
        errors = []  # an obstacle
    for error in errors:
        if not _is_certain(error, unknown):
            continue
        detail, hint = f"{error.path} {error.message}", _suggest_name(error, body)
        yield Mismatch(subject="the body does not match the spec:", detail=detail, path=error.path, hint=hint)
    if find_body_kind(media_type) is BodyKind.MULTIPART and isinstance(body, Mapping):
        yield from _iter_part_types(operation, media_type, body)


def _suggest_name(error: SchemaError, body: Json) -> str:
    """Return which property was likely meant by one that a schema does not allow, "" for none."""
    allowed = error.expected
    if error.keyword not in ("additionalProperties", "unevaluatedProperties") or not isinstance(allowed, list):
        return ""
    try:
        value = find_value(body, error.pointer)
    except (KeyError, LookupError):
        return ""
    others = [name for name in value if name not in allowed] if isinstance(value, Mapping) else []
    return next(filter(None, (suggest(name, map(str, allowed)) for name in others)), "")


def _iter_part_types(operation: Operation, media_type: str, body: Mapping[str, Json]) -> Iterator[Mismatch]:
    """Yield the parts of bytes whose own media type is none of those that the document has for their field."""
    key = find_schema_key(operation, media_type)
    encodings = operation.body.encodings.get(key or "", {}) if operation.body else {}
    for name, value in body.items():
        declared = split_types(encodings[name].media_type) if name in encodings else []
        for item in value if isinstance(value, list) else [value]:
            own = item.get("media_type") if is_bytes(item, PART_KEYS) else None
            if own and declared and find_media_type(dict.fromkeys(declared, ""), str(own)) is None:
                detail = f"its media type {own} is not {' or '.join(declared)}"
                path = f"$[{json.dumps(name)}]"
                yield Mismatch(subject=f"the field '{name}' does not match the spec:", detail=detail, path=path)


def _is_certain(error: SchemaError, unknown: Mapping[Pointer, bool]) -> bool:
    """Tell whether a schema is broken whatever the values will be that nobody knows yet."""
    cause = error.cause
    for pointer, has_type in unknown.items():
        if cause is None:
            return False
        if has_type and error.keyword == "type" and cause == error.pointer == pointer:
            continue
        is_above = len(cause) < len(pointer) and pointer[: len(cause)] == cause
        if is_above and not (error.keyword in _OF_MEMBERS and error.pointer == cause):
            return False
        if cause[: len(pointer)] == pointer:
            return False
    return True


def _check_body(
    spec: Spec, pointer: str, media_type: str, body: Json, files: ProjectFiles, left_open: Collection[str | int]
) -> list[SchemaError]:
    """Return how a body breaks its schema; nothing where the schema is not about what is written of it. Of a form the
    values of the fields `left_open` are not known. Raises UnsendableError for bytes that cannot be read."""
    match find_body_kind(media_type):
        case BodyKind.JSON:
            return spec.schemas.check_request(pointer, body)
        case BodyKind.FORM:
            return _check_fields(lambda value: spec.schemas.check_request(pointer, value), body, left_open)
        case BodyKind.MULTIPART:
            parts = (
                {name: _read_part(value, files) for name, value in body.items()} if isinstance(body, Mapping) else body
            )
            return _check_fields(lambda value: spec.schemas.check_request(pointer, value), parts, left_open)
        case BodyKind.TEXT:
            return _check_text(spec, pointer, body)
        case BodyKind.BYTES:
            return _check_text(spec, pointer, read_bytes(body, files).decode("latin-1")) if is_bytes(body) else []
        case kind:
            assert_never(kind)


def _read_part(value: Json, files: ProjectFiles) -> Json:
    """Return what a schema is about of a part: JSON as its value, other bytes as a text of as many characters."""
    if isinstance(value, list):
        return [_read_part(item, files) for item in value]
    if not is_bytes(value, PART_KEYS):
        return value
    content = read_bytes(value, files)
    if is_json_type(str(value.get("media_type", ""))):
        with contextlib.suppress(ValueError, RecursionError):
            return parse_json(content.decode("utf-8-sig"))
    return content.decode("latin-1")


def _check_fields(check: Check, body: Json, left_open: Collection[str | int]) -> list[SchemaError]:
    """Check a form as it goes out: null is left out, and a scalar is the text that its other reading is, too."""
    if not isinstance(body, Mapping):
        return check(body)
    sent: dict[str, Json] = {name: value for name, value in body.items() if value is not None or name in left_open}
    errors = check(sent)
    for name in {error.pointer[0] for error in errors if error.pointer}:
        readings = [] if isinstance(sent.get(str(name)), Mapping) else _list_readings(sent.get(str(name)))
        for reading in readings:
            if not any(error.pointer[:1] == (name,) for error in check({**sent, str(name): reading})):
                sent[str(name)] = reading
                break
    return check(sent) if errors else []


def _check_text(spec: Spec, pointer: str, body: Json) -> list[SchemaError]:
    """Check a text, unless its schema is about what the text means: an XML element, the rows of a table."""
    schema = spec.bundle.resolve(pointer)
    types = schema.get("type", "string") if isinstance(schema, Mapping) else "string"
    if not _SCALARS & set([types] if isinstance(types, str) else types):
        return []
    errors = spec.schemas.check_request(pointer, body)
    is_read = any(not spec.schemas.check_request(pointer, reading) for reading in _list_readings(body))
    return [] if is_read else errors


def _find_key(operation: Operation, parameter: Parameter, values: Values) -> str:
    """Return what the contract calls a parameter, or would call it."""
    given = (key for key in values.parameters if operation.find_parameters(key) == (parameter,))
    return next(given, operation.name_parameter(parameter))


def _is_needed(parameter: Parameter) -> bool:
    """True where the spec requires it; a path without its parameters is a mistake in references, reported there."""
    return parameter.is_required and parameter.placement != "path" and not parameter.is_ignored


def _list_readings(value: Json) -> list[Json]:
    """Return the other values that are sent as the same text."""
    if isinstance(value, list):
        return [[_as_text(item) for item in value], [_as_scalar(item) for item in value]]
    if isinstance(value, Mapping):
        return [{k: _as_text(item) for k, item in value.items()}, {k: _as_scalar(item) for k, item in value.items()}]
    return [_as_text(value), _as_scalar(value)]


def _as_text(value: Json) -> Json:
    return json.dumps(value) if isinstance(value, bool | int | float) else value


def _as_scalar(value: Json) -> Json:
    try:
        reading = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
    return reading if isinstance(reading, bool | int | float) else value
