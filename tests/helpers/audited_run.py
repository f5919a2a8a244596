"""A small real run with every kind of row in it, for audits to forge."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.audit.rendering import Folded, Rendering, Tool
from contracts_runner.run.audit import build_tool
from helpers.command import Finished, run_contracts
from helpers.servers import serve_wsgi
from helpers.shop import write_project

_KNOWN = "{environments: [here], because: decided, observed: {status: 404}, until: 2099-01-01}"
SCENARIOS = f"""
- id: "1.1"
  title: One | thing
  tables: [things, nowhere]
  steps:
    - {{name: list, operation: listThings, capture: {{first: "$.data[0].id"}}}}
    - {{name: read, operation: getThing, parameters: {{id: "${{first}}"}}, expect: {{body: {{$.name: чашка}}}}}}
- id: "1.2"
  title: A broken promise
  steps:
    - {{name: read, operation: getThing, parameters: {{id: 1}}, expect: {{body: {{$.name: тарелка}}}}}}
    - {{name: never, operation: listThings}}
- id: "1.3"
  title: A known deviation
  known: [{_KNOWN}]
  steps:
    - {{name: read, operation: getThing, parameters: {{id: 9}}, expect: {{status: 200}}}}
- id: "1.4"
  title: A deviation that is gone
  known: [{_KNOWN}]
  steps:
    - {{name: read, operation: getThing, parameters: {{id: 1}}}}
- id: "1.5"
  title: Something stays behind
  steps:
    - {{name: add, operation: addThing, body: {{name: чашка}}, expect: {{status: 201}}, capture: {{added: $.id}}}}
  cleanup:
    - {{operation: removeThing, parameters: {{id: "${{added}}"}}}}
- id: "1.6"
  title: A prerequisite that is not there
  known: [{_KNOWN}]
  steps:
    - {{name: read, operation: getThing, parameters: {{id: 9}}, expect: {{status: 200}}, capture: {{name: $.name}}}}
    - {{name: use, operation: listThings, parameters: {{color: "${{name}}"}}}}
- id: "1.7"
  title: A table, of which one item leaves a step out
  each: [{{name: cup, id: 1, kind: old}}, {{id: 2, kind: new}}]
  needs: {{first: "1.8"}}
  steps:
    - {{name: read, operation: getThing, parameters: {{id: "${{row.id}}"}}}}
    - name: again
      operation: getThing
      when: {{this: "${{row.kind}}", is: new}}
      parameters: {{id: "${{first.number}}"}}
- id: "1.8"
  title: What others need
  steps: [{{name: first, operation: listThings, capture: {{number: "$.data[1].id"}}}}]
- {{id: "1.9", title: Not now, skip: {{because: it is mended}}, steps: [{{operation: listThings}}]}}
"""
WAREHOUSE = """
warehouse: things
tables:
  things:
    checks:
      - {id: W.1, exists: true}
      - {id: W.2, row_count: {min: 5}}
      - {id: W.3, reconcile: {operation: listThings, rows: "$.data[*]", key: $.id, column: id}}
snapshots: [things]
"""
LOADER = """
def prepare(*, client, database, **_):
    client.command(f"CREATE DATABASE IF NOT EXISTS {database}")
    client.command(f"CREATE TABLE {database}.things (id Int64, name String) ENGINE = MergeTree ORDER BY id")


def load(*, client, database, **_):
    client.insert("things", [[1, "чашка"], [2, "миска"]], column_names=["id", "name"], database=database)
    return {"things": 2}
"""
SETTINGS = """
warehouse:
  {dsn: chdb://memory, database: shop, snapshot: each, prepare: "shop_loader:prepare", load: "shop_loader:load"}
properties: {phases: [coverage], operations: [listThings, getThing]}
"""
_THINGS = {"1": {"id": 1, "name": "чашка"}, "2": {"id": 2, "name": "миска"}}


class ShopService:
    """The API of things: knows two of them, adds a third, and refuses to remove it."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        method, thing = environ["REQUEST_METHOD"], environ["PATH_INFO"].rpartition("/")[2]
        status, body = "404 Not Found", json.dumps({"code": "UNKNOWN"})
        if (method, thing) == ("GET", "things"):
            status, body = "200 OK", json.dumps({"data": list(_THINGS.values())})
        elif method == "POST":
            status, body = "201 Created", json.dumps({"id": 3, "name": "чашка"})
        elif method == "GET" and thing in _THINGS:
            status, body = "200 OK", json.dumps(_THINGS[thing])
        start_response(status, [("Content-Type", "application/json")])
        return [body.encode()]


_shared: list[Finished] = []


def share_run(factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that several test files read; it is made once in a process."""
    if not _shared:
        _shared.append(make_run(factory.mktemp("audited")))
    finished = _shared[0]
    assert finished.code == 1, finished.stderr
    return finished.folder


def build_remembering_tool() -> Tool:
    """Return this version of the tool, which folds and renders once: for forgeries that do not change the ledger."""
    folded: list[Folded] = []

    def fold(rows: Sequence[Mapping[str, Any]], head: str) -> Folded:
        if not folded:
            first = build_tool(None).fold(rows, head)
            named = next(first.render(rows[0]["run"]["templates"]))
            rendering = Rendering(named.is_named, cache(named.render))
            folded.append(Folded(first.results, lambda _: iter([rendering])))
        return folded[0]

    return replace(build_tool(None), fold=fold)


def build_counting_tool() -> Tool:
    """Return this version of the tool without its rendering: for forgeries that show in the figures."""
    tool = build_tool(None)
    return replace(tool, fold=lambda *ledger: replace(tool.fold(*ledger), render=lambda _: iter(())))


def make_run(folder: Path, *arguments: str) -> Finished:
    """Run everything against the service; the run is in `<folder>/out`."""
    with serve_wsgi(ShopService()) as base_url:
        write_project(folder, SCENARIOS, base_url=base_url, more_settings=SETTINGS)
        (folder / "contracts" / "warehouse.yaml").write_text(WAREHOUSE, encoding="utf-8")
        (folder / "shop_loader.py").write_text(LOADER, encoding="utf-8")
        return run_contracts("run", "--output", "out", *arguments, cwd=folder)
