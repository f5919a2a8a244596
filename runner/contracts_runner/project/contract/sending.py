"""What a step may say of its request beside parameters and a body in its place (docs/design.md, Contract file)."""

import re

from contracts_runner.model.contract import WHOLE
from contracts_runner.model.http import TOKEN
from contracts_runner.model.json import Json
from contracts_runner.project.contract.content_forms import MEDIA_TYPE, or_expression
from contracts_runner.reading.declarations import Form, Key, Reader
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import TEXT, Names, mapping
from contracts_runner.reading.value_readers import ONE_EXPRESSION, TEMPLATE, VALUE

# Header -> how its value is given.
OWN_HEADERS = {
    "authorization": "credentials are sent by `auth`; a document without a security scheme gets it in an overlay",
    "cookie": "credentials are sent by `auth`, other cookies by `parameters`",
    "host": "the environment says where a request goes, and `auth` which credential goes there",
    "content-length": "it follows from the body; credentials are sent by `auth`",
    "transfer-encoding": "it follows from the body; credentials are sent by `auth`",
    "content-type": "write `media_type`",
    "accept": "write `accept`",
}
_ANY_CASE = "|".join(
    "".join(f"[{letter}{letter.upper()}]" if letter.isalpha() else letter for letter in name) for name in OWN_HEADERS
)
_RANGE = rf"{TOKEN}/{TOKEN}(\s*;[^,]*)?"


class _HeaderNames(Names):
    def check(self, name: str, entry: Value) -> None:
        if reason := OWN_HEADERS.get(name.lower()):
            entry.report(f"the header {name} is not set by `headers`", reason)
        elif not re.fullmatch(TOKEN, name):
            entry.report(f"HTTP has no header '{name}'", "use letters, digits and -")

    def build_schema(self) -> dict[str, Json]:
        hint = "a header that steps set; credentials are sent by `auth`"
        return {"pattern": rf"^(?!({_ANY_CASE})$){TOKEN}$", "patternErrorMessage": hint}


HEADERS: Reader[dict[str, Json]] = mapping(VALUE, _HeaderNames("a header"), has_null=True)
# Of an environment, where `$NAME` and `${NAME}` are variables of the process.
PLAIN_HEADERS = mapping(TEXT, _HeaderNames("a header"))


def parse_accept(text: str) -> str:
    """Return what `Accept` may say; raises FormError."""
    if re.fullmatch(rf"{_RANGE}(\s*,\s*{_RANGE})*", text):
        return text
    raise FormError(f"'{text}' is not a list of media types; write one such as application/pdf")


_BY_NAME = mapping(VALUE, has_null=True)


def _read_parameters(value: Value) -> dict[str, Json] | None:
    if not isinstance(value.value, str):
        return _BY_NAME.read(value)
    text = ONE_EXPRESSION.read(value)
    return None if text is None else {WHOLE: text}


_PARAMETERS: Reader[dict[str, Json]] = Reader(
    _read_parameters,
    {"if": {"type": "string"}, "then": ONE_EXPRESSION.schema, "else": _BY_NAME.schema},
    f"{_BY_NAME.words}, or one expression",
)


class SendingForm(Form):
    """What is sent."""

    noun = "a request"
    parameters = Key(
        _PARAMETERS,
        "Parameters by the names of the spec; `path:NAME`, `query:NAME`, … for a name that is in two places. One "
        "expression gives them all.",
        example="{event_id: 12, page: 1}",
    )
    query = Key(
        mapping(VALUE, has_null=True),
        "Parts of the query that the spec does not have, added as they are; a list is repeated.",
        example="{debug: 1}",
    )
    headers = Key(
        HEADERS,
        "Headers that the spec does not have, added as they are; credentials are sent by `auth`.",
        example='{Idempotency-Key: "${uuid}"}',
    )
    media_type = Key(
        MEDIA_TYPE,
        "The body's media type; if left out JSON, else the first declared one that fits. One that the spec does not "
        "declare needs `invalid_request`.",
        example="application/merge-patch+json",
    )
    accept = Key(
        or_expression(parse_accept, "media types", rf"{_RANGE}(\s*,\s*{_RANGE})*", "write one such as application/pdf"),
        "The media types that are asked for; if left out all that the expected status declares.",
        example="application/pdf",
    )
    body = Key(
        VALUE,
        "The request's body; `null` is sent as null. A text for text and XML, a mapping for a form and for multipart, "
        "where `{file: path, filename: …, media_type: …}` or `{base64: …}` is a part of bytes; `{file: path}` or "
        "`{base64: …}` for any type that is neither.",
        example='{sku: "seat ${seat_id}", quantity: 2}',
    )
    body_file = Key(
        TEMPLATE,
        "A file below the project with the body, in the place of `body`; JSON, YAML, text and XML may hold `${…}`.",
        example="data/order.json",
    )
    url = Key(
        TEMPLATE,
        "A link that an answer gave, to the operation's path on an address of the environment; without `parameters` "
        "and `query`.",
        example='"${next}"',
    )


# What cannot stand together in one step or variant.
TOGETHER: Json = {
    "allOf": [
        {"not": {"required": names}} for names in (["url", "parameters"], ["url", "query"], ["body", "body_file"])
    ]
}


def check_together(form: SendingForm | Form) -> None:
    """Report what cannot stand together."""
    keys = SendingForm
    for first, second, hint in (
        (keys.url, keys.parameters, "the link has them"),
        (keys.url, keys.query, "the link has it"),
        (keys.body, keys.body_file, "write one of them"),
    ):
        if first in form and second in form:
            form.at(second).report(f"'{second.name}' cannot stand beside '{first.name}'", hint)
