"""One run against a service with every hostile behaviour: right outcomes, in bounds, and nothing planted acts."""

import csv
import json
import re
import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from helpers.hostile import BEHAVIOURS, PASSED, act_hostile
from helpers.servers import RawServer, serve_raw
from helpers.whole_ledger import read_ledger

EXCHANGE_SECONDS = 6
MOST_MEMORY_KIB = 300 * 1024
SPEC = """
openapi: 3.1.0
info: {title: Hostile, version: "1"}
paths:
  /{name}:
    get:
      operationId: call
      parameters: [{name: name, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: a text
          content:
            application/json: {schema: {type: object, required: [text], properties: {text: {type: string}}}}
        "204": {description: nothing}
        "304": {description: nothing new}
"""
SETTINGS = """
version: 1
specs: {hostile: spec.yaml}
contracts: contracts
default_environment: hostile
environments:
  hostile:
    base_url: BASE_URL
    jobs: 4
    limits: {connect: 2s, first_byte: 2s, exchange: 6s}
"""
# Measures the largest resident set of a command and of all that it starts, from a process that is small itself: what
# a child had before it became another program counts too.
MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, code, file=sys.stderr)
"""


@dataclass(frozen=True)
class HostileRun:
    folder: Path
    stdout: str
    stderr: str
    code: int
    peak_kib: int
    server: RawServer

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def results(self) -> Any:
        return json.loads((self.out / "results.json").read_text(encoding="utf-8"))

    def find_scenario(self, name: str) -> Any:
        return next(row for row in self.results["scenarios"] if row["id"] == f"H.{name}")


def write_hostile_project(folder: Path, base_url: str) -> None:
    (folder / "contracts").mkdir()
    (folder / "spec.yaml").write_text(SPEC, encoding="utf-8")
    (folder / "contracts.yaml").write_text(SETTINGS.replace("BASE_URL", base_url), encoding="utf-8")
    scenarios = [
        {
            "id": f"{kind}.{name}",
            "title": f"{kind} {name}",
            "steps": [
                {
                    "name": "call",
                    "operation": "call",
                    "parameters": {"name": name if kind == "H" else "good"},
                    "expect": {"status": 200, "body": {"$.text": "good"}},
                }
            ],
        }
        for name in BEHAVIOURS
        for kind in ("H", "G")
    ]
    contract = {
        "contract": "hostile",
        "title": "Hostile",
        "spec": "hostile",
        "source": {"document": "x.md"},
        "scenarios": scenarios,
    }
    (folder / "contracts" / "hostile.yaml").write_text(json.dumps(contract), encoding="utf-8")


@pytest.fixture(scope="module")
def hostile_run(tmp_path_factory: pytest.TempPathFactory) -> HostileRun:
    folder = tmp_path_factory.mktemp("hostile") / "project"
    folder.mkdir()
    with serve_raw(act_hostile) as server:
        write_hostile_project(folder, server.base_url)
        command = [sys.executable, "-m", "contracts_runner", "run", "--output", "out"]
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, *command],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            timeout=240,
            check=False,
        )
    stderr, _, measured = done.stderr.rpartition("peak ")
    peak, code = measured.split()
    return HostileRun(folder, done.stdout, stderr, int(code), int(peak), server)


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_hostile_answer_has_its_outcome_and_says_what_happened(hostile_run: HostileRun, name: str) -> None:
    scenario = hostile_run.find_scenario(name)
    messages = [check["message"] for check in scenario["steps"][0]["checks"]]

    assert (scenario["outcome"], messages) == (BEHAVIOURS[name].outcome, messages)
    assert any(re.search(BEHAVIOURS[name].says, message, re.DOTALL) for message in messages), messages


def test_the_run_goes_on_and_no_later_request_reads_what_was_planted(hostile_run: HostileRun) -> None:
    good = {row["id"]: row["outcome"] for row in hostile_run.results["scenarios"] if row["id"].startswith("G.")}

    assert len(good) == len(BEHAVIOURS) >= 40
    assert {name for name, outcome in good.items() if outcome != PASSED} == set()
    assert (hostile_run.code, hostile_run.results["run"]["complete"]) == (1, True)
    assert "leak:" not in hostile_run.stderr


def test_the_run_ends_within_the_sum_of_its_limits(hostile_run: HostileRun) -> None:
    run = hostile_run.results["run"]
    took = datetime.fromisoformat(run["finished_at"]) - datetime.fromisoformat(run["started_at"])

    assert took.total_seconds() < EXCHANGE_SECONDS * len(BEHAVIOURS) * 2


def test_a_gigabyte_of_zeros_and_all_others_need_little_memory(hostile_run: HostileRun) -> None:
    assert hostile_run.peak_kib < MOST_MEMORY_KIB


def test_nothing_is_sent_but_what_the_contract_says(hostile_run: HostileRun) -> None:
    attempts = {row["id"]: row["steps"][0]["attempts"] for row in hostile_run.results["scenarios"]}
    repeated = {name for name, number in attempts.items() if number != 1}
    # Once more if their connection had served another scenario; which one a scenario gets is chance.
    assert repeated <= {"H.close-at-once", "H.reset-at-once"}
    assert len(attempts) == 2 * len(BEHAVIOURS)
    sent = len(hostile_run.server.requests)
    assert sent == len(attempts) + len(repeated) == hostile_run.results["totals"]["requests_sent"]
    assert [request for request in hostile_run.server.requests if b"\r\ncookie:" in request.lower()] == []
    assert "planted-cookie" not in "".join(path.read_text("utf-8") for path in list_texts(hostile_run.out))


def list_texts(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def find_controls(text: str) -> set[str]:
    """Return the characters that steer a terminal or change the order of what is read; line ends and tabs are none."""
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c not in "\n\t"}


def test_no_file_and_no_output_holds_a_character_that_steers(hostile_run: HostileRun) -> None:
    found = {path.name: find_controls(path.read_text("utf-8")) for path in list_texts(hostile_run.out)}
    found = {name: controls - {"\r"} if name.endswith(".csv") else controls for name, controls in found.items()}

    assert {name: controls for name, controls in found.items() if controls} == {}
    assert find_controls(hostile_run.stdout + hostile_run.stderr) == set()


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.active: list[str] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("img", "iframe", "object", "embed", "form", "base", "testcase"):
            self.active.append(tag)
        for name, value in attrs:
            if name.startswith("on") or "javascript:" in (value or ""):
                self.active.append(f"{tag} {name}")
            if name in ("src", "href") and not (value or "").startswith(("#", "./")):
                self.active.append(f"{tag} {name}={value}")
        # A block of data runs nothing.
        if tag == "script" and ("type", "application/json") not in attrs:
            self.scripts.append(tag)


def test_the_page_runs_nothing_of_a_response(hostile_run: HostileRun) -> None:
    page = _Page()
    page.feed((hostile_run.out / "report.html").read_text("utf-8"))

    assert page.active == []
    assert len(page.scripts) <= 1


def test_junit_has_one_testcase_for_each_scenario(hostile_run: HostileRun) -> None:
    suites = {suite.get("name"): suite for suite in ElementTree.parse(hostile_run.out / "junit.xml").getroot()}

    assert len(list(suites["scenarios"].iter("testcase"))) == 2 * len(BEHAVIOURS)


def test_no_cell_is_a_formula(hostile_run: HostileRun) -> None:
    with (hostile_run.out / "matrix.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]

    assert [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))] == []
    assert len(cells) > len(BEHAVIOURS)


def test_markdown_has_no_active_text_of_a_response(hostile_run: HostileRun) -> None:
    text = (hostile_run.out / "report.md").read_text("utf-8")

    assert re.findall(r"<(?:script|img)|(?<!\\)\[x\]\(|(?<!\\)!\[|^# planted|^\| planted", text, re.MULTILINE) == []


def test_the_ledger_is_whole(hostile_run: HostileRun) -> None:
    reading = read_ledger(hostile_run.out / "ledger.jsonl")

    assert (reading.problem, reading.lines[-1].type) == ("", "run_finished")


def test_nothing_is_written_outside_the_folder_of_the_run(hostile_run: HostileRun) -> None:
    beside = {path.name for path in hostile_run.folder.iterdir()}

    assert beside == {"contracts", "contracts.yaml", "spec.yaml", "out", "out.zip"}
    assert {path.name for path in hostile_run.folder.parent.iterdir()} == {hostile_run.folder.name}
