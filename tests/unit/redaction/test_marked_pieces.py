"""What a schema marks is redacted in bodies of every kind that is read as data, and remembered for the rows."""

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
    ("application/x-www-form-urlencoded", PERSON, f"n=1&q={NAME}"),
    ("text/event-stream", many(EVENT), f"event: a\ndata: {NAME}\n\n"),
    ("text/event-stream", EVENT, f"data:{NAME}\r\nid: 1\r\n\r\n"),
    ("text/event-stream", {"properties": {"data": PERSON}}, f'data: {{"q": "{NAME}"}}\n\n'),
    ("multipart/form-data; boundary=x", PERSON, part('Content-Disposition: form-data; name="q"', NAME)),
    ("multipart/form-data; boundary=x", PERSON, part("A: b\r\ncontent-disposition: form-data; name=q", NAME)),
    ("multipart/mixed; boundary=x", PARTS, part("Content-Type: text/plain", NAME)),
    ("multipart/mixed; boundary=x", many(PERSON), part("Content-Type: application/json", f'{{"q": "{NAME}"}}')),
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
