"""What an expectation may say of the content of an answer, beside the paths of `body` (docs/design.md, Answers)."""

import re
from collections.abc import Callable, Mapping

from contracts_runner.errors import Rule
from contracts_runner.model.contract import ValueMatcher, XmlExpectation
from contracts_runner.model.data_kinds import find_data_kind
from contracts_runner.model.http import TOKEN
from contracts_runner.reading.declarations import Reader
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.expressions import ExpressionError, is_whole_expression
from contracts_runner.reading.forms import Value
from contracts_runner.reading.matchers import read_matcher
from contracts_runner.reading.readers import TEXT, Names, mapping, parsed
from contracts_runner.reading.value_readers import MATCHER, TEMPLATE_SCHEMA
from contracts_runner.reading.xpaths import parse_xpath

_PARAMETERS = r"(\s*;\s*[^\s=;]+=[^;]+)*"
_MEDIA_TYPE_PATTERN = rf"[^\s/;]+/[^\s/;]+{_PARAMETERS}"
# As model/data_kinds.py has them.
_DATA = (
    r"(application|text)/json|[^\s/;]+/[^\s/;]+\+json(-seq)?|text/(csv|event-stream)|multipart/[^\s/;]+"
    r"|application/(json-seq|jsonl|(x-)?ndjson|x-jsonlines|x-www-form-urlencoded)"
)
_SHA256 = "[0-9a-fA-F]{64}"
_PREFIX = "[A-Za-z_][A-Za-z0-9_.-]*"
_READ_AS = "application/json, application/x-ndjson, text/csv or text/event-stream"


def parse_header_name(text: str) -> str:
    """Return the name of a header as it is; raises FormError."""
    if re.fullmatch(TOKEN, text):
        return text
    raise FormError(f"'{text}' is not the name of a header; names have letters, digits and -")


def parse_media_type(text: str) -> str:
    """Return a media type in our spelling; raises FormError."""
    if re.fullmatch(_MEDIA_TYPE_PATTERN, text):
        essence, separator, parameters = text.partition(";")
        return essence.lower() + separator + parameters
    raise FormError(f"'{text}' is not a media type; write one such as application/json")


def _parse_read_as(text: str) -> str:
    media_type = parse_media_type(text)
    if find_data_kind(media_type) is None:
        raise FormError(f"a body cannot be read as {text}; write a type of data, such as {_READ_AS}")
    return media_type


def _parse_sha256(text: str) -> str:
    if re.fullmatch(_SHA256, text):
        return text
    raise FormError(f"'{text}' is not a SHA-256; write its 64 hexadecimal digits")


def or_expression(parse: Callable[[str], str], words: str, pattern: str, hint: str) -> Reader[str]:
    """A text that `parse` takes, or one expression that gives it when the step runs."""

    def parse_either(text: str) -> str:
        try:
            return text if "${" in text and is_whole_expression(text) else parse(text)
        except ExpressionError as error:
            raise FormError(str(error)) from None

    schema = rf"^({pattern}|\$\{{.*\}})$"
    return parsed(parse_either, f"{words}, or one expression", schema, hint, allOf=[TEMPLATE_SCHEMA])


def _read_text(value: Value) -> ValueMatcher:
    if not isinstance(value.value, str | dict):
        value.report("the whole text is compared with a text, or a JSON Schema", rule=Rule.SCHEMA)
    return read_matcher(value)


def _read_bytes(value: Value) -> ValueMatcher:
    is_number = isinstance(value.value, int) and not isinstance(value.value, bool)
    if not is_number and not isinstance(value.value, str | dict):
        value.report("the number of bytes is compared with a whole number, or a JSON Schema", rule=Rule.SCHEMA)
    return read_matcher(value)


def read_xml(value: Value) -> list[tuple[str, Value]]:
    """Return the expressions with the places of what they should give; namespaces are written elsewhere."""
    return list(value.read_entries().items())


def build_xml(entries: list[tuple[str, Value]], namespaces: Mapping[str, str]) -> tuple[XmlExpectation, ...]:
    """Return what is expected of XML; a mistake in an expression is reported."""
    return tuple(
        XmlExpectation(path=read_xpath(entry, path, namespaces), matcher=read_matcher(entry), location=entry.location)
        for path, entry in entries
    )


def read_xpath(place: Value, path: str, namespaces: Mapping[str, str]) -> str:
    """Return an expression; a mistake in it is reported at a place."""
    try:
        parse_xpath(path, namespaces)
    except FormError as error:
        place.report(str(error))
    return path


# A number is read as a text elsewhere; here it is a mistake.
HEADER_NAME = Reader(
    lambda value: value.read_parsed(parse_header_name) if value.read_text() else None,
    {"type": "string", "pattern": f"^{TOKEN}$", "patternErrorMessage": "names have letters, digits and -"},
    "name of a header",
)
MEDIA_TYPE = or_expression(parse_media_type, "media type", _MEDIA_TYPE_PATTERN, "write one such as application/json")
READ_AS = parsed(_parse_read_as, "media type of data", f"^({_DATA}){_PARAMETERS}$", f"write one such as {_READ_AS}")
SHA256 = or_expression(_parse_sha256, "64 hexadecimal digits", _SHA256, "write its 64 digits")
WHOLE_TEXT = Reader(_read_text, {"type": ["string", "object"], "allOf": [MATCHER.schema]}, "text, or JSON Schema")
BYTE_COUNT = Reader(
    _read_bytes,
    {"type": ["integer", "string", "object"], "allOf": [MATCHER.schema]},
    "whole number, one expression, or JSON Schema",
)
XML = Reader(
    read_xml,
    {"type": "object", "additionalProperties": MATCHER.schema},
    f"mapping; each key: XPath 1.0; each value: {MATCHER.words}",
)
NAMESPACES = mapping(
    TEXT, Names("a prefix", lambda name: bool(re.fullmatch(_PREFIX, name)), "use letters, digits and _", _PREFIX)
)
