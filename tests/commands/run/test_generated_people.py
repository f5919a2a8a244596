"""Generated people through every writer of a run: no raw value in any file, in the archive or in what was printed.

The search shares no code with the redactor. A few hundred people by default; the full count is for the hand:
CONTRACTS_RECORDS=10000 python -m pytest -s tests/commands/run/test_generated_people.py
"""

import base64
import html
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from helpers.command import Finished, run_contracts
from helpers.people import Person, iter_people, iter_sentences
from helpers.servers import serve_wsgi

pytestmark = pytest.mark.thorough

faker: Any = pytest.importorskip("faker", reason="the test extra is not installed")
COUNT = int(os.environ.get("CONTRACTS_RECORDS", "300"))
PAGE = 50
WINDOW = 7
SPEC = """
openapi: 3.1.0
info: {title: People, version: "1"}
security: [{key: []}]
paths:
  /people:
    parameters:
      - {name: page, in: query, schema: {type: integer}}
      - {name: email, in: query, schema: {type: string, format: email}}
      - {name: phone, in: query, x-pii: phone, schema: {type: string, x-pii: phone}}
    get:
      operationId: listPeople
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/People"}}}}
    post:
      operationId: addPerson
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Person"}}}}
      responses:
        "422": {description: refused, content: {application/json: {schema: {type: object}}}}
  /dump:
    parameters: [{name: page, in: query, schema: {type: integer}}]
    get:
      operationId: dumpPeople
      responses: {"200": {description: whatever it is, content: {application/json: {schema: {}}}}}
  /page:
    parameters: [{name: page, in: query, schema: {type: integer}}]
    get: {operationId: showPage, responses: {"200": {description: ok, content: {text/html: {}}}}}
  /broken:
    parameters: [{name: page, in: query, schema: {type: integer}}]
    get:
      operationId: showBroken
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
components:
  securitySchemes: {key: {type: http, scheme: bearer}}
  schemas:
    People:
      type: object
      properties: {data: {type: array, items: {$ref: "#/components/schemas/Person"}}, error: {type: string}}
    Person:
      type: object
      properties:
        name: {type: string, x-pii: name}
        surname: {type: string, x-pii: name}
        email: {type: string, format: email}
        phone: {type: string, x-pii: phone}
        address: {type: string, x-pii: address}
        card: {type: string, x-pii: card}
        token: {type: string, x-pii: token}
        ticket: {type: string, x-pii: url}
        notes: {type: array, items: {type: string}}
"""
SETTINGS = """
version: 1
specs: {people: spec.yaml}
contracts: contracts
default_environment: here
environments:
  here:
    base_url: BASE_URL
    credentials: {key: very-secret-key-of-the-test}
    jobs: 1
    writes: allow
    redaction: MODE
"""


@dataclass
class Service:
    """Tells the people of a page in every way that a service finds."""

    people: list[Person]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        match = re.search(r"page=(\d+)", environ.get("QUERY_STRING", ""))
        page = int(match[1]) if match else 0
        people = self.people[page * PAGE : (page + 1) * PAGE]
        status, media_type, body = self._answer(environ["PATH_INFO"], environ["REQUEST_METHOD"], people)
        seen = people[0]
        headers = [
            ("Content-Type", media_type),
            ("X-Seen", f"{seen.email} {seen.phone}".encode().decode("latin-1")),
            ("Set-Cookie", f"user={seen.token}; Path=/"),
            ("X-Link", seen.ticket),
        ]
        start_response(status, headers)
        return [body]

    def _answer(self, path: str, method: str, people: list[Person]) -> tuple[str, str, bytes]:
        if method == "POST":
            text = "; ".join(sentence for person in people[:3] for sentence in iter_sentences(person))
            return "422 No", "application/json", json.dumps({"error": text}, ensure_ascii=False).encode()
        match path:
            case "/people":
                data = [{**person.record, "notes": list(iter_sentences(person))} for person in people]
                return "200 OK", "application/json", json.dumps({"data": data}).encode()
            case "/dump":
                rows = {sentence: [sentence, {"a": sentence}] for p in people for sentence in iter_sentences(p)}
                return "200 OK", "application/json; charset=utf-8", json.dumps(rows, ensure_ascii=False).encode()
            case "/broken":
                text = json.dumps([person.record for person in people])[:-40]
                return "200 OK", "application/json", text.encode()
        lines = [f"<tr><td>{html.escape(s)}</td></tr>" for p in people for s in iter_sentences(p)]
        return "200 OK", "text/html; charset=utf-8", "\n".join(lines).encode()


def iter_scenarios(people: list[Person]) -> Iterator[dict[str, Any]]:
    pages = range((len(people) + PAGE - 1) // PAGE)
    for page in pages:
        person = people[page * PAGE]
        query = {"page": page, "email": person.email, "phone": person.phone}
        steps: dict[str, dict[str, Any]] = {
            "list": {"operation": "listPeople", "parameters": query, "expect": {"body": {"$.data": "people"}}},
            "first": {"operation": "listPeople", "parameters": query, "expect": {"body": {"$.data[0].email": "x"}}},
            "note": {"operation": "listPeople", "parameters": query, "expect": {"body": {"$.data[*].notes[0]": []}}},
            "dump": {"operation": "dumpPeople", "expect": {"body": {"$": []}}},
            "page": {"operation": "showPage", "expect": {"body": {"$": []}}},
            "broken": {"operation": "showBroken"},
            "add": {
                "operation": "addPerson",
                "body": person.record,
                "expect": {"status": 422, "body": {"$.error": ""}},
            },
        }
        for name, step in steps.items():
            parameters = {"page": page, **step.get("parameters", {})}
            call = {"name": name, **step, "parameters": parameters}
            yield {"id": f"P.{page}.{name}", "title": name, "steps": [call]}


def run_people(folder: Path, people: list[Person], mode: str) -> Finished:
    with serve_wsgi(Service(people)) as base_url:
        (folder / "contracts").mkdir(parents=True)
        (folder / "spec.yaml").write_text(SPEC, encoding="utf-8")
        settings = SETTINGS.replace("BASE_URL", base_url).replace("MODE", mode)
        (folder / "contracts.yaml").write_text(settings, encoding="utf-8")
        contract = {
            "contract": "people",
            "title": "People",
            "spec": "people",
            "source": {"document": "x.md"},
            "scenarios": list(iter_scenarios(people)),
        }
        (folder / "contracts" / "people.yaml").write_text(json.dumps(contract), encoding="utf-8")
        return run_contracts("run", "--output", "out", cwd=folder, timeout=3000)


def iter_written(finished: Finished) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of every file, every member of the archive that is no copy of one, their names, and what was
    printed."""
    yield from (("stdout", finished.stdout), ("stderr", finished.stderr))
    for path in finished.folder.rglob("*"):
        yield "a name", path.name
        if path.is_file():
            yield path.name, path.read_text("utf-8")
    with zipfile.ZipFile(finished.folder.with_suffix(".zip")) as archive:
        for name in archive.namelist():
            yield "a name", name
            path, content = finished.folder / name, archive.read(name)
            if not (path.is_file() and path.read_bytes() == content):
                yield f"zip {name}", content.decode("utf-8")


def iter_forms(value: str) -> Iterator[str]:
    """Yield the ways of writing a value that other code than ours has."""
    yield from (value, html.escape(value), quote(value), quote(value, safe=""), quote_plus(value))
    yield from (json.dumps(value)[1:-1], json.dumps(json.dumps(value)[1:-1])[1:-1])
    for shift in range(3):
        yield base64.b64encode(b"\0" * shift + value.encode())[4:-4].decode()


def find_raw(people: list[Person], finished: Finished) -> list[str]:
    """Return what is found, as "file: kind of value": a plain search for every form of every value at once."""
    forms: dict[str, str] = {}
    for person in people:
        values = {
            **{kind: person.record[kind] for kind in ("email", "phone", "address", "card", "token", "ticket")},
            "full name": f"{person.name} {person.surname}",
            "turned name": f"{person.surname} {person.name}",
        }
        forms |= {
            form.lower(): kind for kind, value in values.items() for form in iter_forms(value) if len(form) >= WINDOW
        }
    numbers = {person.number for person in people}
    windows = _build_windows(forms)
    found = []
    for file, text in iter_written(finished):
        lowered = text.lower()
        found += [f"{file}: {forms[form]} {form!r}" for form in _search(windows, lowered)]
        digits = re.findall(r"\d{10,12}", re.sub(r"(?<=\d)[ ().\u00a0\u2013-]{1,3}(?=\d)", "", text))
        found += [f"{file}: number {run}" for run in digits if run[-10:] in numbers]
    return found


def _build_windows(forms: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
    """Return seven letters -> (where they stand in a form, the form): those of its windows that fewest forms have."""
    windows: dict[str, list[tuple[int, str]]] = {}
    for form in forms:
        places = range(len(form) - WINDOW + 1)
        rarest = min(places, key=lambda place: len(windows.get(form[place : place + WINDOW], ())))
        windows.setdefault(form[rarest : rarest + WINDOW], []).append((rarest, form))
    return windows


def _search(windows: dict[str, list[tuple[int, str]]], text: str) -> Iterator[str]:
    """Yield the forms that stand in a text."""
    for place in range(len(text) - WINDOW + 1):
        for offset, form in windows.get(text[place : place + WINDOW], ()):
            if place >= offset and text.startswith(form, place - offset):
                yield form


@pytest.mark.parametrize("mode", ["full", "partial", "hash"])
def test_no_raw_value_of_generated_people_is_written(tmp_path: Path, mode: str) -> None:
    people = list(iter_people(faker, COUNT, seed=11))

    finished = run_people(tmp_path, people, mode)

    found = find_raw(people, finished)
    print(f"{mode}: {len(people)} people, {len(found)} raw values found")
    assert found[:20] == []
    assert [line for line in finished.stderr.splitlines() if line.startswith("leak:")][:5] == []
    assert finished.results["totals"]["requests_sent"] == 7 * len(range(0, len(people), PAGE))


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    person = next(iter_people(faker, 1, seed=11))
    (tmp_path / "out").mkdir()
    for number, sentence in enumerate(iter_sentences(person)):
        (tmp_path / "out" / f"{number}.txt").write_text(sentence, encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        archive.writestr("a.json", json.dumps({"a": person.email}))
    finished = Finished(0, "", quote(person.email), tmp_path / "out")

    found = " ".join(find_raw([person], finished))

    for place in (
        "0.txt: number",
        "1.txt: full name",
        "2.txt: card",
        "3.txt: ticket",
        "5.txt: token",
        "zip a.json",
        "stderr",
    ):
        assert place in found
