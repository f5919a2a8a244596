"""Three planted faults, found by someone who has nothing but the terminal: which promise, which two values, which
request, which line of the contract, since when, and what else has the same cause."""

import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from helpers.command import Finished, run_contracts
from helpers.servers import serve_wsgi
from helpers.shop import write_project

SCENARIOS = """
- id: "1.1"
  title: The price is a number
  steps:
    - {name: read, operation: getThing, parameters: {id: 1}, auth: key, expect: {body: {$.price: 12}}}
- id: "2.1"
  title: One thing
  steps:
    - {name: read, operation: getThing, parameters: {id: 2}}
- id: "2.2"
  title: The same thing again
  steps:
    - {name: again, operation: getThing, parameters: {id: 2}}
- id: "3.1"
  title: A thing that is there
  steps:
    - {name: read, operation: getThing, parameters: {id: 3}, expect: {status: 200, body: {$.name: cup}}}
- id: "3.2"
  title: A thing that is not there
  steps:
    - {name: read, operation: getThing, parameters: {id: 3}, expect: {status: 404}}
"""
# The third thing is busy before, too.
BEFORE = {"1": {"id": 1, "name": "cup", "price": 12}, "2": {"id": 2, "name": "cup", "price": 12}}
FAULTS = {"1": {"id": 1, "name": "cup", "price": "12"}, "2": {"name": "cup"}}


class Shop:
    """A service that answers as it is told to."""

    answers: Mapping[str, Any] = BEFORE

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = self.answers.get(environ["PATH_INFO"].rpartition("/")[2])
        start_response("200 OK" if body else "503 Busy", [("Content-Type", "application/json")])
        return [json.dumps(body or {}).encode()]


class Walk:
    """What the terminal showed: `causes` are the lines of each, by its title. `before` is when the run before began."""

    def __init__(self, done: Finished, folder: Path, *, before: str) -> None:
        self.folder, self.before = folder, before
        self.lines = done.stdout.splitlines()
        self.causes: dict[str, list[str]] = {}
        for line in self.lines:
            if found := re.match(r"(?:failed|errored)   (.*?)  \((.*)\)$", line):
                told = self.causes.setdefault(found[1], [found[2]])
            elif line.startswith("    ") and self.causes:
                told.append(line.strip())

    def read_line(self, place: str) -> str:
        """The line of the contract that a `file:line` of the terminal names."""
        file, _, number = place.rpartition(":")
        return (self.folder / file).read_text(encoding="utf-8").splitlines()[int(number) - 1]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterable[Walk]:
    folder = tmp_path_factory.mktemp("walk")
    shop = Shop()
    with serve_wsgi(shop) as base_url:
        write_project(folder, SCENARIOS, base_url=base_url)
        before = run_contracts("run", "--output", "before", "--format", "json", cwd=folder)
        shop.answers = FAULTS
        done = run_contracts("run", "--output", "out", cwd=folder)
        assert done.code == 1, done.stderr
        yield Walk(done, folder, before=before.results["run"]["started_at"][:19].replace("T", " "))


def test_there_are_three_things_each_since_its_day_and_a_verdict_under_all(walk: Walk) -> None:
    assert {told[0] for told in walk.causes.values()} == {
        "1 scenario: 1.1; new",
        "2 scenarios: 2.1, 2.2; new",
        f"2 scenarios: 3.1, 3.2; broken since {walk.before} UTC, 2 runs with this one",
    }
    assert re.fullmatch(r"failed: 5 failed of 5 scenarios; 3 causes; [\d.]+ s; out/report\.html", walk.lines[-1])
    assert (walk.folder / "out" / "report.html").is_file()


def test_a_text_where_a_number_was_promised(walk: Walk) -> None:
    told = walk.causes["the property 'price' has another type"]

    promise, *_ = (line for line in told if line.startswith("1.1 The price is a number, read: body at $.price"))
    assert told[told.index(promise) + 1 : told.index(promise) + 3] == ["expected 12", 'actual   "12"']
    assert "$.price: 12" in walk.read_line(told[told.index(promise) + 3])


def test_a_property_that_is_missing_everywhere(walk: Walk) -> None:
    told = walk.causes["the property 'id' is missing"]

    assert told[1] == "at getThing $ (spec.yaml:54)"
    assert told[2].startswith("2.1 One thing, read: body_schema at $: is missing the required property 'id'")
    document, contract = next(line for line in told if line.startswith("spec.yaml:")).split(" in the scenario at ")
    assert walk.read_line(document)
    assert '"2.1"' in walk.read_line(contract)


def test_a_service_that_is_busy_whatever_was_expected_of_it(walk: Walk) -> None:
    told = walk.causes["the service answers 503"]

    assert told[2:6] == [
        "3.1 A thing that is there, read: status: status 503, expected 200",
        "expected 200",
        "actual   503",
        "and 1 more of this answer: status_declared",
    ]
    assert "status: 200" in walk.read_line(told[6])


def test_each_request_can_be_pasted_into_a_shell(walk: Walk) -> None:
    for title, told in walk.causes.items():
        [command] = [line for line in told if line.startswith("curl ")]
        written = "-w '\\n%{http_code}' --noproxy '*' --silent"
        script = command.replace("curl ", f"curl {written} ", 1)
        answer = subprocess.run(
            ["/bin/sh", "-c", script], env={"key": "very-secret-key-1", "PATH": "/usr/bin:/bin"}, capture_output=True
        )
        assert answer.stdout.decode().splitlines()[-1] == ("503" if "503" in title else "200"), answer
        assert "very-secret-key-1" not in command
        assert shlex.split(command)[-1].startswith("http://127.0.0.1:")


def test_the_credential_of_a_request_is_a_variable(walk: Walk) -> None:
    [command] = [line for line in walk.causes["the property 'price' has another type"] if line.startswith("curl ")]

    assert '"$key"' in command
