"""Checks one response against what its step expects: a row for each thing stated or implied.

See docs/design.md, Contract file.
"""

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial

from contracts_runner.engine.body import ParsedBody
from contracts_runner.engine.jsonpath import NothingFoundError, find
from contracts_runner.engine.matching import find_mismatch
from contracts_runner.engine.relations import check_relation
from contracts_runner.engine.scope import Scope, UnresolvedError
from contracts_runner.engine.success import Success
from contracts_runner.errors import SourceLocation
from contracts_runner.model.checks import CheckName, CheckResult
from contracts_runner.model.contract import BodyExpectation, Expectation, HeaderExpectation, Unset, ValueMatcher
from contracts_runner.model.exchange import Response
from contracts_runner.model.http import strip_parameters
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.schemas import SchemaStore


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """A response with what was read from it."""

    response: Response
    body: ParsedBody
    success: Success


def check_expectation(
    expectation: Expectation, answer: Answer, *, scope: Scope, schemas: SchemaStore, location: SourceLocation
) -> Iterator[CheckResult]:
    """Yield the rows of one response; `location` is the step's, for what is implied and stands nowhere."""
    yield from _check_status(expectation, answer, location)
    yield from _check_success(expectation, answer, location)
    yield from _check_media_type(expectation, answer, location)
    for header in expectation.headers:
        apply = partial(_check_header, header, answer, scope, schemas)
        yield _resolved(CheckName.HEADER, header.location, header.name, apply)
    for body in expectation.body:
        yield _resolved(CheckName.BODY, body.location, body.path, partial(_check_body, body, answer, scope, schemas))
    yield from _check_latency(expectation, answer, location)
    for relation in expectation.relations:
        apply = partial(check_relation, relation, answer.body, scope=scope, schemas=schemas)
        yield _resolved(CheckName(relation.kind), relation.location, relation.this, apply)


def is_success_implied(expectation: Expectation) -> bool:
    """True if nothing was stated that decides about success: then a 2xx that succeeds is expected."""
    return expectation.status is None and expectation.error is Unset.UNSET


def _resolved(check: CheckName, location: SourceLocation, path: str, apply: Callable[[], CheckResult]) -> CheckResult:
    """Return the row, or one that says which value of the expectation is not there."""
    try:
        return apply()
    except UnresolvedError as error:
        return CheckResult(check=check, outcome=Outcome.ERRORED, message=str(error), path=path, location=location)


def _row(
    check: CheckName, holds: bool, message: str, expected: Json, actual: Json, location: SourceLocation
) -> CheckResult:
    return CheckResult(
        check=check,
        outcome=Outcome.PASSED if holds else Outcome.FAILED,
        message="" if holds else message,
        expected=expected,
        actual=actual,
        location=location,
    )


def _check_status(expectation: Expectation, answer: Answer, location: SourceLocation) -> Iterator[CheckResult]:
    if expectation.status is None:
        return
    actual = answer.response.status_code
    expected = [low if low == high else f"{low // 100}xx" for low, high in expectation.status]
    yield _row(
        CheckName.STATUS,
        any(low <= actual <= high for low, high in expectation.status),
        f"status {actual}, expected {' or '.join(map(str, expected))}",
        expected[0] if len(expected) == 1 else expected,
        actual,
        expectation.locations.get("status", location),
    )


def _check_success(expectation: Expectation, answer: Answer, location: SourceLocation) -> Iterator[CheckResult]:
    success = answer.success
    if isinstance(expectation.error, str) and not isinstance(expectation.error, Unset):
        yield _row(
            CheckName.ERROR,
            not success.is_success and success.error_code == expectation.error,
            f"expected the error {expectation.error}, "
            + (f"the answer has {success.error_code}" if success.error_code else "the answer has no error code"),
            expectation.error,
            success.error_code,
            expectation.locations.get("error", location),
        )
    elif expectation.error is None:
        yield _row(
            CheckName.ERROR,
            success.error_code is None,
            f"expected no error, the answer has {success.error_code}",
            None,
            success.error_code,
            expectation.locations.get("error", location),
        )
    wanted = _choose_wanted_success(expectation, answer)
    if wanted is not None:
        yield _row(
            CheckName.SUCCESS,
            success.is_success is wanted,
            f"expected success, {success.reason}" if wanted else "expected a refusal, but the answer is a success",
            wanted,
            success.is_success,
            expectation.locations.get("success", location),
        )


def _choose_wanted_success(expectation: Expectation, answer: Answer) -> bool | None:
    """Return what the answer must be: stated, or implied for a 2xx and where nothing else was stated."""
    if not isinstance(expectation.success, Unset):
        return expectation.success
    if isinstance(expectation.error, str) and not isinstance(expectation.error, Unset):
        return None  # the error's own row says it
    if is_success_implied(expectation) or 200 <= answer.response.status_code <= 299:
        return True
    return None


def _check_media_type(expectation: Expectation, answer: Answer, location: SourceLocation) -> Iterator[CheckResult]:
    if expectation.media_type is None:
        return
    actual = answer.response.media_type
    expected = strip_parameters(expectation.media_type)
    yield _row(
        CheckName.MEDIA_TYPE,
        actual == expected,
        f"media type {actual or 'missing'}, expected {expected}",
        expected,
        actual,
        expectation.locations.get("media_type", location),
    )


def _check_latency(expectation: Expectation, answer: Answer, location: SourceLocation) -> Iterator[CheckResult]:
    if expectation.latency_ms is None:
        return
    actual = round(answer.response.timings.total_ms, 1)
    yield _row(
        CheckName.LATENCY,
        actual <= expectation.latency_ms,
        f"the answer took {actual} ms, at most {expectation.latency_ms:g} ms were expected",
        expectation.latency_ms,
        actual,
        expectation.locations.get("latency", location),
    )


def _check_header(expectation: HeaderExpectation, answer: Answer, scope: Scope, schemas: SchemaStore) -> CheckResult:
    actual = answer.response.header(expectation.name)
    matcher = resolve_matcher(expectation.matcher, scope)
    if actual is None:
        # Null says that the header must not be there; a schema such as a pattern would hold for nothing at all.
        mismatch = None if matcher.value is None else "is missing"
    else:
        mismatch = find_mismatch(matcher, actual, schemas=schemas)
    row = _row(CheckName.HEADER, mismatch is None, "", matcher.value, actual, expectation.location)
    message = "" if mismatch is None else f"the header {expectation.name} {mismatch}"
    return dataclasses.replace(row, path=expectation.name, message=message)


def _check_body(expectation: BodyExpectation, answer: Answer, scope: Scope, schemas: SchemaStore) -> CheckResult:
    matcher = resolve_matcher(expectation.matcher, scope)
    actual: Json = None
    if not answer.body.is_json:
        mismatch: str | None = describe_no_json(answer)
    else:
        try:
            actual = find(expectation.path, answer.body.value)
            mismatch = find_mismatch(matcher, actual, schemas=schemas)
        except NothingFoundError as error:
            mismatch = str(error)
    row = _row(CheckName.BODY, mismatch is None, "", matcher.value, actual, expectation.location)
    message = "" if mismatch is None else f"{expectation.path}: {mismatch}"
    return dataclasses.replace(row, path=expectation.path, message=message)


def describe_no_json(answer: Answer) -> str:
    """Return why there is no JSON to look at."""
    size = len(answer.response.body)
    return (
        answer.body.problem or f"the body is not JSON ({answer.response.media_type or 'no media type'}, {size} bytes)"
    )


def resolve_matcher(matcher: ValueMatcher, scope: Scope) -> ValueMatcher:
    """Return the matcher with its expressions replaced; raises UnresolvedError."""
    return dataclasses.replace(matcher, value=scope.evaluate(matcher.value))
