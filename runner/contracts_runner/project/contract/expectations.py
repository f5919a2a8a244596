"""Reads `expect:` of a step (docs/design.md, Contract file)."""

from contracts_runner.errors import SourceLocation
from contracts_runner.model.contract import (
    UNSET,
    BodyExpectation,
    Expectation,
    HeaderExpectation,
    Unset,
    ValueMatcher,
)
from contracts_runner.project.contract.relations import read_relations
from contracts_runner.reading.durations import FormError, parse_positive_duration
from contracts_runner.reading.forms import Section, Value
from contracts_runner.reading.matchers import parse_jsonpath, read_matcher
from contracts_runner.reading.yaml_scalars import describe_value

KEYS = ("status", "success", "error", "media_type", "headers", "body", "latency", "relations", "schema")
# What the model says of the place of single keys; headers, body and relations know their own.
_LOCATED = ("status", "success", "error", "media_type", "latency", "schema")

_STATUS_HINT = "statuses are 100 to 599, or 2xx for a whole class"

StatusRange = tuple[int, int]


def read_expectation(value: Value) -> Expectation | None:
    """Return what the author expects, None for what is no mapping."""
    section = value.read_section("an expectation", KEYS)
    if section is None:
        return None
    latency = section.read_parsed("latency", parse_positive_duration)
    success, error = _read_success(section), _read_error(section)
    if success is True and _is_code(error):
        section.value.at("success").report("an expected error is no success", "leave one of 'success' and 'error' out")
    return Expectation(
        status=section.read("status", _read_status),
        success=success,
        error=error,
        media_type=section.read_parsed("media_type", _parse_media_type),
        headers=section.read("headers", _read_headers) or (),
        body=section.read("body", _read_body) or (),
        latency_ms=None if latency is None else latency * 1000,
        relations=section.read("relations", read_relations) or (),
        is_schema_checked=section.read("schema", Value.read_boolean) is not False,
        locations=_locate_keys(section),
    )


def _locate_keys(section: Section) -> dict[str, SourceLocation]:
    locations = {key: section.value.at(key).location for key in _LOCATED if key in section}
    return {**locations, "expect": section.location}


def _read_success(section: Section) -> bool | Unset | None:
    value = section.get("success")
    if value is None:
        return UNSET
    return None if value.value is None else value.read_boolean()


def _read_error(section: Section) -> str | Unset | None:
    value = section.get("error")
    if value is None:
        return UNSET
    return None if value.value is None else value.read_text()


def _is_code(error: str | Unset | None) -> bool:
    return error is not None and not isinstance(error, Unset)


def _read_status(value: Value) -> tuple[StatusRange, ...] | None:
    items = value.read_items() if isinstance(value.value, list) else [value]
    ranges = [_read_one_status(item) for item in items]
    return tuple(found for found in ranges if found)


def _read_one_status(value: Value) -> StatusRange | None:
    status = value.value
    if isinstance(status, int) and not isinstance(status, bool):
        if 100 <= status <= 599:
            return status, status
        value.report(f"{status} is not an HTTP status", _STATUS_HINT)
        return None
    if not isinstance(status, str):
        value.report(f"{describe_value(status)} is not an HTTP status", _STATUS_HINT)
        return None
    return value.read_parsed(_parse_status_class)


def _parse_status_class(text: str) -> StatusRange:
    if len(text) == 3 and text[0] in "12345" and text[1:].lower() == "xx":
        low = int(text[0]) * 100
        return low, low + 99
    raise FormError(f"'{text}' is not an HTTP status; write a number such as 200, a list, or a class such as 2xx")


def _parse_media_type(text: str) -> str:
    kind, slash, rest = text.partition("/")
    if kind and slash and rest and not any(map(str.isspace, text)):
        return text.lower()
    raise FormError(f"'{text}' is not a media type; write one such as application/json, without parameters")


def _read_headers(value: Value) -> tuple[HeaderExpectation, ...]:
    return tuple(
        HeaderExpectation(name=name, matcher=_read_header(entry), location=entry.location)
        for name, entry in value.read_entries().items()
    )


def _read_header(value: Value) -> ValueMatcher:
    if isinstance(value.value, bool | int | float):
        value.read_text()
    elif isinstance(value.value, list):
        value.report("a header is one text, not a list", "its values are joined by a comma and a blank")
    return read_matcher(value)


def _read_body(value: Value) -> tuple[BodyExpectation, ...]:
    found = []
    for path, entry in value.read_entries().items():
        try:
            parse_jsonpath(path)
        except FormError as error:
            entry.report(str(error))
        found.append(BodyExpectation(path=path, matcher=read_matcher(entry), location=entry.location))
    return tuple(found)
