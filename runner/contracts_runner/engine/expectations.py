"""Checks one response against what its step expects: a row for each thing stated or implied.

See docs/design.md, Contract file.
"""

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial

from contracts_runner.engine.content_expectations import (
    check_bytes,
    check_reading,
    check_sha256,
    check_text,
    check_xml,
    find_text_mismatch,
)
from contracts_runner.engine.jsonpath import NothingFoundError, find_in_body
from contracts_runner.engine.matching import find_mismatch, find_pair
from contracts_runner.engine.relations import check_relation
from contracts_runner.engine.scope import Scope, UnresolvedError
from contracts_runner.engine.success import Answer
from contracts_runner.engine.violations import describe_missing, list_mismatches, list_missing, name_missing_header
from contracts_runner.errors import SourceLocation
from contracts_runner.model.checks import CheckName, CheckResult, Violation
from contracts_runner.model.contract import BodyExpectation, Expectation, HeaderExpectation, Unset, ValueMatcher
from contracts_runner.model.http import has_media_type
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.schemas import SchemaStore

# Where what is expected of a check is written.
_Locate = Callable[[CheckName], SourceLocation]
_Judge = Callable[[Expectation, Answer, _Locate], Iterator[CheckResult]]


def check_expectation(
    expectation: Expectation, answer: Answer, *, scope: Scope, schemas: SchemaStore, location: SourceLocation
) -> Iterator[CheckResult]:
    """Yield the rows of one response; `location` is the step's, for what is implied and not written anywhere.

    Nothing is raised: of a check that breaks, or whose values are missing, the row is errored.
    """

    def locate(check: CheckName) -> SourceLocation:
        return expectation.locations.get(check, location)

    def plain(check: CheckName, judge: _Judge) -> list[CheckResult]:
        return CheckResult.attempt(check, lambda: judge(expectation, answer, locate), location=locate(check))

    yield from plain(CheckName.STATUS, _check_status)
    yield from plain(CheckName.SUCCESS, _check_success)
    if expectation.media_type is not None:
        yield from plain(CheckName.MEDIA_TYPE, _check_media_type)
    for header in expectation.headers:
        apply = partial(_check_header, header, answer, scope, schemas)
        yield from _resolved(CheckName.HEADER, header.location, header.name, apply)
    for body in expectation.body:
        apply = partial(_check_body, body, answer, scope, schemas)
        yield from _resolved(CheckName.BODY, body.location, body.path, apply)
    if expectation.read_as or expectation.events is not None:
        yield from CheckResult.attempt(CheckName.BODY, lambda: check_reading(expectation, answer))
    yield from _check_content(expectation, answer, scope=scope, schemas=schemas, location=location)
    if expectation.latency_ms is not None:
        yield from plain(CheckName.LATENCY, _check_latency)
    for relation in expectation.relations:
        apply = partial(check_relation, relation, answer.body, scope=scope, schemas=schemas)
        yield from _resolved(relation.kind, relation.location, relation.this, apply)


def _check_content(
    expectation: Expectation, answer: Answer, *, scope: Scope, schemas: SchemaStore, location: SourceLocation
) -> Iterator[CheckResult]:
    def resolve(matcher: ValueMatcher) -> ValueMatcher:
        return _resolve_matcher(matcher, scope)

    def whole(check: CheckName, apply: Callable[[], CheckResult]) -> Iterator[CheckResult]:
        place = expectation.locations.get(check, location)
        yield from (dataclasses.replace(row, location=place) for row in _resolved(check, place, None, apply))

    if (text := expectation.text) is not None:
        yield from whole(CheckName.TEXT, lambda: check_text(resolve(text), answer, schemas))
    if expectation.xml:
        from contracts_runner.engine.xml_content import XmlContent  # with its library

        content = XmlContent(answer.response)
        for entry in expectation.xml:
            look = partial(check_xml, content=content, namespaces=expectation.namespaces, schemas=schemas)
            apply = partial(lambda look, entry: look(entry, resolve(entry.matcher)), look, entry)
            yield from _resolved(CheckName.XML, entry.location, entry.path, apply)
    if (sha256 := expectation.sha256) is not None:
        yield from whole(CheckName.SHA256, lambda: check_sha256(str(scope.evaluate(sha256)), answer))
    if (size := expectation.bytes) is not None:
        yield from whole(CheckName.BYTES, lambda: check_bytes(resolve(size), answer, schemas))


def is_success_implied(expectation: Expectation) -> bool:
    """True if nothing was stated that decides about success: then a 2xx that succeeds is expected."""
    is_stated = expectation.status is not None or expectation.status_from is not None
    return not is_stated and expectation.error is Unset.UNSET


def _resolved(
    check: CheckName, location: SourceLocation, path: str | None, apply: Callable[[], CheckResult]
) -> list[CheckResult]:
    """Return the row, or one that says which value of the expectation is missing."""

    def work() -> list[CheckResult]:
        try:
            return [apply()]
        except UnresolvedError as error:
            row = CheckResult(check=check, outcome=Outcome.ERRORED, message=str(error), path=path, location=location)
            return [row]

    return CheckResult.attempt(check, work, path=path, location=location)


def _row(
    check: CheckName,
    holds: bool,
    message: str,
    expected: Json,
    actual: Json,
    violations: tuple[Violation, ...] = (),
    *,
    locate: _Locate,
) -> CheckResult:
    problem = None if holds else message
    location = locate(check)
    return CheckResult.judge(check, problem, expected=expected, actual=actual, location=location, violations=violations)


def _check_status(expectation: Expectation, answer: Answer, locate: _Locate) -> Iterator[CheckResult]:
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
        locate=locate,
    )


def _check_success(expectation: Expectation, answer: Answer, locate: _Locate) -> Iterator[CheckResult]:
    success, code = answer.success, answer.success.error_code
    if expectation.error is None:
        yield _row(
            CheckName.ERROR, code is None, f"expected no error, the answer has {code}", None, code, locate=locate
        )
    elif not isinstance(expectation.error, Unset):
        yield _row(
            CheckName.ERROR,
            not success.is_success and code == expectation.error,
            f"expected the error {expectation.error}, the answer has {code or f'no error code: {success.uncoded}'}",
            expectation.error,
            code,
            locate=locate,
        )
    wanted = _choose_wanted_success(expectation, answer)
    if wanted is not None:
        yield _row(
            CheckName.SUCCESS,
            success.is_success is wanted,
            f"expected success, {success.reason}" if wanted else "expected a refusal, but the answer is a success",
            wanted,
            success.is_success,
            success.missing if wanted else (),
            locate=locate,
        )


def _choose_wanted_success(expectation: Expectation, answer: Answer) -> bool | None:
    """Return what the answer must be: stated, or implied for a 2xx and where nothing else was stated."""
    if not isinstance(expectation.success, Unset):
        return expectation.success
    if not isinstance(expectation.error, Unset | None):
        return None  # the error's own row says it
    is_implied = is_success_implied(expectation) or 200 <= answer.response.status_code <= 299
    return True if is_implied else None


def _check_media_type(expectation: Expectation, answer: Answer, locate: _Locate) -> Iterator[CheckResult]:
    if expectation.media_type is not None:
        actual, expected = answer.response.content_type, expectation.media_type
        shown = actual if ";" in expected else answer.response.media_type
        message = f"media type {shown or 'missing'}, expected {expected}"
        yield _row(CheckName.MEDIA_TYPE, has_media_type(actual, expected), message, expected, shown, locate=locate)


def _check_latency(expectation: Expectation, answer: Answer, locate: _Locate) -> Iterator[CheckResult]:
    if expectation.latency_ms is not None and answer.response.timings:
        actual, most = round(answer.response.timings.total_ms, 1), expectation.latency_ms
        message = f"the answer took {actual} ms, at most {most:g} ms were expected"
        yield _row(CheckName.LATENCY, actual <= most, message, most, actual, locate=locate)


def _check_header(expectation: HeaderExpectation, answer: Answer, scope: Scope, schemas: SchemaStore) -> CheckResult:
    actual = answer.response.header(expectation.name)
    matcher = _resolve_matcher(expectation.matcher, scope)
    if actual is None:
        # Null says that the header must not be there; a schema such as a pattern would hold for nothing at all.
        mismatch = None if matcher.value is None else "is missing"
    else:
        mismatch = find_text_mismatch(matcher, actual, schemas=schemas)
    return CheckResult.judge(
        CheckName.HEADER,
        mismatch and f"the header {expectation.name} {mismatch}",
        expected=matcher.value,
        actual=actual,
        path=expectation.name,
        location=expectation.location,
        violations=(name_missing_header(expectation.name),) if actual is None and mismatch else (),
    )


def _check_body(expectation: BodyExpectation, answer: Answer, scope: Scope, schemas: SchemaStore) -> CheckResult:
    matcher = _resolve_matcher(expectation.matcher, scope)
    expected, actual = matcher.value, None
    violations: tuple[Violation, ...] = ()
    try:
        actual = find_in_body(expectation.path, answer.body)
        mismatch = find_mismatch(matcher, actual, schemas=schemas)
        if mismatch:
            missing = list_missing(expectation.path, answer.body)
            violations = missing or list_mismatches(matcher, actual, expectation.path, schemas=schemas)
            expected, actual = find_pair(matcher, actual, schemas=schemas)
    except NothingFoundError as error:
        mismatch, violations = str(error), describe_missing(expectation.path, answer.body)
    return CheckResult.judge(
        CheckName.BODY,
        mismatch and f"{expectation.path}: {mismatch}",
        expected=expected,
        actual=actual,
        path=expectation.path,
        location=expectation.location,
        violations=violations,
    )


def _resolve_matcher(matcher: ValueMatcher, scope: Scope) -> ValueMatcher:
    value = scope.evaluate(matcher.value)
    return matcher if value is matcher.value else dataclasses.replace(matcher, value=value)
