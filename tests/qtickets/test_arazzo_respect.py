"""Scenarios that are exported as Arazzo have the verdicts under Redocly Respect that they have here, step by step.

`npm install --global @redocly/cli@2.77.0`, or a program of that name in $REDOCLY.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.maintenance.environments import read_open_environment
from contracts_runner.maintenance.exporting.arazzo_document import ArazzoWriter, render_document
from contracts_runner.model.contract import Scenario
from contracts_runner.model.environment import Environment
from contracts_runner.model.outcome import Outcome
from contracts_runner.project.project import Project, load_project
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.run.scenario_worlds import is_writing, name_world
from contracts_runner.sandbox.server import serve_sandbox
from contracts_runner.sandbox.worlds import WORLD_HEADER
from helpers.command import REPOSITORY
from helpers.recorded_run import record_run, record_scenario
from helpers.servers import serve_wsgi
from qtickets_sandbox.app import create_app

pytestmark = pytest.mark.thorough

VERSION = "2.77.0"
# What Respect finds otherwise, beside what `find_reason` knows.
OTHERWISE = {
    ("N.ticket.hold_ends", "add", False): "the time of the export is over: it is two seconds after it",
    ("V.R22", "scan", False): "it takes a member that the document does not name for a mistake",
}
# Fault of the twin -> a scenario that finds it, of those that Respect can run.
FINDERS = {
    **dict.fromkeys(("expired-token", "unavailable-503", "flaky-503", "html-404", "undeclared-status"), "3.3"),
    **dict.fromkeys(("wrong-media-type", "redirect", "wrong-type", "missing-field", "null-data"), "3.3"),
    **dict.fromkeys(("truncated-json", "huge-body", "deep-json"), "V.R14"),
    **dict.fromkeys(("double-sell", "early-barcode"), "V.P4"),
    **dict.fromkeys(("envelope-200", "no-barcode"), "6.4"),
    "naive-dates": "V.R21",
    "wrong-event": "6.15",
    "lost-write": "V.R5",
    "lost-hold": "N.seat.taken",
    "use-after-remove": "N.ticket.removed_twice",
}


@pytest.fixture(scope="module")
def redocly() -> str:
    found = os.environ.get("REDOCLY") or shutil.which("redocly")
    if found is None:
        pytest.skip(f"no Redocly: `npm install --global @redocly/cli@{VERSION}`, or name it in $REDOCLY")
    return found


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(REPOSITORY)


@pytest.fixture(scope="module")
def environment(project: Project) -> Environment:
    return resolve_environment(project.settings, "sandbox", os.environ)


def export(project: Project, scenarios: Sequence[Scenario], folder: Path) -> dict[str, Any]:
    found, _ = read_open_environment(project.settings, "sandbox")
    assert found is not None
    return ArazzoWriter(project, found, folder=folder, now=datetime.now(UTC), run_id="run").write(scenarios)


def name_worlds(document: dict[str, Any], find_world: Callable[[str], str]) -> None:
    """Send each workflow to a world of its own, as scenarios are; "" for the common one."""
    for workflow in document["workflows"]:
        if world := find_world(workflow["x-contracts-id"]):
            workflow["parameters"] = [{"name": WORLD_HEADER, "in": "header", "value": world}]


def run_respect(
    redocly: str, document: Mapping[str, Any], base_url: str, environment: Environment, folder: Path
) -> list[Any]:
    """Run a document against a service; return its executed workflows."""
    (folder / "a.arazzo.json").write_text(render_document(document, is_json=True), encoding="utf-8")
    command = [redocly, "respect", "a.arazzo.json", "--server", f"qtickets={base_url}", "--json-output", "out.json"]
    command += ["--input", json.dumps(environment.credentials), "--no-secrets-masking"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert (folder / "out.json").exists(), done.stderr[-2000:]
    [found] = json.loads((folder / "out.json").read_text(encoding="utf-8"))["files"].values()
    return list(found["executedWorkflows"])


def iter_steps(executed: Any) -> Iterator[Any]:
    """Yield the steps of a workflow that were sent, those of others that it went to, too."""
    for step in executed["executedSteps"]:
        if step["type"] == "workflow":
            yield from iter_steps(step)
        else:
            yield step


def find_reason(step: Mapping[str, Any], seen: Mapping[str, Any]) -> str:
    """Return why Respect looks at a step otherwise, "" where it should not."""
    if any("GET/HEAD method cannot have body" in check["message"] for check in seen["checks"]):
        return "it sends no body with GET"
    if any(isinstance(each["value"], dict | list) for each in step["parameters"]):
        return "it writes what is no scalar in a query in its own way"
    names = " ".join(each["condition"] for each in step["successCriteria"])
    return "it renames members whose name has a `-`" if "-" in names and "['" in names else ""


def test_steps_have_equal_verdicts(redocly: str, project: Project, environment: Environment, tmp_path: Path) -> None:
    own = {each.id: name_world(each.id) for each in project.scenarios if is_writing(project.specs, each)}
    document = export(project, project.scenarios, tmp_path)
    name_worlds(document, lambda scenario: own.get(scenario, ""))
    assert environment.sandbox is not None
    with serve_sandbox(environment.sandbox) as base_url:
        executed = run_respect(redocly, document, base_url, environment, tmp_path)
    tapes = record_run(project, environment).tapes

    ours = {(tape.scenario.id, step["name"], step["cleanup"]): step["outcome"] for tape in tapes for step in tape.steps}
    seen = {step["stepId"]: step for workflow in executed for step in iter_steps(workflow)}
    equal, differences = 0, {}
    for workflow in document["workflows"]:
        for step in workflow["steps"]:
            key = (
                workflow["x-contracts-id"],
                step["x-contracts-name"],
                step["stepId"] in workflow.get("x-contracts-cleanup", ()),
            )
            theirs = seen.get(step["stepId"])
            if theirs is None or key not in ours:
                continue
            if (ours[key] == "passed") is (theirs["status"] == "success"):
                equal += 1
            elif not find_reason(step, theirs) and key not in OTHERWISE:
                differences[key] = (ours[key], theirs["checks"])
    assert differences == {}
    assert equal >= 400


def test_a_fault_breaks_a_scenario_in_both(
    redocly: str, project: Project, environment: Environment, tmp_path: Path
) -> None:
    used = dict.fromkeys(FINDERS.values())
    document = export(project, [each for each in project.scenarios if each.id in used], tmp_path)
    workflows = {workflow["x-contracts-id"]: workflow for workflow in document["workflows"]}
    worlds = {**{name: name for name in used}, **FINDERS}
    document["workflows"] = [
        {
            **workflows[scenario],
            "workflowId": re.sub(r"\W", "_", world),
            "parameters": [{"name": WORLD_HEADER, "in": "header", "value": world}],
        }
        for world, scenario in worlds.items()
    ]
    twins = {world: create_app(faults=[world] if world in FINDERS else []) for world in worlds}
    with serve_wsgi(lambda environ, start: twins[environ["HTTP_X_SANDBOX_WORLD"]](environ, start)) as base_url:
        executed = run_respect(redocly, document, base_url, environment, tmp_path)
    ours = {}
    for fault, scenario in FINDERS.items():
        with serve_wsgi(create_app(faults=[fault])) as base_url:
            ours[fault] = record_scenario(project, environment, scenario, base_url).outcome

    held = {world for world, each in zip(worlds, executed, strict=True) if each["status"] == "success"}
    assert held == {*used}
    assert {fault for fault, outcome in ours.items() if outcome is not Outcome.FAILED} == set()
