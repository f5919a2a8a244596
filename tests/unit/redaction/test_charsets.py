"""What the engine reads in a body is redacted in what a check says of it, whatever charset the body says that it is in:
the two must see the same values."""

import json
from collections.abc import Iterator

import pytest

from contracts_runner.engine.body import parse_body
from contracts_runner.model.environment import RedactionMode
from contracts_runner.redaction.redactor import Redactor
from helpers.answers import make_response
from helpers.personal_samples import make_exchange, record

NAME = "Образцова"
PERSON = {"type": "object", "properties": {"name": {"type": "string", "x-pii": "name"}}}
DOCUMENT = {"Person": PERSON, "People": {"type": "array", "items": PERSON}}
CHARSETS = (
    *("utf-8", "koi8-r", "windows-1251", "iso-8859-1", "iso-8859-5", "cp866", "gb18030", "big5", "shift_jis"),
    *("iso-2022-jp", "utf-16", "utf-16le", "utf-16be", "utf-32", "utf-7", "punycode", "none-such"),
)
JSON = json.dumps({"name": NAME}, ensure_ascii=False)
# Of each type: a body, and whether its charset counts for who reads it.
BODIES = {
    "application/json": (JSON, False),
    "text/json": (JSON, False),
    "application/x-ndjson": (f"{JSON}\n{JSON}\n", False),
    "application/json-seq": (f"\x1e{JSON}\n", False),
    "text/event-stream": (f"data: {JSON}\n\n", False),
    "text/csv": (f"id,name\n1,{NAME}\n", True),
    "application/x-www-form-urlencoded": (f"id=1&name={NAME}", True),
}


def iter_bodies(own_type: str, charset: str) -> Iterator[tuple[str, bytes]]:
    """Yield (Content-Type, body) of a text in UTF-8 that says it is in another charset, and of one that is; as they
    are, and as a part."""
    text, is_counting = BODIES[own_type]
    contents = [text.encode()]
    if is_counting and charset not in ("punycode", "none-such"):
        contents += [text.encode(charset)] if NAME in text.encode(charset, "replace").decode(charset) else []
    for content in contents:
        yield f"{own_type}; charset={charset}", content
        for inner, outer in ((f"; charset={charset}", ""), ("", f"; charset={charset}")):
            head = f"--b\r\nContent-Type: {own_type}{inner}\r\n\r\n".encode()
            yield f"multipart/mixed; boundary=b{outer}", head + content + b"\r\n--b--\r\n"
    if own_type == "text/csv" and charset not in ("punycode", "none-such"):
        head = (
            f'--b\r\nContent-Disposition: form-data; name="name"\r\nContent-Type: text/plain; charset={charset}\r\n\r\n'
        )
        yield "multipart/form-data; boundary=b", head.encode() + NAME.encode(charset, "replace") + b"\r\n--b--\r\n"


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("own_type", BODIES)
def test_what_is_read_of_a_body_is_redacted_whatever_its_charset_is(own_type: str, charset: str) -> None:
    kept = []
    for content_type, body in iter_bodies(own_type, charset):
        redactor = Redactor(mode=RedactionMode.FULL, secrets={}, key=b"run")
        pointer = "#/Person" if own_type in content_type and "json" in own_type[-5:] else "#/People"
        value = parse_body(make_response(body, media_type=content_type), depth=50).value

        row = record(
            make_exchange(body, media_type=content_type), redactor=redactor, document=DOCUMENT, response_pointer=pointer
        )

        assert row.response is not None
        told = json.dumps(redactor.value(value), ensure_ascii=False) + (row.response.body or "")
        if NAME in told:
            kept.append((content_type, told))

    assert kept == []


ODD = [
    *(("text/csv", form) for form in (
        "\n\nid,name\n1,{}", "id,name\r1,{}", "\ufeffname,id\n{},1", 'id,name\n1,"a ""{}"" b"', '"x;y;z",name\n1,{}',
        "a;b;c,name\n1,{}", 'id,"name"\n"a\nb","{}"', '"na""me",name\n1,{}', "name\n\n{}",
    )),
    *(("text/event-stream", form) for form in (
        "\ufeffdata: {}\n\n", "data:{}\n\n", ": a\rdata: {}\r\r", "data\ndata: {}\n\n", "data: a\n\ndata: {}",
    )),
    *(("application/x-www-form-urlencoded", form) for form in (
        "n%61me={}", "id=1&name=x&name={}", "&&name={}", "name=={}", "id&name={}&",
    )),
    *(("application/x-ndjson", form) for form in (
        '\ufeff{{"name": "{}"}}\n', '\n\n{{"n\\u0061me": "{}"}}\n',
        '{{"name": ["{}"]}}\r\n', '{{"name": {{"a": "{}"}}}}',
    )),
    *(("application/json", form) for form in (
        '\ufeff{{"name": "{}"}}', '  {{"n\\u0061me": "{}"}}  ', '{{"name": [["{}"]]}}', '{{"name": {{"a": "{}"}}}}',
    )),
]  # fmt: skip
PLACES = {"text/csv": "#/People", "text/event-stream": "#/Events"}


@pytest.mark.parametrize(("media_type", "form"), ODD)
def test_what_is_read_of_an_odd_body_is_redacted(media_type: str, form: str) -> None:
    redactor = Redactor(mode=RedactionMode.FULL, secrets={}, key=b"run")
    event = {"type": "object", "properties": {"data": PERSON["properties"]["name"]}}  # type: ignore[index]
    body = form.format(NAME).encode()
    value = parse_body(make_response(body, media_type=media_type), depth=50).value

    row = record(
        make_exchange(body, media_type=media_type),
        redactor=redactor,
        document={**DOCUMENT, "Events": {"type": "array", "items": event}},
        response_pointer=PLACES.get(media_type, "#/Person"),
    )

    assert row.response is not None
    assert NAME not in (row.response.body or "")
    assert NAME not in json.dumps(redactor.value(value), ensure_ascii=False)
