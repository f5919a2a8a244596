"""What every command prints after a run against a hostile service: nothing raw of a person, nothing that steers."""

import base64
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from helpers.command import Finished, run_contracts
from helpers.servers import answer, serve_raw

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
    properties: {phases: [coverage], max_examples: 2}
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


@dataclass(frozen=True)
class Place:
    """A project beside its servers, and the run that it had."""

    folder: Path
    first: Finished

    @property
    def run(self) -> str:
        """The folder of the run, as one names it in the project's folder."""
        [folder] = [path for path in (self.folder / "runs").iterdir() if path.is_dir()]
        return f"runs/{folder.name}"

    @property
    def findings(self) -> list[str]:
        """The ids of the property failures."""
        results = json.loads((self.folder / self.run / "results.json").read_text(encoding="utf-8"))
        return [row["id"] for row in results["properties"] if row["failure"]]

    def call(self, *arguments: str) -> Finished:
        return run_contracts(*arguments, cwd=self.folder)


@pytest.fixture(scope="module", params=["full", "hash", "partial"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp(request.param) / "project"
    with serve_raw(answer_person) as server, serve_raw(refuse_query) as warehouse:
        write_project(folder, server.base_url, request.param, f"http://reader:open-up@{warehouse.base_url[7:]}")
        yield Place(folder, run_contracts("run", cwd=folder))


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


def test_the_run_quotes_what_it_was_told(place: Place) -> None:
    check_printed(place.first)

    assert place.first.code == 1, place.first.stderr
    assert "leak:" not in place.first.stderr
    # Or nothing is proved: the texts are there, but for what is personal and what acts.
    assert "planted()" in place.first.stdout
    assert r"\x1b[2J" in place.first.stdout


COMMANDS = {
    "report": ["report", "RUN"],
    "audit": ["audit", "RUN"],
    "doctor": ["doctor"],
    "verify": ["verify", "--output", "verified"],
    "run as JSON": ["run", "--phase", "scenarios", "--format", "json", "--output", "as-json"],
    "show": ["show", "P.1"],
}
# What prints the same whatever the mode of the run is.
COMMANDS_ONCE = {
    "show what breaks": ["show", "P.4"],
    "show a warehouse check": ["show", "W.2"],
    "show an ID that is none": ["show", ACTING],
    "replay an ID that is none": ["replay", "RUN", ACTING],
    "doctor for GitHub": ["doctor", "--format", "github"],
    "doctor as JSON": ["doctor", "--format", "json"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_prints_nothing_raw_and_nothing_that_acts(place: Place, name: str) -> None:
    done = place.call(*(place.run if word == "RUN" else word for word in COMMANDS[name]))

    check_printed(done)
    assert "leak:" not in done.stderr
    assert done.code in (0, 1, 3)


@pytest.mark.parametrize("place", ["full"], indirect=True)
@pytest.mark.parametrize("name", COMMANDS_ONCE)
def test_so_does_a_command_that_no_mode_changes(place: Place, name: str) -> None:
    check_printed(place.call(*(place.run if word == "RUN" else word for word in COMMANDS_ONCE[name])))


@pytest.mark.parametrize("operation", ["breakHead", "breakStatus", "listPeople", "refuse"])
def test_a_replay_prints_nothing_raw_and_nothing_that_acts(place: Place, operation: str) -> None:
    finding = next(finding for finding in place.findings if finding.startswith(f"{operation}:"))

    done = place.call("replay", place.run, finding)

    check_printed(done)
    assert (done.code, done.stdout.count("fails again")) == (1, 1), done.stdout + done.stderr


@pytest.mark.parametrize("place", ["full"], indirect=True)
def test_a_scenario_made_of_a_finding_holds_nothing_raw(place: Place) -> None:
    finding = next(finding for finding in place.findings if finding.startswith("breakHead:"))

    check_printed(place.call("new", finding, "--from", place.run))


@pytest.mark.parametrize("place", ["full"], indirect=True)
@pytest.mark.parametrize("form", ["text", "github", "json"])
def test_an_audit_of_a_forged_run_prints_nothing_that_acts(place: Place, tmp_path: Path, form: str) -> None:
    forged = tmp_path / "forged"
    shutil.copytree(place.folder / place.run, forged)
    results = json.loads((forged / "results.json").read_text(encoding="utf-8"))
    results["scenarios"][0].update(title=ACTING, reason=ACTING, outcome=ACTING)
    results["run"][ACTING] = ACTING
    (forged / "results.json").write_text(json.dumps(results, ensure_ascii=False), encoding="utf-8")
    (forged / "artifacts" / "planted\u202e\x9b31m.json").write_text(ACTING, encoding="utf-8")
    for name in ("report.md", "matrix.csv"):
        text = (forged / name).read_text(encoding="utf-8")
        (forged / name).write_text(text.replace("Call refuse", f"Call {ACTING}"), encoding="utf-8")

    done = place.call("audit", str(forged), "--format", form)

    assert done.code == 1
    assert "planted" in done.stdout
    check_printed(done)


def write_odd_project(folder: Path, *, is_broken: bool) -> None:
    """Write a project whose documents, made by others, say what acts, and whose environment holds what is personal."""
    code = {"pattern": f"(^{ACTING}"} if is_broken else {"type": "integer"}
    members = {"kind": {"enum": ["a", ACTING]}, "code": code, ACTING: {"type": "integer"}}
    schema = {"type": "object", "properties": members}
    responses = {"200": {"description": ACTING}}
    add = {
        "operationId": "add",
        "summary": ACTING,
        "parameters": [{"name": name, "in": "query", "schema": {"enum": ["a", ACTING]}} for name in ("kind", "to")],
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": responses,
    }
    paths = {"/a": {"post": add}, "/b": {"get": {"operationId": f"b{ACTING}", "responses": responses}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": ACTING, "version": "1"},
        "security": [{"key": []}],
        "paths": paths,
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }
    variables = {"email": PERSON["email"], "unused": PERSON["phone"], "secret": "$PLANTED", "name": PERSON["name"]}
    environment = {
        "base_url": "http://127.0.0.1:9",
        "credentials": {"key": "$PLANTED", "kye": KEY},
        "variables": variables,
        "writes": "allow",
    }
    settings = {
        "version": 1,
        "specs": {"odd": "spec.json"},
        "contracts": "contracts",
        "default_environment": "here",
        "environments": {"here": environment},
    }
    steps: list[dict[str, Any]] = [
        {"name": f"add{ACTING}", "operation": "add", "parameters": {"kind": "${secret}", "to": "${email}"}},
        {"name": "b", "operation": f"b{ACTING}", "parameters": {"nothing": "${email}"} if is_broken else {}},
    ]
    steps[0]["body"] = {"kind": "${email}", "code": "${secret}", ACTING: "${name}"}
    scenario = {"id": "1", "title": ACTING, "steps": steps, "tags": ["t"], "source": {"document": ACTING}}
    contract = {"contract": "odd", "title": ACTING, "spec": "odd", "scenarios": [scenario]}
    (folder / "contracts").mkdir(parents=True)
    for name, content in {"spec.json": document, "contracts.yaml": settings, "contracts/odd.yaml": contract}.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize("is_broken", [False, True])
@pytest.mark.parametrize(
    "command",
    [
        "check",
        "check --format json",
        "check --format github",
        "list",
        "list --sources",
        "list --format json",
        "list --format markdown",
        "list --format github",
        "show 1",
        "run --dry-run",
        "doctor",
    ],
)
def test_a_project_of_documents_that_others_wrote_prints_nothing_raw_either(
    tmp_path: Path, command: str, is_broken: bool
) -> None:
    write_odd_project(tmp_path / "p", is_broken=is_broken)

    check_printed(run_contracts(*command.split(), cwd=tmp_path / "p", PLANTED=KEY))


def run_on_terminal(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run a command on a pseudo-terminal of 100 columns; returns its exit code and all that the terminal got."""
    pty = pytest.importorskip("pty", reason="no pseudo-terminals on this platform")
    leader, follower = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "CI")}
    process = subprocess.Popen(
        [sys.executable, "-m", "contracts_runner", *arguments],
        cwd=folder,
        env={**kept, "PYTHONUTF8": "1", "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"},
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    got = b""
    # On Linux the end of a pseudo-terminal is an error.
    with contextlib.suppress(OSError):
        while piece := os.read(leader, 65536):
            got += piece
    os.close(leader)
    return process.wait(timeout=60), got.decode("utf-8").replace("\r\n", "\n")


# What rich itself sends: colours, movements and erasing of its moving line, hiding and showing the cursor.
RICH = re.compile(r"\x1b\[(?:[0-9;]*m|[0-9]*[AK]|2K|\?25[lh])|\r")
SHOWN = {
    "run": ["run", "--output", "on-terminal"],
    "report": ["report", "RUN"],
    "audit": ["audit", "RUN"],
    "doctor": ["doctor"],
    "show": ["show", "P.4"],
    "replay": ["replay", "RUN", "FINDING"],
}


@pytest.mark.parametrize("place", ["full"], indirect=True)
@pytest.mark.parametrize("name", SHOWN)
def test_a_terminal_gets_only_what_rich_sends(place: Place, name: str) -> None:
    finding = next(finding for finding in place.findings if finding.startswith("breakStatus:"))
    words = {"RUN": place.run, "FINDING": finding}

    code, got = run_on_terminal(place.folder, *(words.get(word, word) for word in SHOWN[name]))

    shown = RICH.sub("", got)
    assert find_controls(shown) == set(), ascii(got)
    assert find_raw(shown) == [], ascii(got)
    assert code in (0, 1, 3)
    # Rich must have seen a terminal, or its way of writing to one is not tested.
    assert name not in ("run", "report", "audit") or "\x1b[" in got
