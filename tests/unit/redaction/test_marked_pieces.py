"""What a schema marks is redacted in bodies of every kind that is read as data, and remembered for the rows."""

import base64
import json
from typing import Any

import pytest

from contracts_runner.model.environment import RedactionMode
from contracts_runner.model.exchange import Exchange, Request
from contracts_runner.model.spec import Effect
from contracts_runner.redaction.redactor import Redactor
from helpers.answers import make_response

# A name that nothing but the schema tells.
NAME = "Qwkjz"
WORD = {"type": "string", "x-pii": "name"}
PERSON = {"type": "object", "properties": {"q": WORD, "n": {"type": "string"}}}
EVENT = {"type": "object", "properties": {"data": WORD}}
PARTS = {"type": "array", "items": WORD}


def many(schema: Any) -> Any:
    return {"type": "array", "items": schema}


def part(head: str, body: str) -> str:
    return f"--x\r\n{head}\r\n\r\n{body}\r\n--x\r\n\r\nother\r\n--x--"


BODIES = [
    ("application/x-ndjson", many(PERSON), f'{{"q": "{NAME}"}}\n{{"q": "b"}}\n'),
    ("application/x-ndjson", PERSON, f'{{"q": "{NAME}"}}\r\n{{"q": "b"}}'),
    ("application/x-ndjson", WORD, f'"{NAME}"\n'),
    ("application/x-ndjson", many({"type": "array", "prefixItems": [WORD]}), f'["{NAME}"]\n["b", "c"]\n'),
    ("application/json-seq", many(PERSON), f'\x1e{{"q":\n"{NAME}"}}\n\x1e{{"q": "b"}}\n'),
    ("text/csv", many(PERSON), f"n,q\n1,{NAME}\n"),
    ("text/plain", many(PERSON), f"n,q\n1,{NAME}\n"),
    ("application/octet-stream", many(PERSON), f"n;q\r\n1;{NAME}\r\n"),
    ("application/x-www-form-urlencoded", PERSON, f"n=1&q={NAME}"),
    ("text/event-stream", many(EVENT), f"event: a\ndata: {NAME}\n\n"),
    ("text/event-stream", EVENT, f"data:{NAME}\r\nid: 1\r\n\r\n"),
    ("text/event-stream", {"properties": {"data": PERSON}}, f'data: {{"q": "{NAME}"}}\n\n'),
    ("multipart/form-data; boundary=x", PERSON, part('Content-Disposition: form-data; name="q"', NAME)),
    ("multipart/form-data; boundary=x", PERSON, part("A: b\r\ncontent-disposition: form-data; name=q", NAME)),
    ("multipart/mixed; boundary=x", PARTS, part("Content-Type: text/plain", NAME)),
    ("multipart/mixed; boundary=x", many(PERSON), part("Content-Type: application/json", f'{{"q": "{NAME}"}}')),
    ("text/event-stream", {"properties": {"data": PERSON}}, f'data: {{"n": "a",\ndata: "q": "{NAME}"}}\n\n'),
    ("text/event-stream", {"properties": {"data": PERSON}}, f'id: 1\rdata: {{"q":\rdata: "{NAME}"}}\r\r'),
    *(
        ("multipart/mixed; boundary=x", many(PERSON), part(f"Content-Type: {own_type}", body))
        for own_type, body in (
            ("text/csv", f"n,q\r\n1,{NAME}"),
            ("application/yaml", f"n: 1\r\nq: {NAME}"),
            ("application/x-ndjson", f'{{"n": "a"}}\r\n{{"q": "{NAME}"}}'),
            ("application/x-www-form-urlencoded", f"n=1&q={NAME}"),
            ("application/xml", f"<p><q>{NAME}</q></p>"),
            ("text/event-stream", f'event: a\r\ndata: {{"q": "{NAME}"}}\r\n\r\n'),
            ("multipart/mixed; boundary=y", f"--y\r\nContent-Type: text/csv\r\n\r\nn,q\r\n1,{NAME}\r\n--y--"),
        )
    ),
    ("text/plain", WORD, NAME),
    ("application/xml", PERSON, f"<p><q>{NAME}</q></p>"),
]


@pytest.mark.parametrize(("media_type", "schema", "body"), BODIES)
def test_marked_values_of_a_body_are_redacted(media_type: str, schema: Any, body: str) -> None:
    redactor = Redactor(mode=RedactionMode.FULL, secrets={}, key=b"k" * 32)
    request = Request(method="GET", url="http://shop.example.com/a", operation="a", effect=Effect.READ)
    exchange = Exchange(request=request, response=make_response(body.encode(), media_type=media_type))

    recorded = redactor.record(exchange, document={"s": schema}, request_pointer="", response_pointer="#/s")

    assert recorded.response is not None
    assert NAME not in (recorded.response.body or "")
    assert redactor.text(f"the text is {NAME}, expected 5") == "the text is <name>, expected 5"
    rest = body.partition(NAME)
    assert (recorded.response.body or "").replace("<name>", "").startswith(rest[0])


# In base64 a value of five letters may be chance.
LONG = f"{NAME}{NAME}"
DOCUMENTS = {
    "JSON": f'{{"q": "{LONG}"}}',
    "JSON of more lines": f'{{\n  "n": "a",\n  "q": "{LONG}"\n}}',
    "a list": f'[{{"q": "{LONG}"}}]',
    "XML": f"<?xml version='1.0'?><p><q>{LONG}</q></p>",
    "an attribute": f"<p q='{LONG}'/>",
    "a password": f'{{"password": "{LONG}7"}}',
    "an address": f'["{LONG}@example.com"]',
}
HOLDERS = {
    "application/json": '{{"state": "{}"}}',
    "text/plain": "see {} there",
    "text/plain; charset=utf-8": "{}",
    "application/x-www-form-urlencoded": "n=1&state={}",
    "application/xml": "<state>{}</state>",
    "multipart/mixed; boundary=x": part("Content-Transfer-Encoding: base64", "{}"),
}


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode], ids=["base64", "base64 for URLs"])
@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_personal_in_a_document_in_base64_is_redacted(document: str, holder: str, encode: Any) -> None:
    redactor = Redactor(mode=RedactionMode.FULL, secrets={}, key=b"k" * 32)
    request = Request(method="GET", url="http://shop.example.com/a", operation="a", effect=Effect.READ)
    encoded = encode(DOCUMENTS[document].encode()).decode()
    response = make_response(HOLDERS[holder].format(encoded).encode(), media_type=holder)
    schemas = {"s": {"type": "object"}, "p": PERSON}

    recorded = redactor.record(
        Exchange(request=request, response=response), document=schemas, request_pointer="", response_pointer="#/s"
    )

    assert recorded.response is not None
    assert encoded not in (recorded.response.body or "")


@pytest.mark.parametrize(
    "text", ['{"page": 10, "id": "a7"}', "[1, 2, 3, 4, 5, 6]", "<page number='10'/>", "PAYMENT_METHODS"]
)
def test_a_document_in_base64_without_anything_personal_stays(text: str) -> None:
    redactor = Redactor(mode=RedactionMode.FULL, secrets={}, key=b"k" * 32)
    request = Request(method="GET", url="http://shop.example.com/a", operation="a", effect=Effect.READ)
    body = json.dumps({"next": base64.b64encode(text.encode()).decode(), "word": text})

    recorded = redactor.record(
        Exchange(request=request, response=make_response(body.encode())),
        document={"s": PERSON},
        request_pointer="",
        response_pointer="#/s",
    )

    assert recorded.response is not None
    assert recorded.response.body == body
