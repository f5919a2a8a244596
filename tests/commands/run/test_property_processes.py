"""Generated requests by several processes: the same results, one ledger, and the same bounds over all of them."""

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.project.project import load_project
from contracts_runner.run.audit import build_tool
from contracts_runner.run.channel import PropertyPart
from contracts_runner.run.options import build_options
from contracts_runner.run.plan import plan_run
from contracts_runner.run.property_phase import take_part
from contracts_runner.run.property_processes import list_labels
from helpers.command import COLD, Finished, run_contracts
from helpers.ledger_reader import read_lines
from helpers.servers import serve_wsgi

PATHS = ("apples", "pears", "plums", "figs")
SCHEMA = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "x-pii": "name"}}}


def describe(path: str) -> dict[str, Any]:
    parameters = [
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}},
        {"name": "word", "in": "query", "schema": {"type": "string"}},
    ]
    answers = {"200": {"description": "ok", "content": {"application/json": {"schema": SCHEMA}}}}
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": {"a": {"type": "integer"}}}}}}
    return {
        "get": {"operationId": f"list-{path}", "parameters": parameters, "responses": answers},
        "post": {"operationId": f"add-{path}", "requestBody": body, "responses": answers},
    }


def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Anna is in the answer of one operation, and, where no schema says so, in the header of another."""
    is_wrong = environ["PATH_INFO"] == "/plums"
    data = json.dumps({"name": 7 if is_wrong else "Анна Каренина"}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("X-Asked-By", "anna@example.com")])
    return [data]


def write_project(
    folder: Path, base_url: str, properties: str, more: str = "", change: Callable[[Any], object] = lambda _: None
) -> Path:
    (folder / "contracts").mkdir(parents=True)
    spec = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}}
    document = {**spec, "paths": {f"/{path}": describe(path) for path in PATHS}}
    change(document)
    (folder / "spec.json").write_text(json.dumps(document), encoding="utf-8")
    settings = (
        "version: 1\nspecs: {fruit: spec.json}\ncontracts: contracts\ndefault_environment: here\nenvironments:\n"
        f"  here: {{base_url: '{base_url}', writes: allow, properties: {{{properties}}}{more}}}\n"
    )
    (folder / "contracts.yaml").write_text(settings, encoding="utf-8")
    return folder


def run(folder: Path, **environ: str) -> Finished:
    return run_contracts("run", "--phase", "properties", "--output", "out", cwd=folder, **environ)


def list_kept(done: Finished) -> list[Any]:
    """What was generated and is kept, with the artifact."""
    lines = [line for line in read_lines(done.folder) if line["type"] == "property_exchange"]
    return [(line["artifact"], line["case"], line["exchange"]["request"]) for line in lines]


def list_workers(folder: Path) -> list[int]:
    found = []
    for process in Path("/proc").iterdir():
        try:
            is_worker = b"run.property_phase" in (process / "cmdline").read_bytes()
            if is_worker and (process / "cwd").resolve() == folder.resolve():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def link(document: Any) -> None:
    """Let flows go through two pairs of operations."""
    for path in ("apples", "plums"):
        links = {"again": {"operationId": f"list-{path}", "parameters": {"word": "$response.body#/name"}}}
        answers = document["paths"][f"/{path}"]["post"]["responses"]
        document["paths"][f"/{path}"]["post"]["responses"] = {"200": {**answers["200"], "links": links}}


def test_two_processes_find_what_one_finds(tmp_path: Path) -> None:
    properties = "phases: [coverage, fuzzing, stateful], max_examples: 20"
    seen = set[int]()

    def look(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        seen.add(len(list_workers(tmp_path / "two")))
        return serve(environ, start_response)

    with serve_wsgi(look) as url:
        one = run(write_project(tmp_path / "one", url, f"{properties}, workers: 1", change=link), **COLD)
        two = run(write_project(tmp_path / "two", url, f"{properties}, workers: 2", change=link), **COLD)

    assert (one.code, two.code) == (1, 1), two.stderr
    assert 2 in seen or not Path("/proc").is_dir()
    assert two.results["properties"] == one.results["properties"]
    assert two.results["totals"] == one.results["totals"]
    assert list_kept(two) == list_kept(one)
    assert [str(each) for each in audit_folder(two.folder, build_tool(None)).violations] == []


def test_flows_stay_together_and_are_guessed_by_no_part_where_links_are_declared(tmp_path: Path) -> None:
    project = load_project(write_project(tmp_path, "http://127.0.0.1:9", "phases: [stateful]", change=link))
    plan = plan_run(project, build_options({"phases": ("properties",)}))
    assert plan.properties
    labels = list_labels(plan.properties)
    parts = [take_part(plan, PropertyPart(operations=labels, index=index, count=2)).properties for index in range(2)]
    of_parts = [{each.label for each in part.operations["fruit"]} for part in parts if part]

    assert of_parts[0] | of_parts[1] == {*labels["fruit"]}
    assert of_parts[0].isdisjoint(of_parts[1])
    assert any(part >= {"add-apples", "list-apples", "add-plums", "list-plums"} for part in of_parts)
    assert all(of_parts)
    assert [part.settings.linked for part in parts if part] == [{"fruit"}, {"fruit"}]


LOGIN = "{operation: add-figs, body: {a: 1}, capture: {token: $.name}, auth: none}"


@pytest.mark.thorough
def test_a_scenario_gives_its_credential_to_all_processes_once(tmp_path: Path) -> None:
    given, seen = Counter[str](), set[int]()

    def secure(document: Any) -> None:
        document["components"] = {"securitySchemes": {"session": {"type": "http", "scheme": "bearer"}}}
        for path, operations in document["paths"].items():
            for operation in operations.values():
                operation["security"] = [] if path == "/figs" else [{"session": []}]

    def serve_token(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        seen.add(len(list_workers(tmp_path)))
        if environ["PATH_INFO"] != "/figs":
            given[environ.get("HTTP_AUTHORIZATION", "")] += 1
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b'{"name": "token-of-the-login"}']

    more = ", credentials: {session: {from: login, value: '${token}'}}"
    with serve_wsgi(serve_token) as url:
        folder = write_project(tmp_path, url, "phases: [coverage], workers: 2", more, change=secure)
        contract = f"contract: f\ntitle: F\nspec: fruit\nscenarios:\n- {{id: login, title: L, steps: [{LOGIN}]}}\n"
        (folder / "contracts" / "f.yaml").write_text(contract, encoding="utf-8")
        done = run(folder)

    assert given["Bearer token-of-the-login"] > 10
    assert 2 in seen or not Path("/proc").is_dir()
    assert done.outcomes == {"login": "passed"}
    assert [row for row in done.results["properties"] if row["outcome"] in ("errored", "blocked")] == []
    assert "token-of-the-login" not in (done.folder / "ledger.jsonl").read_text(encoding="utf-8")
    assert [str(each) for each in audit_folder(done.folder, build_tool(None)).violations] == []


@pytest.mark.thorough
def test_bounds_hold_over_all_processes(tmp_path: Path) -> None:
    bounds = "phases: [coverage], workers: 2, max_requests: 20, max_writes: 3"
    with serve_wsgi(serve) as url:
        done = run(write_project(tmp_path, url, bounds))

    sent = [line for line in read_lines(done.folder) if line["type"] == "request_sent"]
    assert (len(sent), sum(line["is_write"] for line in sent)) == (20, 3)
    reasons = {row["reason"] for row in done.results["properties"] if row["outcome"] == "skipped"}
    assert any("max_requests is 20" in reason for reason in reasons)
    assert any("max_writes is 3" in reason for reason in reasons)


@pytest.mark.thorough
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are found in /proc")
def test_what_a_killed_process_did_not_test_is_errored(tmp_path: Path) -> None:
    killed = list[int]()

    def kill_one(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not killed:
            killed.append(min(list_workers(tmp_path)))
            os.kill(killed[0], signal.SIGKILL)
        return serve(environ, start_response)

    with serve_wsgi(kill_one) as url:
        done = run(write_project(tmp_path, url, "phases: [coverage], workers: 2"))

    rows = Counter((row["check"], row["outcome"], row["reason"]) for row in done.results["properties"])
    broken = ("requests", "errored", "not tested: its process ended before it was tested")
    assert rows[broken] == len(PATHS)
    assert {row["operation"] for row in done.results["properties"]} == {
        f"{a}-{b}" for a in ("list", "add") for b in PATHS
    }
    assert list_workers(tmp_path) == []
    assert [str(each) for each in audit_folder(done.folder, build_tool(None)).violations] == []
