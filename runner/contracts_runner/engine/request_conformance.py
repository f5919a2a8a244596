"""Checks one request against what the spec declares for its operation: the body, and the parameters."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from contracts_runner.engine.media_types import choose_media_type
from contracts_runner.model.contract import Unset
from contracts_runner.model.http import is_json_type
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Operation, Parameter
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.openapi.spec import Spec

HINT = "`invalid_request: true` sends it all the same"
# OpenAPI 3.1 §4.8.12.1: header parameters of these names are ignored.
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})


class Unknown(Enum):
    """What is known only when the step runs: it is not checked."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What a request is made of, its expressions evaluated. A parameter that is None is left out."""

    parameters: Mapping[str, Json | Unknown]
    body: Json | Unset | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """How a request breaks the spec: `subject` and `detail` make the sentence, and only `detail` quotes values.

    `parameter` is None for the body, in which `path` is the JSONPath of the value; "" for a missing body.
    """

    subject: str
    detail: str = ""
    parameter: str | None = None
    path: str = ""

    def __str__(self) -> str:
        return f"{self.subject} {self.detail}".strip()


def iter_mismatches(spec: Spec, operation: Operation, values: Values) -> Iterator[Mismatch]:
    """Yield how a request breaks the spec. Only JSON bodies are checked."""
    yield from _iter_body(spec, operation, values.body)
    for parameter in operation.parameters:
        value = values.parameters.get(parameter.name)
        what = f"the {parameter.placement} parameter '{parameter.name}'"
        if value is None:
            if _is_needed(parameter):
                yield Mismatch(subject=f"{operation.label} requires {what}", parameter=parameter.name)
        elif not isinstance(value, Unknown):
            mismatch = find_parameter_mismatch(spec.schemas, parameter.pointer, value)
            if mismatch:
                yield Mismatch(subject=f"{what} of {operation.label}", detail=mismatch, parameter=parameter.name)


def find_parameter_mismatch(schemas: SchemaStore, pointer: str, value: Json) -> str | None:
    """Return why a value breaks the schema at `pointer`, None if it does not.

    5 and "5" are sent as the same text, so each is accepted for the other.
    """
    errors = schemas.check_request(pointer, value)
    if not errors or any(not schemas.check_request(pointer, reading) for reading in _list_readings(value)):
        return None
    return f"{errors[0].path[1:]} {errors[0].message}".strip()


def _iter_body(spec: Spec, operation: Operation, body: Json | Unset | Unknown) -> Iterator[Mismatch]:
    if operation.body is None or isinstance(body, Unknown):
        return
    if isinstance(body, Unset):
        if operation.body.is_required:
            yield Mismatch(subject="the spec requires a body")
        return
    media_type = choose_media_type(operation)
    pointer = operation.body.schemas.get(media_type, "")
    for error in spec.schemas.check_request(pointer, body) if pointer and is_json_type(media_type) else ():
        detail = f"{error.path} {error.message}"
        yield Mismatch(subject="the body does not match the spec:", detail=detail, path=error.path)


def _is_needed(parameter: Parameter) -> bool:
    """True where the spec requires it; a path without its parameters is a mistake in references, reported there."""
    is_ignored = parameter.placement == "header" and parameter.name.lower() in _IGNORED_HEADERS
    return parameter.is_required and parameter.placement != "path" and not is_ignored


def _list_readings(value: Json) -> list[Json]:
    if isinstance(value, bool | int | float):
        return [json.dumps(value)]
    if not isinstance(value, str):
        return []
    try:
        reading = json.loads(value)
    except ValueError:
        return []
    return [reading] if isinstance(reading, bool | int | float) else []
