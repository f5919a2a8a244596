"""The form of `expect:` of a step (docs/design.md, Contract file)."""

from contracts_runner.model.contract import UNSET, BodyExpectation, Expectation, HeaderExpectation, ValueMatcher
from contracts_runner.model.statuses import StatusRange, parse_status
from contracts_runner.project.contract.content_forms import (
    BYTE_COUNT,
    HEADER_NAME,
    MEDIA_TYPE,
    NAMESPACES,
    READ_AS,
    SHA256,
    WHOLE_TEXT,
    XML,
    build_xml,
    parse_header_name,
)
from contracts_runner.project.contract.relations import RELATIONS
from contracts_runner.reading.declarations import Form, Key, Reader
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.forms import Value
from contracts_runner.reading.jsonpaths import parse_jsonpath
from contracts_runner.reading.matchers import read_matcher
from contracts_runner.reading.readers import BOOLEAN, DURATION, integer, items, named, nullable
from contracts_runner.reading.value_readers import (
    JSON_SCHEMA,
    JSONPATH,
    MATCHER,
    ONE_EXPRESSION,
    TEMPLATE,
    TEMPLATE_SCHEMA,
)
from contracts_runner.reading.yaml_scalars import describe_value


def _read_one_status(value: Value) -> StatusRange | None:
    status = value.value
    if isinstance(status, str):
        return value.read_parsed(_parse_status_class)
    if found := parse_status(status):
        return found
    name = status if isinstance(status, int) and not isinstance(status, bool) else describe_value(status)
    value.report(f"{name} is not an HTTP status", "statuses are 100 to 599, or 2xx for a whole class")
    return None


def _parse_status_class(text: str) -> StatusRange:
    if not text.isdecimal() and (found := parse_status(text)):
        return found
    raise FormError(f"'{text}' is not an HTTP status; write a number such as 200, a list, or a class such as 2xx")


def _read_headers(value: Value) -> tuple[HeaderExpectation, ...]:
    return tuple(
        HeaderExpectation(name=name, matcher=_read_header(name, entry), location=entry.location)
        for name, entry in value.read_entries().items()
    )


def _read_header(name: str, value: Value) -> ValueMatcher:
    try:
        parse_header_name(name)
    except FormError as error:
        value.report(str(error))
    if isinstance(value.value, list):
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


_ONE_STATUS = named(
    Reader(
        _read_one_status,
        {
            "type": ["integer", "string"],
            "minimum": 100,
            "maximum": 599,
            "pattern": "^[1-5][xX][xX]$",
            "patternErrorMessage": "write a number such as 200, a list, or a class such as 2xx",
        },
        "HTTP status or class",
    ),
    "status",
)


def _read_status(value: Value) -> tuple[StatusRange, ...] | str | None:
    if isinstance(value.value, list):
        return _STATUSES.read(value)
    if isinstance(value.value, str) and value.value.startswith("${"):
        return ONE_EXPRESSION.read(value)
    found = _ONE_STATUS.read(value)
    return None if found is None else (found,)


_STATUSES = items(_ONE_STATUS)
_STATUS: Reader[tuple[StatusRange, ...] | str] = Reader(
    _read_status,
    {
        "if": {"type": "array"},
        "then": _STATUSES.schema,
        "else": {
            "if": {"type": "string", "pattern": r"^\$\{"},
            "then": ONE_EXPRESSION.schema,
            "else": _ONE_STATUS.schema,
        },
    },
    f"{_ONE_STATUS.words}, a list of them, or one expression",
)
_HEADERS = Reader(
    _read_headers,
    {
        "type": "object",
        "propertyNames": HEADER_NAME.schema,
        "additionalProperties": {
            "type": ["string", "number", "boolean", "null", "object"],
            "if": {"type": "object"},
            "then": JSON_SCHEMA,
            "else": TEMPLATE_SCHEMA,
        },
    },
    "mapping; each value: text, number, boolean, null, or JSON Schema",
)
BODY = Reader(
    _read_body,
    {"type": "object", "propertyNames": JSONPATH.schema, "additionalProperties": MATCHER.schema},
    f"mapping; each key: JSONPath; each value: {MATCHER.words}",
)


_SUCCESS_STATUS = {
    "anyOf": [{"type": "integer", "minimum": 200, "maximum": 299}, {"pattern": r"^(2|\$\{)", "type": "string"}]
}


class ExpectationForm(
    Form,
    rules={
        "if": {"required": ["success"], "properties": {"success": {"const": True}}},
        "then": {
            "properties": {
                "error": {"type": "null"},
                "status": {"if": {"type": "array"}, "then": {"contains": _SUCCESS_STATUS}, "else": _SUCCESS_STATUS},
            }
        },
    },
):
    """What the author expects of one answer, beside what the spec declares."""

    noun = "an expectation"
    status = Key(
        _STATUS,
        "200, a list such as [200, 201], a class such as 2xx, or an expression that gives one.",
        example="[200, 404]",
    )
    success = Key(
        nullable(BOOLEAN),
        "Whether the body satisfies the spec's x-success rule (true for a 2xx); null claims nothing.",
        example="true",
    )
    error = Key(
        nullable(TEMPLATE),
        "The error code of the answer, which then is not a success; null for no error code.",
        example="WRONG_AUTHORIZATION",
    )
    media_type = Key(
        MEDIA_TYPE,
        "The media type; of its parameters (application/json; version=2) those that are stated are compared.",
        example="application/json",
    )
    headers = Key(
        _HEADERS,
        "Header -> its text, number or boolean; null for none; or a JSON Schema.",
        example="{Cache-Control: {pattern: no-cache}}",
    )
    body = Key(
        BODY,
        "JSONPath -> its value; a mapping is a JSON Schema, everything else is compared for equality.",
        example="{$.data.id: 7, $.data: {type: object, required: [id]}}",
    )
    text = Key(
        WHOLE_TEXT, "The whole text of the body: equal to a text, or of a JSON Schema.", example='{pattern: "^pong"}'
    )
    xml = Key(
        XML,
        "XPath 1.0 -> the value in a body of XML: the text of the first node, a number or a boolean; with a list the "
        "texts of all nodes.",
        example='{"/rss/channel/title": News, "count(//item)": {minimum: 1}}',
    )
    namespaces = Key(
        NAMESPACES,
        "Prefix -> URI, for the XPaths of `xml` and of the step's captures.",
        example="{a: http://www.w3.org/2005/Atom}",
    )
    sha256 = Key(
        SHA256,
        "The SHA-256 of the body's bytes.",
        example="9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a",
    )
    bytes = Key(BYTE_COUNT, "The number of bytes of the body, or a JSON Schema of it.", example="{maximum: 1000000}")
    read_as = Key(
        READ_AS,
        "As what the body is read where its own media type says something else.",
        example="application/json",
    )
    events = Key(
        integer(1), "How many server-sent events are waited for: with the last of them the answer ends.", example="3"
    )
    latency = Key(DURATION, "The longest time to the whole answer, such as 3s.", example="3s")
    relations = Key(
        RELATIONS, "Comparisons with captures and within the answer.", example='[{unique: {this: "$.data[*].id"}}]'
    )
    schema = Key(
        BOOLEAN, "False switches the checks of the answer against the spec off, and shows in the report.", default=True
    )


def _build_expectation(form: ExpectationForm) -> Expectation:
    success = form.success if ExpectationForm.success in form else UNSET
    error = form.error if ExpectationForm.error in form else UNSET
    if success is True and error not in (None, UNSET):
        form.at(ExpectationForm.success).report(
            "an expected error is not a success", "leave one of 'success' and 'error' out"
        )
    status = None if isinstance(form.status, str) else form.status
    if success is True and status and not any(low < 300 and high >= 200 for low, high in status):
        form.at(ExpectationForm.success).report(
            "no response can fulfil both: the expected status is not 2xx, so it is not a success",
            "leave `success: true` out, or expect a status of 2xx",
        )
    return Expectation(
        status=status,
        status_from=form.status if isinstance(form.status, str) else None,
        success=success,
        error=error,
        media_type=form.media_type,
        headers=form.headers or (),
        body=form.body or (),
        text=form.text,
        xml=build_xml(form.xml or [], form.namespaces or {}),
        namespaces=form.namespaces or {},
        sha256=form.sha256,
        bytes=form.bytes,
        read_as=form.read_as or "",
        events=form.events,
        latency_ms=None if form.latency is None else form.latency * 1000,
        relations=form.relations or (),
        is_schema_checked=form.schema is not False,
        locations={**form.locate_keys(), "expect": form.location},
    )


EXPECTATION = ExpectationForm.reader().then(_build_expectation)
