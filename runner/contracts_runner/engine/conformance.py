"""Checks one response against what the spec declares for its operation: status, media type, headers, body."""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from contracts_runner.engine.body import ParsedBody
from contracts_runner.engine.matching import join_violations
from contracts_runner.engine.media_types import find_media_type, is_json_type
from contracts_runner.errors import SourceLocation
from contracts_runner.model.checks import CheckName, CheckResult
from contracts_runner.model.exchange import Response
from contracts_runner.model.http import is_without_content
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Header, Operation, ResponseSpec
from contracts_runner.openapi.explain import SchemaError
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.openapi.spec import Spec

# Hostile text is not parsed as deep JSON.
_MAX_COLLECTIONS = 100


def check_conformance(operation: Operation, spec: Spec, response: Response, body: ParsedBody) -> list[CheckResult]:
    """Return a row for each promise of the spec that applies to this response.

    `status_declared`, `media_type_declared`, `response_headers` (one per header), `body_json` (only when it failed) and
    `body_schema`. An operation that declares no responses promises nothing. Nothing is raised: a check that breaks is
    errored.
    """
    promised = find_response(operation, response.status_code)
    location = promised.location if promised else operation.location

    def attempt(check: CheckName, work: Callable[[], Iterable[CheckResult]]) -> list[CheckResult]:
        return CheckResult.attempt(check, work, location=location)

    rows = attempt(CheckName.STATUS_DECLARED, lambda: _check_status(operation, response, promised))
    if promised is not None:
        rows += attempt(CheckName.MEDIA_TYPE_DECLARED, lambda: _check_media_type(operation, response, promised))
        rows += _check_headers(spec, response, promised)
    rows += attempt(CheckName.BODY_JSON, lambda: _check_json(response, body, location))
    if promised is not None:
        rows += attempt(CheckName.BODY_SCHEMA, lambda: _check_body(spec, response, body, promised))
    return rows


def find_response(operation: Operation, status_code: int) -> ResponseSpec | None:
    """Return what is declared for a status: itself, else its range (`4XX`), else `default`."""
    by_status = {status.upper(): response for status, response in operation.responses.items()}
    keys = (str(status_code), f"{status_code // 100}XX", "DEFAULT")
    return next((by_status[key] for key in keys if key in by_status), None)


def find_body_schema(promised: ResponseSpec, response: Response) -> str:
    """Return the pointer of the schema that the response's body should have, "" if there is none."""
    key = find_media_type(promised.schemas, response.media_type or "")
    return promised.schemas[key] if key is not None else ""


def _check_status(operation: Operation, response: Response, promised: ResponseSpec | None) -> Iterator[CheckResult]:
    if not operation.responses:
        return
    declared, actual = list(operation.responses), response.status_code
    message = f"status {actual} is not declared for {operation.label}; declared: {', '.join(declared)}"
    location = promised.location if promised else operation.location
    problem = None if promised else message
    yield CheckResult.judge(CheckName.STATUS_DECLARED, problem, expected=declared, actual=actual, location=location)


def _check_media_type(operation: Operation, response: Response, promised: ResponseSpec) -> Iterator[CheckResult]:
    if not promised.schemas or is_without_content(operation.method, response.status_code):
        return
    declared, actual = list(promised.schemas), response.media_type
    names = " or ".join(declared)
    message: str | None = None
    if not response.body:
        message = f"the body is empty, although {names} is declared for status {promised.status}"
    elif actual is None:
        message = f"the response has no Content-Type, although {names} is declared for status {promised.status}"
    elif find_media_type(promised.schemas, actual) is None:
        message = f"media type {actual} is not declared for status {promised.status}; declared: {names}"
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
        )


def _check_present_header(spec: Spec, header: Header, text: str, location: SourceLocation) -> CheckResult:
    errors = check_header_text(spec.schemas, header.pointer, text)
    return CheckResult.judge(
        CheckName.RESPONSE_HEADERS,
        join_violations([f"the header {header.name} {error.message}" for error in errors]),
        expected=errors[0].expected if errors else None,
        actual=text,
        path=header.name,
        location=location,
    )


def _check_json(response: Response, body: ParsedBody, location: SourceLocation) -> Iterator[CheckResult]:
    says_json = response.media_type is not None and is_json_type(response.media_type)
    if response.body and says_json and not body.is_json:
        yield CheckResult.judge(
            CheckName.BODY_JSON, body.problem, expected="JSON", actual=response.media_type, location=location
        )


def _check_body(spec: Spec, response: Response, body: ParsedBody, promised: ResponseSpec) -> Iterator[CheckResult]:
    pointer = find_body_schema(promised, response)
    if not pointer or not body.is_json:
        return
    errors = spec.schemas.check_response(pointer, body.value)
    first = errors[0] if errors else None
    yield CheckResult.judge(
        CheckName.BODY_SCHEMA,
        join_violations([str(error) for error in errors]),
        expected=first.expected if first else None,
        actual=first.actual if first else None,
        path=first.path if first else None,
        location=promised.location,
    )


def check_header_text(schemas: SchemaStore, pointer: str, text: str) -> list[SchemaError]:
    """Return how a header breaks the schema at `pointer`: as text, or as the value that the text means.

    A value is read as another type only where the schema refuses text: `5` as an integer, `true` as a boolean, `a, b`
    as a list (style `simple`), JSON as itself.
    """
    errors = schemas.check_response(pointer, text)
    for value in _iter_readings(text) if _is_type_wrong(errors) else ():
        found = schemas.check_response(pointer, value)
        if not _is_type_wrong(found):
            return found
    return errors


def _iter_readings(text: str) -> Iterator[Json]:
    whole = _read_json(text)
    if not isinstance(whole, str):
        yield whole
    items = [item.strip() for item in text.split(",")] if text else []
    yield items
    yield [_read_json(item) for item in items]
    if all("=" in item for item in items):
        pairs = dict(item.split("=", 1) for item in items)
        yield pairs
        yield {name: _read_json(item) for name, item in pairs.items()}


def _is_type_wrong(errors: list[SchemaError]) -> bool:
    return any(error.keyword in ("type", "oneOf", "anyOf") for error in errors)


def _read_json(text: str) -> Json:
    if text.count("[") + text.count("{") > _MAX_COLLECTIONS:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
