"""`--dry-run` shows the requests that a run then makes, and what the run keeps back with its reason."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.environment import WritePolicy
from helpers.command import REPOSITORY, Finished, run_contracts
from helpers.servers import always, answer, serve_raw
from helpers.shop import write_project
from helpers.varied import vary

# A step as either side tells of it: its name, method, path, and body; or why it was not sent.
Shown = tuple[str, ...]
_EXPRESSION = re.compile(r'"\$\{[^{}]*\}"|\$\{[^{}]*\}')


def read_dry_run(text: str) -> dict[str, list[Shown]]:
    """Return what is shown of each scenario."""
    scenarios: dict[str, list[Shown]] = {}
    steps: list[Shown] = []
    for line in text.splitlines()[1:-1]:
        if not line.startswith(" "):
            steps = scenarios[line.split("  ")[0]] = []
        elif not line.startswith(" " * 8):
            name, _, request = line.strip().rpartition(": ") if "[write: " not in line else line.partition(": ")
            method, path = request.split("  [")[0].split(" ")
            steps.append((name.strip(), method, path))
        else:
            steps[-1] = (*steps[-1], line.strip())
    return scenarios


def read_run(finished: Finished) -> dict[str, list[Shown]]:
    """Return the same of what a run has recorded."""
    base_url = finished.results["run"]["base_url"]
    return {
        row["id"]: [read_step(finished.folder, base_url, step) for step in row["steps"]]
        for row in finished.results["scenarios"]
    }


def read_step(folder: Path, base_url: str, step: Mapping[str, Any]) -> Shown:
    if step["artifact"] is None:
        return (step["name"], f"{step['outcome']}, {step['reason']}")
    request = json.loads((folder / step["artifact"]).read_text(encoding="utf-8"))["request"]
    shown = (step["name"], request["method"], request["url"].removeprefix(base_url))
    return shown if request["body"] is None else (*shown, request["body"])


def is_same(planned: Shown, recorded: Shown) -> bool:
    """Tell whether a planned step is the recorded one; an expression may be any value."""
    if ", not sent: " in planned[-1]:
        return (planned[0], planned[-1]) == recorded
    patterns = [".+".join(map(re.escape, _EXPRESSION.split(part))) for part in planned]
    return len(patterns) == len(recorded) and all(
        re.fullmatch(pattern, part, re.DOTALL) for pattern, part in zip(patterns, recorded, strict=True)
    )


def count_steps(scenarios: Mapping[str, list[Shown]]) -> dict[str, int]:
    return {name: len(steps) for name, steps in scenarios.items()}


@pytest.mark.parametrize("writes", vary(WritePolicy, everywhere=WritePolicy.ALLOW))
def test_the_requests_that_are_shown_are_those_that_the_run_records(writes: WritePolicy, tmp_path: Path) -> None:
    """All scenarios of QTickets, with the methods, URLs and bodies of their steps, and what is kept back."""
    options = ("run", "--phase", "scenarios", "--writes", writes, "--project", str(REPOSITORY))
    planned = read_dry_run(run_contracts(*options, "--dry-run", cwd=tmp_path).stdout)
    recorded = read_run(run_contracts(*options, "--output", "out", cwd=tmp_path))

    assert len(planned) > 200
    assert {name: len(steps) for name, steps in planned.items()} == {
        name: len(steps) for name, steps in recorded.items()
    }
    different = [
        (name, step, other)
        for name in planned
        for step, other in zip(planned[name], recorded[name], strict=True)
        if not is_same(step, other)
    ]
    assert different == []


def test_after_a_probe_the_steps_that_build_on_the_write_are_shown_as_blocked(tmp_path: Path) -> None:
    options = ("run", "R.ticket.life", "--writes", "probe", "--project", str(REPOSITORY))

    shown = read_dry_run(run_contracts(*options, "--dry-run", cwd=tmp_path).stdout)["R.ticket.life"]

    reasons = [step[-1] for step in shown if ", not sent: " in step[-1]]
    assert [step[0] for step in shown if ", not sent: " not in step[-1]] == ["add"]
    assert reasons == [
        "blocked, not sent: a probe went in place of the write of step 'add', on which this one builds",
        *["blocked, not sent: step 'find' is blocked"] * 6,
    ]


SCENARIOS = """
- id: "1"
  title: A thing of somebody
  steps:
    - name: add
      operation: addThing
      body: {name: "of ${owner}", owner: "${owner}"}
      capture: {added: $.id, address: $.owner}
    - name: add again
      operation: addThing
      body: {name: "${uuid} ${address}", owner: "${address}"}
      probe: {body: {name: ""}}
    - {name: find, operation: listThings, parameters: {color: "${today-1d} ${added}"}}
  cleanup:
    - {name: remove, operation: removeThing, parameters: {id: "${added}"}}
"""


def show(folder: Path, *options: str, **settings: str) -> list[str]:
    """Return the lines of the steps."""
    return list_lines(folder, *options, **settings)[2:-1]


def list_lines(folder: Path, *options: str, writes: str = "allow", key: str = "very-secret-key-1") -> list[str]:
    write_project(folder, SCENARIOS, base_url="https://shop.example.com", writes=writes)
    settings = folder / "contracts.yaml"
    text = settings.read_text(encoding="utf-8").replace("very-secret-key-1", key)
    settings.write_text(text.replace("{thing: 1}", "{owner: owner@example.com}"), encoding="utf-8")
    finished = run_contracts("run", "--dry-run", *options, cwd=folder)
    assert finished.code == 0, finished.stderr
    return finished.stdout.splitlines()


def test_personal_values_are_shown_as_in_a_report_and_what_is_not_known_yet_as_its_expression(tmp_path: Path) -> None:
    assert show(tmp_path) == [
        "    add: POST https://shop.example.com/things  [write]",
        '        {"name":"of <email>","owner":"<email>"}',
        "    add again: POST https://shop.example.com/things  [write]",
        '        {"name":"${uuid} ${address}","owner":"${address}"}',
        "    find: GET https://shop.example.com/things?color=${today-1d}%20${added}",
        "    remove: DELETE https://shop.example.com/things/${added}  [write]",
    ]


def test_what_is_kept_back_is_shown_with_its_reason_and_nothing_is_cleaned_up_then(tmp_path: Path) -> None:
    assert show(tmp_path, writes="block") == [
        "    add: POST https://shop.example.com/things  [write]",
        "        blocked, not sent: addThing writes and the environment has `writes: block`",
        "    add again: POST https://shop.example.com/things  [write]",
        "        blocked, not sent: step 'add' is blocked",
        "    find: GET https://shop.example.com/things",
        "        blocked, not sent: step 'add' is blocked",
    ]


def test_a_scenario_whose_credential_is_not_set_is_shown_as_skipped(tmp_path: Path) -> None:
    shown = show(tmp_path, "--skip-missing", key="$NOT_SET_ANYWHERE")

    assert shown == ["    skipped: the credential key ($NOT_SET_ANYWHERE) is not set"]


def test_a_value_that_is_not_known_yet_has_a_form_in_every_style(tmp_path: Path) -> None:
    """A whole object may come: a dry run does not take its expression for a text that has no form there."""
    any_json = {"200": {"description": "", "content": {"application/json": {"schema": {}}}}}
    query = [
        {"name": name, "in": "query", "style": name, "explode": name == "deepObject", "schema": {}}
        for name in ("deepObject", "pipeDelimited", "form")
    ]
    form = {"content": {"application/x-www-form-urlencoded": {"schema": {}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "A", "version": "1"},
        "paths": {
            "/a": {"get": {"operationId": "find", "responses": any_json}},
            "/b": {"post": {"operationId": "send", "parameters": query, "requestBody": form, "responses": any_json}},
        },
    }
    steps = [
        {"name": "find", "operation": "find", "capture": {"a": "$.a"}},
        {"name": "send", "operation": "send", "body": "${a}", "parameters": {each["name"]: "${a}" for each in query}},
        {"name": "field", "operation": "send", "body": {"b": "${a}", "c": True}},
    ]
    contract = {"contract": "c", "spec": "api", "scenarios": [{"id": "1", "title": "T", "steps": steps}]}
    environments = {"t": {"base_url": "https://a.example.com", "writes": "allow"}}
    settings = {"version": 1, "specs": {"api": "a.json"}, "environments": environments, "default_environment": "t"}
    for name, content in {"contracts.yaml": settings, "a.json": document, "contracts/c.yaml": contract}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")

    finished = run_contracts("run", "--dry-run", cwd=tmp_path)

    assert finished.stdout.splitlines()[2:-1] == [
        "    find: GET https://a.example.com/a",
        "    send: POST https://a.example.com/b?deepObject=${a}&pipeDelimited=${a}&form=${a}  [write]",
        "        ${a}",
        "    field: POST https://a.example.com/b  [write]",
        "        b=${a}&c=true",
    ]


def test_the_last_line_counts_with_nouns_that_agree(tmp_path: Path) -> None:
    assert list_lines(tmp_path)[-1] == "1 scenario, 0 warehouse checks; 0 not selected"


NEEDS = """
- {id: left, title: A, skip: {because: later}, steps: [{operation: listThings}]}
- {id: of-left, title: B, needs: {a: left}, steps: [{operation: listThings}]}
- {id: write, title: C, steps: [{operation: addThing, body: {name: a}}]}
- {id: of-write, title: D, needs: {a: write}, steps: [{operation: listThings}]}
- {id: of-that, title: E, needs: {a: of-write}, steps: [{operation: listThings}]}
- {id: read, title: F, steps: [{operation: listThings}]}
- {id: of-read, title: G, needs: {a: read}, steps: [{operation: listThings}]}
"""


def test_who_needs_what_will_not_pass_is_shown_as_blocked_as_the_run_has_it(tmp_path: Path) -> None:
    with serve_raw(always(answer("200 OK", b'{"data": []}'))) as service:
        write_project(tmp_path, NEEDS, base_url=service.base_url, writes="block")
        shown = run_contracts("run", "--dry-run", "--phase", "scenarios", cwd=tmp_path).stdout.splitlines()
        done = run_contracts("run", "--phase", "scenarios", "--output", "out", cwd=tmp_path)

    rows = {row["id"]: (row["outcome"], row["reason"]) for row in done.results["scenarios"]}
    blocked = {name: f"{outcome}: {reason}" for name, (outcome, reason) in rows.items() if name.startswith("of-")}
    assert blocked.pop("of-read").startswith("passed"), done.stdout
    assert [line.strip() for line in shown if "which it needs" in line] == list(blocked.values())
    assert sum("GET " in line for line in shown) == 2
