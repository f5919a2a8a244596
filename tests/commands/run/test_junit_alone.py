"""Somebody who has only junit.xml, as a CI system shows it, finds three planted faults: which promise, what was
expected and what came, to which request, on which line, since when, and with which others it is one thing."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helpers.command import run_contracts
from helpers.ledger_reader import list_runs
from helpers.servers import serve_wsgi
from helpers.shop import write_project

SCENARIOS = """
- id: "1.1"
  title: Only red things are listed
  steps:
    - name: red
      operation: listThings
      parameters: {color: red}
      expect: {body: {"$.data[*].id": [1]}}
- id: "2.1"
  title: The first thing can be read
  steps: [{name: read, operation: getThing, parameters: {id: 1}}]
- id: "2.2"
  title: The second thing can be read
  steps: [{name: read, operation: getThing, parameters: {id: 2}}]
- id: "3.1"
  title: What is not there is told
  steps:
    - {name: look, operation: getThing, parameters: {id: 9}, expect: {status: 404}}
"""


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Ignore the filter, leave a name out, and fail for what is not there."""
    things: dict[str, tuple[str, object]] = {
        "/things": ("200 OK", {"data": [{"id": 1, "name": "cup"}, {"id": 2, "name": "bowl"}]}),
        "/things/1": ("200 OK", {"id": 1}),
        "/things/2": ("200 OK", {"id": 2}),
    }
    status, body = things.get(environ["PATH_INFO"], ("500 Internal Server Error", {"code": "BROKEN"}))
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]


@dataclass(frozen=True)
class Seen:
    """What a view of tests shows of a failure."""

    name: str
    file: str
    line: int
    text: str
    attachment: str


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after its second run, of which only junit.xml is looked at."""
    folder = tmp_path_factory.mktemp("shop")
    with serve_wsgi(answer) as base_url:
        write_project(folder, SCENARIOS, base_url=base_url)
        for _ in range(2):
            assert run_contracts("run", cwd=folder).code == 1
    return folder


@pytest.fixture(scope="module")
def failures(folder: Path) -> dict[str, Seen]:
    """The failures of junit.xml, by id."""
    *_, last = list_runs(folder / "runs")
    document = ET.fromstring((last / "junit.xml").read_bytes())
    cases = [case for case in document.iter("testcase") if case.find("failure") is not None]
    return {
        str(case.get("name")).split()[0]: Seen(
            name=str(case.get("name")),
            file=str(case.get("file")),
            line=int(case.get("line", "0")),
            text=case.findtext("failure") or "",
            attachment=(case.findtext("system-out") or "").removeprefix("[[ATTACHMENT|").removesuffix("]]"),
        )
        for case in cases
    }


@pytest.mark.parametrize(
    ("identifier", "promise", "values", "asked", "line"),
    [
        ("1.1", "Only red things are listed", "expected [1], actual [1, 2]", "GET http://.*/things?color=red", "[1]"),
        ("2.1", "The first thing can be read", "required property 'name'", "GET http://.*/things/1", '"2.1"'),
        ("3.1", "What is not there is told", "expected 404, actual 500", "GET http://.*/things/9", "404"),
    ],
)
def test_a_fault_is_told_with_promise_values_request_and_line(
    folder: Path, failures: dict[str, Seen], identifier: str, promise: str, values: str, asked: str, line: str
) -> None:
    seen = failures[identifier]

    assert seen.name == f"{identifier} {promise}"
    assert values in seen.text
    assert re.search(rf"^request: {asked.replace('?', '[?]')}$", seen.text, re.MULTILINE)
    assert line in (folder / seen.file).read_text(encoding="utf-8").splitlines()[seen.line - 1]


def test_since_when_and_what_is_one_thing_is_told(failures: dict[str, Seen]) -> None:
    day = r"\d{4}-\d\d-\d\d"
    history = re.compile(rf"^earlier runs: broken since {day} \d\d:\d\d:\d\d UTC, 2 runs with this one$", re.MULTILINE)
    assert all(history.search(seen.text) for seen in failures.values())
    (first,), (second,) = (re.findall(r"^cause: .*$", failures[each].text, re.MULTILINE) for each in ("2.1", "2.2"))
    assert first == second
    assert first.endswith("(2 rows: 2.1, 2.2)")


def test_the_evidence_is_attached_from_where_the_run_was_started(folder: Path, failures: dict[str, Seen]) -> None:
    recorded = json.loads((folder / failures["3.1"].attachment).read_bytes())

    assert recorded["response"]["status"] == 500
