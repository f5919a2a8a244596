"""Builders for the tests of evidence."""

import json
from collections.abc import Mapping
from typing import Any

from contracts_runner.model.environment import RedactionMode
from contracts_runner.model.exchange import Exchange, Request, Response, Timings
from contracts_runner.model.spec import Effect
from contracts_runner.redaction.redactor import RecordedExchange, Redactor

SECRETS = {"restToken": "sandbox-rest-token", "partnerKey": "sandbox-partner-key"}

CLIENT = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "email": {"type": "string", "format": "email"},
        "name": {"type": "string", "x-pii": "name"},
        "phone": {"type": ["string", "integer", "null"], "x-pii": "phone"},
        "card": {"type": "string", "x-pii": "card"},
        "home": {"type": "string", "x-pii": "address"},
        "link": {"type": "string", "x-pii": "url"},
        "barcode": {"type": "string", "x-pii": "token"},
        "city": {"type": "string"},
        "note": {"type": "string"},
        "friends": {"type": "array", "items": {"$ref": "#/components/schemas/Client"}},
    },
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "components": {
        "schemas": {
            "Client": CLIENT,
            "Clients": {
                "type": "object",
                "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Client"}}},
            },
        }
    },
}
# What is recognised by its form alone, as (kind, value).
PERSONAL = [
    ("email", "user@example.com"),
    ("email", "first.last+tag@mail.example.co.uk"),
    ("email", "почта@пример.рф"),
    ("email", "user@xn--e1afmkfd.xn--p1ai"),
    ("phone", "+70000000000"),
    ("phone", "+7 (900) 000-00-00"),
    ("phone", "+7(900)0000000"),
    ("phone", "+7 900 000 00 00"),
    ("phone", "+7-900-000-00-00"),
    ("phone", "8 900 000 00 00"),
    ("phone", "8 (900) 000-00-00"),
    ("phone", "8(900)0000000"),
    ("phone", "8-900-000-00-00"),
    ("phone", "89001234567"),
    ("phone", "79001234567"),
    ("phone", "8\u00a0900\u00a0000\u201300\u201300"),
    ("phone", "(900) 000-00-00"),
    ("phone", "8 900 123 4567"),
    ("phone", "8 900 12 345 67"),
    ("phone", "8900-123-45-67"),
    ("phone", "8-(900)-123-45-67"),
    ("phone", "7 900 123 45 67"),
    ("phone", "900 123-45-67"),
    ("phone", "900-123-45-67"),
    ("phone", "8 4912 12-34-56"),
    ("phone", "8-4912-123456"),
    ("phone", "+44 1632 960000"),
    ("phone", "+1 (202) 555-0100"),
    ("card", "4111111111111111"),
    ("card", "4111 1111 1111 1111"),
    ("card", "5555-5555-5555-4444"),
    ("card", "378282246310005"),
    ("card", "3782 822463 10005"),
    ("card", "2200000000000004"),
    ("card", "999999******9999"),
    ("card", "9999 **** **** 9999"),
    ("card", "999999********9999"),
    ("token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"),
    ("url", "https://service.example/ticket/pdf/aB3dE5fG7h/0123456789abcdef0123456789abcdef"),
    ("url", "/cancel-order/abcdefghij/0123456789ABCDEF0123456789abcdef"),
    ("url", r"https:\/\/service.example\/ticket\/pdf\/aB3dE5fG7h\/0123456789abcdef0123456789abcdef"),
]
CLIENT_POINTER = "/components/schemas/Client"
CLIENTS_POINTER = "/components/schemas/Clients"


def make_redactor(mode: RedactionMode = RedactionMode.FULL, *, key: bytes = b"run") -> Redactor:
    return Redactor(mode=mode, secrets=SECRETS, key=key)


def make_request(
    *,
    url: str = "https://service.example/api/clients",
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes | None = None,
) -> Request:
    return Request(method="POST", url=url, headers=headers, body=body, operation="saveClient", effect=Effect.WRITE)


def make_exchange(
    body: bytes | str | Any = b"",
    *,
    media_type: str = "application/json",
    headers: tuple[tuple[str, str], ...] = (),
    request: Request | None = None,
) -> Exchange:
    """Build an exchange; a body that is no bytes or str is written as JSON."""
    raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    response = Response(
        status_code=200,
        headers=(("Content-Type", media_type), *headers),
        body=raw,
        timings=Timings(first_byte_ms=12.3456, total_ms=20.0),
    )
    return Exchange(request=request or make_request(), response=response)


def record(
    exchange: Exchange,
    *,
    redactor: Redactor | None = None,
    document: Mapping[str, Any] | None = DOCUMENT,
    request_pointer: str = "",
    response_pointer: str = "",
    **options: Any,
) -> RecordedExchange:
    return (redactor or make_redactor()).record(
        exchange,
        document=document,
        request_pointer=request_pointer,
        response_pointer=response_pointer,
        **options,
    )


def record_body(body: Any, pointer: str = CLIENT_POINTER, *, redactor: Redactor | None = None, **options: Any) -> str:
    """Return the recorded text of a response body."""
    recorded = record(make_exchange(body, **options), redactor=redactor, response_pointer=pointer)
    assert recorded.response is not None
    return recorded.response.body


def record_json(body: Any, pointer: str = CLIENT_POINTER, *, redactor: Redactor | None = None) -> Any:
    """Return the recorded response body, parsed."""
    return json.loads(record_body(body, pointer, redactor=redactor))
