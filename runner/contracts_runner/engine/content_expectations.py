"""Checks the content of one response against what its step expects of it, beside the paths of `body`: the whole text,
XML, the bytes, as what it is read, how many events came."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from contracts_runner.engine.body import ParsedBody
from contracts_runner.engine.body_data import AmbiguousError, decode_text
from contracts_runner.engine.jsonpath import NoNodeError, NothingFoundError
from contracts_runner.engine.matching import find_mismatch
from contracts_runner.engine.success import Answer
from contracts_runner.engine.text_values import read_scalar
from contracts_runner.model.checks import CheckName, CheckResult
from contracts_runner.model.contract import Expectation, ValueMatcher, XmlExpectation
from contracts_runner.model.data_kinds import DataKind
from contracts_runner.model.json import Json
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.reading.schema_types import list_wanted_types, name_type

if TYPE_CHECKING:
    from contracts_runner.engine.xml_content import XmlContent

WHOLE = "$"


def check_reading(expectation: Expectation, answer: Answer) -> Iterator[CheckResult]:
    """Yield whether the body is what the author says that it is, and has the events that were waited for."""
    body, where = answer.body, expectation.locations
    if expectation.read_as:
        why = None if body.is_data else f"cannot be read as {expectation.read_as}: {body.problem}"
        yield CheckResult.judge(
            CheckName.BODY, why, expected=expectation.read_as, path=WHOLE, location=where.get("read_as")
        )
    if expectation.events is not None:
        count = len(body.value) if body.is_data and body.kind is DataKind.EVENTS else None
        why = _explain_events(expectation.events, count, body)
        yield CheckResult.judge(
            CheckName.BODY, why, expected=expectation.events, actual=count, path=WHOLE, location=where.get("events")
        )


def _explain_events(wanted: int, count: int | None, body: ParsedBody) -> str | None:
    if count is None:
        return body.problem or f"the body is {body.kind}, not a stream of events"
    return None if count >= wanted else f"the stream ended after {count} of {wanted} events"


def check_text(matcher: ValueMatcher, answer: Answer, schemas: SchemaStore) -> CheckResult:
    """Return the row of the whole text."""
    text: str | None = None
    try:
        text = decode_text(answer.response.body, answer.response.content_type)
        mismatch = find_mismatch(matcher, text, schemas=schemas)
    except AmbiguousError as error:
        return CheckResult.judge(CheckName.TEXT, str(error), expected=matcher.value)
    return CheckResult.judge(CheckName.TEXT, mismatch and f"the text: {mismatch}", expected=matcher.value, actual=text)


def check_xml(
    expectation: XmlExpectation,
    matcher: ValueMatcher,
    content: "XmlContent",
    namespaces: Mapping[str, str],
    schemas: SchemaStore,
) -> CheckResult:
    """Return the row of one XPath."""
    actual: Json = None
    is_list = isinstance(matcher.value, list) or list_wanted_types(matcher.value) - {""} == {"array"}
    try:
        actual = content.find(expectation.path, namespaces, is_list=is_list)
        is_text = isinstance(actual, str)
        find = find_text_mismatch if is_text else find_mismatch
        mismatch = find(matcher, actual, schemas=schemas)
    except NoNodeError as error:
        mismatch = None if matcher.value is None else str(error)
    except NothingFoundError as error:
        mismatch = str(error)
    return CheckResult.judge(
        CheckName.XML,
        mismatch and f"{expectation.path}: {mismatch}",
        expected=matcher.value,
        actual=actual,
        path=expectation.path,
        location=expectation.location,
    )


def check_sha256(expected: str, answer: Answer) -> CheckResult:
    """Return the row of the hash of the body's bytes."""
    actual = hashlib.sha256(answer.response.body).hexdigest()
    problem = None if actual == expected.lower() else f"the body has the SHA-256 {actual}, expected {expected}"
    return CheckResult.judge(CheckName.SHA256, problem, expected=expected, actual=actual)


def check_bytes(matcher: ValueMatcher, answer: Answer, schemas: SchemaStore) -> CheckResult:
    """Return the row of the number of the body's bytes."""
    size = len(answer.response.body)
    mismatch = find_mismatch(matcher, size, schemas=schemas)
    problem = mismatch and f"the number of bytes: {mismatch}"
    return CheckResult.judge(CheckName.BYTES, problem, expected=matcher.value, actual=size)


def find_text_mismatch(matcher: ValueMatcher, text: str, *, schemas: SchemaStore) -> str | None:
    """Return what does not match: of the text, read as a number or boolean where it is compared with one."""
    value = read_scalar(text)
    wanted = list_wanted_types(matcher.value if matcher.is_schema else {"const": matcher.value})
    is_read = not isinstance(value, str | None) and name_type(value) in wanted
    mismatch = find_mismatch(matcher, value if is_read else text, schemas=schemas)
    if mismatch and not is_read and value != text and "$ref" in str(matcher.value):
        # What the reference says of the type is not seen here.
        return find_mismatch(matcher, value, schemas=schemas) and mismatch
    return mismatch
