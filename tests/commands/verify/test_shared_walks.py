"""A walk over the pages of the API is made once in a run, whatever checks of whatever tables need it."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.warehouse.client import connect
from helpers.command import run_contracts
from helpers.servers import serve_wsgi

if importlib.util.find_spec("chdb") is None:
    pytest.skip("no embedded ClickHouse on this platform: there is no chdb-core for it", allow_module_level=True)

from helpers.clickhouse_bridge import Bridge

COUNT, SIZE = 11, 2
SPEC = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /PREFIX/items:
    get:
      operationId: listItems
      parameters: [{name: page, in: query, schema: {type: integer}}]
      x-paging: {in: query, name: page, total: $.total}
      responses: {"200": {description: Items., content: {application/json: {schema: {type: object}}}}}
  /PREFIX/broken:
    get:
      operationId: listBroken
      responses: {"200": {description: Items., content: {application/json: {schema: {type: object}}}}}
  /PREFIX/items/{id}:
    get:
      operationId: getItem
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: An item., content: {application/json: {schema: {type: object}}}}}
"""
SETTINGS = """
version: 1
specs: {a: a.yaml, b: b.yaml}
contracts: contracts
default_environment: here
environments:
  here:
    base_url: BASE_URL
    writes: block
    jobs: 3
    warehouse: {dsn: $CLICKHOUSE_DSN, database: walks}
"""
ITEMS = 'operation: listItems, rows: "$.data[*]"'
CHECKS = f"""
warehouse: a
tables:
  one:
    checks:
      - {{id: A.1, reconcile: {{{ITEMS}, key: $.id, column: id}}}}
      - {{id: A.2, sum_equals: {{{ITEMS}, column: v, value: $.v}}}}
      - {{id: A.3, reconcile: {{operation: listBroken, rows: "$.data[*]", key: $.id, column: id}}}}
      - id: A.4
        reconcile:
          operation: getItem
          for_each: {{{ITEMS}, parameters: {{id: $.id}}, at_most: {COUNT}}}
          rows: $.data
          key: $.id
          column: id
  two:
    checks:
      - {{id: A.5, reconcile: {{{ITEMS}, key: $.id, column: id, compare: {{v: $.v}}}}}}
      - {{id: A.6, sum_equals: {{operation: listBroken, rows: "$.data[*]", column: v, value: $.v}}}}
"""
OTHER = f"""
warehouse: b
tables:
  one:
    checks:
      - {{id: B.1, reconcile: {{{ITEMS}, key: $.id, column: id}}}}
"""


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    engine = connect(WarehouseSettings(dsn="chdb://memory"))
    engine.raw_client.command("CREATE DATABASE walks")
    for table in ("one", "two"):
        engine.raw_client.command(f"CREATE TABLE walks.{table} (id UInt32, v UInt32) ENGINE = MergeTree ORDER BY id")
        engine.raw_client.command(f"INSERT INTO walks.{table} SELECT number, number FROM numbers({COUNT})")
    yield
    engine.raw_client.command("DROP DATABASE walks SYNC")
    engine.close()


def test_checks_that_ask_the_same_rest_on_the_same_requests_which_are_made_once(tmp_path: Path) -> None:
    seen: list[str] = []

    def serve(environ: Any, start_response: Any) -> list[bytes]:
        path, page = environ["PATH_INFO"], int(parse_qs(environ["QUERY_STRING"]).get("page", ["1"])[0])
        seen.append(path)
        start_response("500 Broken" if path.endswith("broken") else "200 OK", [("Content-Type", "application/json")])
        if path.rpartition("/")[2].isdigit():
            return [json.dumps({"data": {"id": int(path.rpartition("/")[2])}}).encode()]
        ids = range(COUNT)[(page - 1) * SIZE : page * SIZE]
        return [json.dumps({"data": [{"id": each, "v": each} for each in ids], "total": COUNT}).encode()]

    server = Bridge(users={"reader": "sesame"})
    try:
        with serve_wsgi(serve) as base_url:
            (tmp_path / "contracts").mkdir()
            files = {
                "contracts.yaml": SETTINGS.replace("BASE_URL", base_url),
                "a.yaml": SPEC.replace("PREFIX", "a"),
                "b.yaml": SPEC.replace("PREFIX", "b"),
                "contracts/a.yaml": CHECKS,
                "contracts/b.yaml": OTHER,
            }
            for name, text in files.items():
                (tmp_path / name).write_text(text, encoding="utf-8")
            done = run_contracts("verify", "--output", "out", cwd=tmp_path, CLICKHOUSE_DSN=server.dsn("reader"))
        audited = run_contracts("audit", "out", cwd=tmp_path)
    finally:
        server.release.set()
        server.stop()

    rows = {row["id"]: row for row in done.results["warehouse"]["checks"]}
    pages = -(-COUNT // SIZE)
    assert done.results["totals"]["requests_sent"] == len(seen) == 2 * pages + 1 + COUNT, done.stderr
    assert seen.count("/a/items") == seen.count("/b/items") == pages
    assert {row["id"] for row in rows.values() if row["outcome"] == "passed" and "pages" in row} == {
        *("A.1", "A.2", "A.4", "A.5", "B.1")
    }
    assert rows["A.1"]["pages"] == rows["A.2"]["pages"] == rows["A.5"]["pages"]
    assert rows["A.1"]["pages"]["count"] == pages
    assert rows["A.4"]["pages"]["first"] == rows["A.1"]["pages"]["first"] != rows["B.1"]["pages"]["first"]
    assert rows["A.4"]["pages"]["count"] == pages + COUNT
    assert all(
        (done.folder / row["pages"][end]).is_file()
        for row in rows.values()
        if "pages" in row
        for end in ("first", "last")
    )
    # The broken walk is one reason, told once.
    assert rows["A.3"]["message"] == rows["A.6"]["message"]
    assert rows["A.3"]["pages"] == rows["A.6"]["pages"]
    assert done.stdout.count("page 1 is not a success: status 500") == 1
    assert audited.code == 0, audited.stdout
