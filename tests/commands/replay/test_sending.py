"""What `contracts replay` sends: the recorded request with the credential of the environment, past the write guard."""

import dataclasses
import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.engine.security_schemes import INVALID_CREDENTIAL
from helpers import shop
from helpers.command import Finished, run_contracts
from helpers.servers import serve_wsgi

SECRET = "very-secret-key-1"
SPEC = """
openapi: 3.1.0
info: {{title: Things, version: "1"}}
security: [{{key: []}}]
paths:
  /things:
    get:
      operationId: listThings
      parameters: [{{name: color, in: query, schema: {{type: string}}}}]
      responses: {{"200": {{description: all things}}}}
    post:
      operationId: addThing
      responses: {{"201": {{description: added}}}}
components:
  securitySchemes:
    key: {scheme}
"""
LIST = "[{id: T.1, title: List, steps: [{operation: listThings}]}]"
COOKIE = "{type: apiKey, in: cookie, name: sid}"


@dataclass
class Service:
    """Answers every request with one status and keeps method, query, cookies and X-Key of each."""

    status: str = "500 Broken"
    seen: list[tuple[str, str, str, str]] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        names = ("REQUEST_METHOD", "QUERY_STRING", "HTTP_COOKIE", "HTTP_X_KEY")
        method, query, cookies, key = (environ.get(name, "") for name in names)
        self.seen.append((method, query, cookies, key))
        start_response(self.status, [("Content-Type", "text/plain")])
        return [b"text"]


def write_project(folder: Path, base_url: str, *, scheme: str = COOKIE, writes: str = "allow") -> Path:
    more = "properties: {phases: [coverage]}"
    shop.write_project(folder, LIST, base_url=base_url, writes=writes, more_settings=more)
    (folder / "spec.yaml").write_text(SPEC.format(scheme=scheme), encoding="utf-8")
    return folder


def run_properties(folder: Path, *, scheme: str = COOKIE, status: str = "500 Broken") -> Finished:
    """Run the property phase on a service that has failures."""
    with serve_wsgi(Service(status)) as base_url:
        project = write_project(folder, base_url, scheme=scheme)
        done = run_contracts("run", "--phase", "properties", "--output", "out", cwd=project)
    assert done.code == 1, done.stderr
    return done


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return run_properties(tmp_path_factory.mktemp("found"))


def record_method(run: Finished, operation: str, method: str) -> None:
    """Make the run say that the request was sent with this method."""
    path = run.folder / find_failure(run, operation)["failure"]["artifacts"][0]
    artifact = json.loads(path.read_text(encoding="utf-8"))
    artifact["request"]["method"] = method
    path.write_text(json.dumps(artifact), encoding="utf-8")


def copy_run(run: Finished, folder: Path) -> Finished:
    shutil.copytree(run.folder, folder)
    return dataclasses.replace(run, folder=folder)


def find_failure(run: Finished, operation: str) -> dict[str, Any]:
    rows = [row for row in run.results["properties"] if row["check"] == "not_a_server_error"]
    failure: dict[str, Any] = next(row for row in rows if row["operation"] == operation)
    return failure


def replay(
    run: Finished, identifier: str, folder: Path, *, status: str = "500 Broken", **project: str
) -> tuple[Finished, Service]:
    service = Service(status)
    with serve_wsgi(service) as base_url:
        write_project(folder, base_url, **project)
        done = run_contracts("replay", str(run.folder), identifier, cwd=folder)
    return done, service


@pytest.mark.parametrize(
    ("scheme", "seen"),
    [
        (COOKIE, ("GET", "color=", f"sid={SECRET}", "")),
        ("{type: apiKey, in: query, name: api_key}", ("GET", f"color=&api_key={SECRET}", "", "")),
        ("{type: apiKey, in: header, name: X-Key}", ("GET", "color=", "", SECRET)),
    ],
)
def test_the_credential_of_the_environment_is_sent_once_where_its_scheme_says(
    tmp_path: Path, scheme: str, seen: tuple[str, ...]
) -> None:
    run = run_properties(tmp_path / "found", scheme=scheme)

    done, service = replay(run, find_failure(run, "listThings")["id"], tmp_path / "replayed", scheme=scheme)

    assert (done.code, "placeholders" in done.stderr) == (1, False), done.stderr
    assert service.seen == [seen]


@pytest.mark.parametrize(
    ("scheme", "invalid"),
    [
        (COOKIE, ("GET", "color=", f"sid={INVALID_CREDENTIAL}", "")),
        ("{type: apiKey, in: query, name: api_key}", ("GET", f"color=&api_key={INVALID_CREDENTIAL}", "", "")),
        ("{type: apiKey, in: header, name: X-Key}", ("GET", "color=", "", INVALID_CREDENTIAL)),
    ],
)
def test_an_invalid_credential_is_sent_where_one_was_sent_and_none_where_none_was(
    tmp_path: Path, scheme: str, invalid: tuple[str, ...]
) -> None:
    run = run_properties(tmp_path / "found", scheme=scheme, status="200 OK")
    rows = [row for row in run.results["properties"] if row["check"] == "ignored_auth"]
    failures = {row["failure"]["message"]: row["id"] for row in rows if row["operation"] == "listThings"}

    seen = {}
    for message, identifier in failures.items():
        done, service = replay(run, identifier, tmp_path / "replayed", scheme=scheme, status="200 OK")
        assert done.code == 1, done.stderr
        (seen[message],) = service.seen

    sentence = "the service answered a request {} credential with a success"
    assert seen == {
        sentence.format("with an invalid"): invalid,
        sentence.format("without a"): ("GET", "color=", "", ""),
    }


@pytest.mark.parametrize(
    ("operation", "recorded", "code", "methods"),
    [
        ("listThings", "GET", 1, ["GET"]),
        ("listThings", "POST", 3, []),
        ("listThings", "DELETE", 3, []),
        ("addThing", "POST", 3, []),
        ("addThing", "GET", 1, ["GET"]),
    ],
)
def test_the_write_guard_judges_the_recorded_method(
    found: Finished, tmp_path: Path, operation: str, recorded: str, code: int, methods: list[str]
) -> None:
    run = copy_run(found, tmp_path / "run")
    record_method(run, operation, recorded)

    done, service = replay(run, find_failure(run, operation)["id"], tmp_path / "replayed", writes="block")

    assert (done.code, [method for method, *_ in service.seen]) == (code, methods), done.stderr
    assert done.stdout.startswith(f"{recorded} {operation}: {'500' if methods else 'not sent: '}")
