"""Checks one response against what the spec declares for its operation: status, media type, headers, body."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from contracts_runner.engine.body import ParsedBody
from contracts_runner.engine.body_data import AmbiguousError, decode_text
from contracts_runner.engine.matching import join_violations
from contracts_runner.engine.media_types import find_media_type
from contracts_runner.engine.text_values import Check, check_fields, check_header_text, check_texts
from contracts_runner.engine.violations import list_violations, name_missing_header
from contracts_runner.errors import SourceLocation
from contracts_runner.model.checks import CheckName, CheckResult
from contracts_runner.model.data_kinds import DataKind
from contracts_runner.model.exchange import Response
from contracts_runner.model.http import is_json_type, is_without_content
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Header, Operation, ResponseSpec
from contracts_runner.openapi.explain import SchemaError
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.openapi.spec import Spec

# Of very large values the store explains the first violation only, and each cell of a wrong type must be found.
_MANY_CELLS = 50_000
# A row shows the beginning of a body; that may not be cut before it is redacted, and some text gets shorter then.
_SHOWN_BYTES = 1 << 16
# Each item is a value of its own for the validator.
_MANY_ITEMS = 500_000


def check_conformance(operation: Operation, spec: Spec, response: Response, body: ParsedBody) -> list[CheckResult]:
    """Return a row for each promise of the spec that applies to this response.

    `status_declared`, `media_type_declared`, `response_headers` (one per header), `body_json` (only when it failed) and
    `body_schema`, skipped where the body cannot be read as what the schema is about. An operation that declares no
    responses promises nothing. Nothing is raised: a check that breaks is errored.
    """
    promised = find_response(operation, response.status_code)
    location = promised.location if promised else operation.location

    def attempt(check: CheckName, work: Callable[[], Iterable[CheckResult]]) -> list[CheckResult]:
        return CheckResult.attempt(check, work, location=location)

    rows = attempt(CheckName.STATUS_DECLARED, lambda: _check_status(operation, response, promised))
    if promised is not None:
        rows += attempt(CheckName.MEDIA_TYPE_DECLARED, lambda: _check_media_type(operation, response, promised))
        rows += _check_headers(spec, response, promised)
    if not body.is_data:
        rows += attempt(CheckName.BODY_JSON, lambda: _check_json(response, body, location))
    if promised is not None:
        rows += attempt(CheckName.BODY_SCHEMA, lambda: _check_body(spec, response, body, promised))
    return rows


def find_response(operation: Operation, status_code: int) -> ResponseSpec | None:
    """Return what is declared for a status: itself, else its range (`4XX`), else `default`."""
    if exact := operation.responses.get(str(status_code)):
        return exact
    by_status = {status.upper(): response for status, response in operation.responses.items()}
    keys = (str(status_code), f"{status_code // 100}XX", "DEFAULT")
    return next((by_status[key] for key in keys if key in by_status), None)


def find_body_schema(promised: ResponseSpec, response: Response, *, read_as: str = "") -> str:
    """Return the pointer of the schema that the response's body should have, "" if there is none: of an undeclared
    media type that of the one that the author says it is."""
    key = find_media_type(promised.schemas, response.content_type)
    if key is None and read_as:
        key = find_media_type(promised.schemas, read_as)
    return promised.schemas[key] if key is not None else ""


def _check_status(operation: Operation, response: Response, promised: ResponseSpec | None) -> Iterator[CheckResult]:
    if not operation.responses:
        return
    declared, actual = list(operation.responses), response.status_code
    location = promised.location if promised else operation.location
    problem = None
    if promised is None:
        problem = f"status {actual} is not declared for {operation.label}; declared: {', '.join(declared)}"
    yield CheckResult.judge(CheckName.STATUS_DECLARED, problem, expected=declared, actual=actual, location=location)


def _check_media_type(operation: Operation, response: Response, promised: ResponseSpec) -> Iterator[CheckResult]:
    if not promised.schemas or is_without_content(operation.method, response.status_code):
        return
    declared, actual = list(promised.schemas), response.media_type
    names = " or ".join(declared)
    message: str | None = None
    if not response.body and not response.unread:
        actual = ""
        message = f"the body is empty, although {names} is declared for status {promised.status}"
    elif actual is None:
        message = f"the response has no Content-Type, although {names} is declared for status {promised.status}"
    elif find_media_type(promised.schemas, response.content_type) is None:
        message = f"media type {response.content_type} is not declared for status {promised.status}; declared: {names}"
    yield CheckResult.judge(
        CheckName.MEDIA_TYPE_DECLARED, message, expected=declared, actual=actual, location=promised.location
    )


def _check_headers(spec: Spec, response: Response, promised: ResponseSpec) -> Iterator[CheckResult]:
    for header in promised.headers:
        yield from CheckResult.attempt(
            CheckName.RESPONSE_HEADERS,
            partial(_check_header, spec, response, header, promised.location),
            path=header.name,
            location=promised.location,
        )


def _check_header(spec: Spec, response: Response, header: Header, location: SourceLocation) -> Iterator[CheckResult]:
    text = response.header(header.name)
    if text is not None:
        yield _check_present_header(spec, header, text, location)
    elif header.is_required:
        yield CheckResult.judge(
            CheckName.RESPONSE_HEADERS,
            f"the required header {header.name} is missing",
            expected="present",
            path=header.name,
            location=location,
            violations=(name_missing_header(header.name),),
        )


def _check_present_header(spec: Spec, header: Header, text: str, location: SourceLocation) -> CheckResult:
    errors = check_header_text(partial(spec.schemas.check_response, header.pointer), header, text)
    return CheckResult.judge(
        CheckName.RESPONSE_HEADERS,
        join_violations([f"the header {header.name} {error.message}" for error in errors]),
        expected=errors[0].expected if errors else None,
        actual=text,
        path=header.name,
        location=location,
        violations=list_violations(errors, header.name, tell_place=spec.schemas.tell_place),
    )


def _check_json(response: Response, body: ParsedBody, location: SourceLocation) -> Iterator[CheckResult]:
    # That what the author says it is does not hold has a row of its own.
    is_stated = response.media_type is not None and not body.read_as
    if response.body and is_stated and not body.is_unread:
        came = response.body[:_SHOWN_BYTES].decode(errors="backslashreplace")
        yield CheckResult.judge(
            CheckName.BODY_JSON, body.problem, expected=response.media_type, actual=came, location=location
        )


def _check_body(spec: Spec, response: Response, body: ParsedBody, promised: ResponseSpec) -> Iterator[CheckResult]:
    pointer = find_body_schema(promised, response, read_as=body.read_as)
    items = spec.schemas.find_item_schema(pointer) if pointer else ""
    has_body = bool(response.body or response.unread)
    if not pointer or not has_body or (spec.schemas.is_open(pointer) and not items):
        return
    if response.unread:
        yield CheckResult.not_looked_at(CheckName.BODY_SCHEMA, response.unread, location=promised.location)
        return
    try:
        errors = _find_violations(spec.schemas, pointer, response, body)
        if errors is not None and items:
            errors += _find_item_violations(partial(spec.schemas.check_response, items), body)
    except AmbiguousError as error:
        yield CheckResult.not_looked_at(CheckName.BODY_SCHEMA, str(error), location=promised.location)
        return
    if errors is None:
        return
    first = errors[0].first if errors else None
    yield CheckResult.judge(
        CheckName.BODY_SCHEMA,
        join_violations([str(error) for error in errors]),
        expected=first.expected if first else None,
        actual=first.actual if first else None,
        path=first.path if first else None,
        location=promised.location,
        places=tuple(error.path for error in errors),
        violations=list_violations(errors, tell_place=spec.schemas.tell_place),
    )


def _find_violations(
    schemas: SchemaStore, pointer: str, response: Response, body: ParsedBody
) -> list[SchemaError] | None:
    """Return how a body breaks a schema; None where it is not what its media type says, which has its own row.

    Raises AmbiguousError for a body to which the schema cannot be applied.
    """
    check, types = partial(schemas.check_response, pointer), schemas.list_words(pointer, "type")
    if response.media_type and not is_json_type(response.media_type) and "string" in types:
        return check(_read_text(response, is_binary="binary" in schemas.list_words(pointer, "format")))
    if body.is_unread:
        raise AmbiguousError(body.problem if body.kind else f"{response.media_type} is not read as data")
    if not body.is_data:
        return None
    match body.kind:
        case DataKind.FORM:
            _refuse_many(len(body.value))
            return check_fields(check, body.value)
        case DataKind.MULTIPART:
            return _check_parts(check, body.value, is_list="array" in types)
        case DataKind.SEQUENCE | DataKind.CSV | DataKind.EVENTS:
            return _check_items(check, _list_items(body), is_list="array" in types, is_text=body.kind is DataKind.CSV)
        case _:
            return check(body.value)


def _find_item_violations(check: Check, body: ParsedBody) -> list[SchemaError]:
    """Return how the items of a sequence break their schema, which stands beside that of the whole."""
    if body.kind not in (DataKind.SEQUENCE, DataKind.CSV, DataKind.EVENTS) or not body.is_data:
        return []
    return _check_items(check, _list_items(body), is_list=False, is_text=body.kind is DataKind.CSV)


def _list_items(body: ParsedBody) -> list[Json]:
    """Return the items of a sequence as a schema describes them: an event has the fields that came."""
    if body.kind is not DataKind.EVENTS:
        return list(body.value)
    return [{name: value for name, value in event.items() if value is not None} for event in body.value]


def _check_items(check: Check, items: list[Json], *, is_list: bool, is_text: bool) -> list[SchemaError]:
    if is_list:
        if not is_text:
            return check(items)
        _refuse_many(sum(map(len, items)))
        return check_texts(check, items)
    if len(items) > _MANY_ITEMS:
        raise AmbiguousError(f"the body has more than {_MANY_ITEMS:,} items for one schema each")
    apply = partial(check_texts, check) if is_text else check
    return [_move(error, index) for index, item in enumerate(items) for error in apply(item)]


def _refuse_many(cells: int) -> None:
    if cells > _MANY_CELLS:
        raise AmbiguousError(f"the body has more than {_MANY_CELLS:,} cells for one schema")


def _check_parts(check: Check, parts: list[Json], *, is_list: bool) -> list[SchemaError]:
    """Apply a schema to what the parts hold: a list of it, or an object by the names of the parts (OpenAPI 3.1, special
    considerations for multipart content)."""
    bodies = [part["body"] for part in parts]
    if is_list:
        return check_texts(check, bodies)
    if not all(part["name"] for part in parts):
        raise AmbiguousError("its parts have no names to tell which property of the schema is which")
    fields: dict[str, list[Json]] = {}
    for part, body in zip(parts, bodies, strict=True):
        fields.setdefault(part["name"], []).append(body)
    return check_fields(check, {name: found if len(found) > 1 else found[0] for name, found in fields.items()})


def _read_text(response: Response, *, is_binary: bool) -> str:
    """Return the whole text; of bytes one character for each."""
    return response.body.decode("latin-1") if is_binary else decode_text(response.body, response.content_type)


def _move(error: SchemaError, index: int) -> SchemaError:
    return dataclasses.replace(error, path=f"$[{index}]{error.path[1:]}", pointer=(index, *error.pointer))
