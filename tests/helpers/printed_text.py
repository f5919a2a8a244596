"""A hostile service, a project for it, and what of the service's answers must never be printed."""

import base64
import json
import re
import socket
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from helpers.command import Finished
from helpers.servers import answer

KEY = "very-secret-key-of-the-test"
COOKIE = "cookie-of-a-person-77341"
PERSON = {
    "name": "Аграфена Пересветова",
    "email": "agrafena.peresvetova@example.org",
    "phone": "+7 916 731-55-08",
    "card": "4539 1488 0343 6467",
}
# What would act on a terminal (also in one byte, C1), and in the reports' own languages.
ACTING = (
    "\x1b[2J\x1b]8;;http://planted.example/\x07planted-link\x1b]8;;\x07\x07\x08"
    "\x9b31m\x9d0;planted-title\x9c\u202eplanted\u2066\u200b"
    "<script>planted()</script>[x](javascript:planted())[bold red]planted[/]"
)
SAID = f"{ACTING} {PERSON['name']} <{PERSON['email']}> {PERSON['phone']} {PERSON['card']}"
SPEC = """
openapi: 3.1.0
info: {title: People, version: "1"}
x-error-code: /code
security: [{key: []}]
paths:
  /people:
    get:
      operationId: listPeople
      parameters: [{name: email, in: query, x-pii: email, schema: {type: string, x-pii: email}}]
      responses:
        "200":
          description: ok
          headers:
            X-Count: {schema: {type: integer}}
            X-Kind: {schema: {enum: [person]}}
          content: {application/json: {schema: {$ref: "#/components/schemas/People"}}}
  /refused:
    get: {operationId: refuse, responses: {"200": {description: ok, content: {application/json: {schema: {}}}}}}
  /page:
    get: {operationId: showPage, responses: {"200": {description: ok, content: {application/json: {schema: {}}}}}}
  /head:
    get: {operationId: breakHead, responses: {"200": {description: ok, content: {application/json: {schema: {}}}}}}
  /status:
    get: {operationId: breakStatus, responses: {"200": {description: ok, content: {application/json: {schema: {}}}}}}
components:
  securitySchemes: {key: {type: http, scheme: bearer}}
  schemas:
    People:
      type: object
      required: [data, missing]
      properties:
        note: {type: string, maxLength: 9}
        data: {type: array, items: {$ref: "#/components/schemas/Person"}}
    Person:
      type: object
      properties:
        name: {type: string, x-pii: name}
        email: {type: string, format: email}
        phone: {type: string, x-pii: phone}
        card: {type: string, x-pii: card}
        note: {type: integer}
"""
SETTINGS = """
version: 1
specs: {people: spec.yaml}
contracts: contracts
default_environment: here
environments:
  here:
    base_url: BASE_URL
    credentials: {key: KEY}
    variables: {email: "EMAIL"}
    jobs: 1
    writes: allow
    redaction: MODE
    limits: {connect: 2s, first_byte: 2s, exchange: 3s}
    properties: {phases: [coverage]}
    warehouse: {dsn: "WAREHOUSE", database: people}
"""
WAREHOUSE = """
warehouse: people
tables:
  people:
    checks:
      - {id: W.1, exists: true}
      - {id: W.2, reconcile: {operation: listPeople, rows: "$.data[*]", key: $.email, column: email}}
"""


def answer_person(connection: socket.socket, request: bytes) -> None:
    """Answer with the person and with what acts, in every place that a response has."""
    path = request.split(b" ")[1].split(b"?")[0].decode()
    headers = [
        f"Set-Cookie: session={COOKIE}; Path=/",
        f"X-Count: {SAID}".encode().decode("latin-1"),
        f"X-Kind: {SAID}".encode().decode("latin-1"),
        f"X-Note: {ACTING.encode('latin-1', 'ignore').decode('latin-1')}",
    ]
    reason = f"Told {ACTING} {PERSON['email']}".encode("latin-1", "ignore").decode("latin-1")
    error = {"code": SAID, "message": SAID, PERSON["email"]: [SAID]}
    record = {**PERSON, "note": SAID}
    match path:
        case "/people":
            data: Any = {"note": SAID, "data": [record, {**record, ACTING: SAID}]}
            status, body, media_type = f"200 {reason}", data, "application/json"
        case "/refused":
            status, body, media_type = f"500 {reason}", error, "application/json"
        case "/page":
            status, body, media_type = f"200 {reason}", f"<b>{SAID}</b>", f"text/html; x={PERSON['email']}"
        case "/head":
            connection.sendall(f"HTTP/1.1 200 OK\r\n{PERSON['email']} {KEY} {SAID}\r\n\r\n".encode())
            connection.shutdown(socket.SHUT_RDWR)
            return
        case _:
            connection.sendall(f"{PERSON['email']} {SAID}\r\n\r\n".encode())
            connection.shutdown(socket.SHUT_RDWR)
            return
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    connection.sendall(_answer(status, text.encode(), headers, media_type))


def _answer(status: str, body: bytes, headers: list[str], media_type: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {media_type}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def refuse_query(connection: socket.socket, request: bytes) -> None:
    """Answer as what is in the place of a ClickHouse and is none."""
    # Without the name: it has no form, and what is asked before anything else cannot have been met.
    words = f"Code: 48. DB::Exception: {SAID.replace(PERSON['name'], '')} {KEY}".encode()
    connection.sendall(answer("500 Told", words, "X-ClickHouse-Exception-Code: 48", media_type="text/plain"))


def iter_scenarios() -> Iterator[dict[str, Any]]:
    expectations = {
        "listPeople": {"status": 200, "body": {"$.data[0].name": "nobody", "$.data[*].note": [], "$.note": "short"}},
        "refuse": {"status": 200, "error": "NOTHING", "body": {"$.message": "none"}},
        "showPage": {"status": 200, "media_type": "text/plain", "headers": {"X-Note": "none", "X-Kind": "none"}},
        "breakHead": {"status": 200},
        "breakStatus": {"status": 200},
    }
    for number, (operation, expect) in enumerate(expectations.items(), start=1):
        step: dict[str, Any] = {"name": "call", "operation": operation, "expect": expect}
        if operation == "listPeople":
            step["parameters"] = {"email": "${email}"}
            step["expect"]["relations"] = [{"unique": {"this": "$.data[*].email"}}]
        yield {"id": f"P.{number}", "title": f"Call {operation}", "steps": [step]}


def write_project(folder: Path, base_url: str, mode: str, warehouse: str) -> None:
    (folder / "contracts").mkdir(parents=True)
    (folder / "spec.yaml").write_text(SPEC, encoding="utf-8")
    words = {"BASE_URL": base_url, "KEY": KEY, "EMAIL": PERSON["email"], "MODE": mode, "WAREHOUSE": warehouse}
    settings = re.sub("|".join(words), lambda match: words[match[0]], SETTINGS)
    (folder / "contracts.yaml").write_text(settings, encoding="utf-8")
    contract = {"contract": "people", "title": "People", "spec": "people", "scenarios": list(iter_scenarios())}
    (folder / "contracts" / "people.yaml").write_text(json.dumps(contract), encoding="utf-8")
    (folder / "contracts" / "warehouse.yaml").write_text(WAREHOUSE, encoding="utf-8")


def iter_forms(value: str) -> Iterator[str]:
    """Yield the ways of writing a value that other code than ours has."""
    yield from (value, quote(value), quote(value, safe=""), quote_plus(value))
    yield from (json.dumps(value)[1:-1], json.dumps(json.dumps(value)[1:-1])[1:-1])
    for shift in range(3):
        yield base64.b64encode(b"\0" * shift + value.encode())[4:-4].decode()


def find_raw(text: str) -> list[str]:
    """Return the forms of the person, the cookie and the keys that stand in a text, in any case, at any line width."""
    values = [*PERSON.values(), " ".join(reversed(PERSON["name"].split())), COOKIE, KEY, "open-up"]
    values += [re.sub(r"\D", "", PERSON[kind])[-10:] for kind in ("phone", "card")]
    squeezed = re.sub(r"\s", "", text).lower()
    forms = {form for value in values for form in iter_forms(value)}
    return sorted(form for form in forms if re.sub(r"\s", "", form).lower() in squeezed)


def find_controls(text: str) -> set[str]:
    """Return the characters that steer a terminal or change the order of what is read; line ends and tabs are none."""
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c not in "\n\t"}


def check_printed(done: Finished) -> None:
    """Fail if anything raw or anything that acts was printed, or if the command broke."""
    printed = done.stdout + done.stderr
    assert find_raw(printed) == [], printed
    assert find_controls(printed) == set(), printed
    assert "Traceback" not in printed, printed
