"""A finding on an id that the run was given has the request that gave it."""

import itertools
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.environment import PropertySettings
from contracts_runner.openapi.spec import Spec
from helpers.property_runs import make_environment, run_phase
from helpers.specs import load_document, make_answer, make_document
from library_app import Library

THING = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "minLength": 1}}}
ID = [{"name": "thingId", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}]
PART = [{"name": "partId", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}]
NOTHING = {"description": "Unknown"}
PATHS = {
    "/things": {"post": {"operationId": "addThing", "responses": {"201": make_answer(THING)}}},
    "/things/{thingId}": {
        "parameters": ID,
        "get": {"operationId": "getThing", "responses": {"200": make_answer(THING), "404": NOTHING}},
    },
    "/things/{thingId}/parts": {
        "parameters": ID,
        "post": {"operationId": "addPart", "responses": {"201": make_answer(THING), "404": NOTHING}},
    },
    "/things/{thingId}/parts/{partId}": {
        "parameters": ID + PART,
        "get": {"operationId": "getPart", "responses": {"200": make_answer(THING), "404": NOTHING}},
    },
}


class Things:
    """Gives ids that nobody can guess, and breaks where a part that it has is asked for."""

    def __init__(self) -> None:
        self.made: set[str] = set()
        self.numbers = itertools.count(1)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        names = environ["PATH_INFO"].strip("/").split("/")
        status, body = 404, {}
        if set(names[1::2]) <= self.made and environ["REQUEST_METHOD"] == "POST":
            identifier = f"made-{next(self.numbers)}-{'x' * 20}"
            self.made.add(identifier)
            status, body = 201, {"id": identifier}
        elif set(names[1::2]) <= self.made:
            status, body = (500, {}) if len(names) == 4 else (200, {"id": names[-1]})
        start_response(f"{status} X", [("Content-Type", "application/json")])
        return [json.dumps(body).encode()]


@pytest.mark.parametrize(
    "phase",
    ["coverage", pytest.param("fuzzing", marks=pytest.mark.thorough)],
)
def test_the_requests_that_gave_an_id_are_part_of_the_finding(tmp_path: Path, scratch: Path, phase: str) -> None:
    spec = load_document(tmp_path, make_document(paths=PATHS))
    environment = make_environment(properties=PropertySettings(max_examples=10))

    outcome = run_phase(spec, Things(), scratch, environment=environment, phases=(phase,))

    [row] = outcome.find("getPart", "not_a_server_error")
    found: Any = row["failure"]["steps"]  # type: ignore[index]  # a failure has steps
    assert [(each["operation"], {at["name"] for at in each["taken"]}) for each in found] == [
        ("addThing", set()),
        ("addPart", {"thingId"}),
        ("getPart", {"thingId", "partId"}),
    ]


@pytest.mark.thorough
def test_what_a_link_takes_is_recorded(library: Spec, scratch: Path) -> None:
    outcome = run_phase(library, Library("use after remove"), scratch, phases=("stateful",))

    [row] = outcome.find("getBook", "use_after_free")
    found: Any = row["failure"]["steps"]  # type: ignore[index]  # a failure has steps
    assert [(each["operation"], [at["source"].strip("/") for at in each["taken"]]) for each in found] == [
        ("addBook", []),
        ("removeBook", ["id"]),
        ("getBook", ["id"]),
    ]
