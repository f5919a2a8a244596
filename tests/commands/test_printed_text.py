"""What every command prints after a run against a hostile service: nothing raw of a person, nothing that steers."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helpers.command import Finished, run_contracts
from helpers.printed_text import (
    ACTING,
    KEY,
    PERSON,
    answer_person,
    check_printed,
    find_controls,
    find_raw,
    refuse_query,
    write_project,
)
from helpers.servers import serve_raw
from helpers.varied import vary


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


@pytest.fixture(scope="module", params=vary(["full", "hash", "partial"], everywhere="full"))
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp(request.param) / "project"
    with serve_raw(answer_person) as server, serve_raw(refuse_query) as warehouse:
        write_project(folder, server.base_url, request.param, f"http://reader:open-up@{warehouse.base_url[7:]}")
        yield Place(folder, run_contracts("run", cwd=folder))


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
