"""`contracts coverage`: which parts of the documents contracts assert or exercise, runs have seen, nobody probed."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from contracts_runner.cli.main import main
from helpers.ledger_builder import LedgerBuilder, fold, make_step_row

SETTINGS = """\
version: 1
specs: {shop: shop.yaml}
default_environment: test
environments:
  test: {base_url: "https://test.example.com", writes: allow}
  prod: {base_url: "https://shop.example.com"}
"""
SPEC = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /orders:
    get:
      operationId: listOrders
      parameters:
        - {name: state, in: query, schema: {enum: [new, paid, gone]}}
        - {name: page, in: query, schema: {type: integer}}
        - {name: X-Trace, in: header, schema: {type: string}}
      responses:
        "200":
          description: Orders
          content:
            application/json: {schema: {$ref: "#/components/schemas/Orders"}}
            text/csv: {schema: {type: string}}
        "404": {description: None}
        "500": {description: Broken}
    post:
      operationId: addOrder
      requestBody:
        content: {application/json: {schema: {type: object, properties: {note: {type: string}, gift: {type: boolean}}}}}
      responses: {"201": {description: Added}}
  /seen: {get: {operationId: seen, responses: {"200": {description: Seen}}}}
  /never: {get: {operationId: never, responses: {"200": {description: Never}}}}
components:
  schemas:
    Orders:
      type: object
      properties:
        total: {type: integer}
        data:
          type: array
          items: {type: object, properties: {id: {type: integer}, parent: {$ref: "#/components/schemas/Orders"}}}
"""
CONTRACT = """\
contract: orders
spec: shop
scenarios:
  - id: A
    title: Listed
    steps: [{operation: listOrders, parameters: {state: new}, expect: {status: 200, body: {$.total: 1}}}]
  - {id: B, title: Sent, steps: [{operation: addOrder, body: {note: a}}]}
"""


def write_run(folder: Path, environment: str, day: int, *documents: dict[str, Any]) -> None:
    """Write a run of a day with the artifacts of its exchanges."""
    builder = LedgerBuilder({"S": "passed"}, id=f"{day:08}", environment=environment)
    results = fold(builder.add_scenario("S", make_step_row("passed")).finish())
    at = f"2026-01-{day:02}T00:00:00.000Z"
    results["run"] |= {"started_at": at, "environment": environment}
    results["endpoints"] = [{"operation": "listOrders", "state": "reachable", "statuses": [404]}]
    results["latency"] = [{"operation": "listOrders", "count": 1, "min": 1, "p50": day, "p90": 2, "p99": 2, "max": 2}]
    run = folder / "runs" / f"202601{day:02}T000000Z-{environment}-{day:08}"
    (run / "artifacts/S").mkdir(parents=True)
    head = {"seq": 1, "type": "run_started", "run": {"id": f"{day:08}", "environment": environment}, "at": at}
    (run / "ledger.jsonl").write_text(json.dumps(head) + "\n", encoding="utf-8")
    (run / "results.json").write_text(json.dumps(results), encoding="utf-8")
    for number, document in enumerate(documents, start=1):
        (run / f"artifacts/S/{number}-a.json").write_text(json.dumps(document), encoding="utf-8")


def exchange(operation: str, url: str, body: str, media_type: str = "application/json") -> dict[str, Any]:
    """Return an artifact."""
    request = {"method": "GET", "url": url, "headers": [["X-Trace", "1"]], "body": None}
    return {
        "operation": operation,
        "request": request,
        "response": {"status": 200, "media_type": media_type, "body": body},
    }


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {"contracts.yaml": SETTINGS, "shop.yaml": SPEC, "contracts/orders.yaml": CONTRACT}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    answer = json.dumps({"data": [{"parent": {"total": 1}}]})
    listed = exchange("listOrders", "https://test.example.com/orders?state=paid&page=2", answer)
    write_run(tmp_path, "test", 11, listed, exchange("seen", "https://test.example.com/seen", "a", "text/plain"))
    write_run(tmp_path, "test", 12, exchange("listOrders", "https://test.example.com/orders", "a;b", "text/csv"))
    write_run(tmp_path, "prod", 13)
    (tmp_path / "runs/20260113T000000Z-prod-00000013/artifacts/S/odd.json").write_text("[" * 100_000)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cover(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["coverage", *arguments])


def read_grades(*arguments: str) -> dict[str, dict[str, str]]:
    """Return operation -> part -> its grade."""
    document = json.loads(cover("--format", "json", *arguments).stdout)
    return {
        each["operation"]: {f"{part['kind']} {part['name']}": part["grade"] for part in each["parts"]}
        for each in document["operations"]
    }


@pytest.mark.usefixtures("project")
def test_each_part_has_the_best_that_can_be_said_of_it() -> None:
    grades = read_grades()

    assert grades["listOrders"] == {
        "operation GET /orders": "asserted",
        "status 200": "asserted",
        "media type 200 application/json": "exercised",
        "media type 200 text/csv": "observed",
        "status 404": "observed",
        "status 500": "never_probed",
        "parameter query:state": "exercised",
        'value query:state="new"': "exercised",
        'value query:state="paid"': "observed",
        'value query:state="gone"': "never_probed",
        "parameter query:page": "observed",
        "parameter header:x-trace": "observed",
        "received property 200 $.total": "asserted",
        "received property 200 $.data": "exercised",
        "received property 200 $.data[*].id": "exercised",
        "received property 200 $.data[*].parent": "exercised",
    }
    assert grades["addOrder"] == {
        "operation POST /orders": "exercised",
        "media type request application/json": "exercised",
        "status 201": "exercised",
        "sent property $.note": "exercised",
        "sent property $.gift": "never_probed",
    }
    assert grades["seen"] == {"operation GET /seen": "observed", "status 200": "observed"}
    assert set(grades["never"].values()) == {"never_probed"}


@pytest.mark.usefixtures("project")
def test_of_an_environment_its_own_runs_count() -> None:
    assert read_grades("--env", "prod")["seen"]["operation GET /seen"] == "never_probed"
    assert read_grades("--runs", "1")["seen"]["operation GET /seen"] == "never_probed"
    assert read_grades("--runs", "2", "--env", "test")["seen"]["operation GET /seen"] == "observed"


@pytest.mark.usefixtures("project")
def test_endpoints_are_followed_over_the_runs() -> None:
    document = json.loads(cover("--format", "json").stdout)

    assert document["runs"] == {"prod": 1, "test": 2}
    assert document["endpoints"][1] == {
        "environment": "test",
        "operation": "listOrders",
        "state": "reachable",
        "first_seen": "2026-01-11T00:00:00.000Z",
        "last_seen": "2026-01-12T00:00:00.000Z",
        "runs": 2,
        "p50_ms": 12.0,
    }


@pytest.mark.usefixtures("project")
def test_text_has_operations_gaps_and_totals() -> None:
    done = cover()

    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert lines[1] == "listOrders 1/3 1/2 1/3 1/3 4/4 asserted"
    assert 'never probed: listOrders: status 500, value query:state="gone"' in lines
    assert lines[-8:] == [
        "operations: 1 asserted, 1 exercised, 1 observed, 1 never probed",
        "statuses: 1 asserted, 1 exercised, 2 observed, 2 never probed",
        "media types: 2 exercised, 1 observed",
        "parameters: 1 exercised, 2 observed",
        "values: 1 exercised, 1 observed, 1 never probed",
        "sent properties: 1 exercised, 1 never probed",
        "received properties: 1 asserted, 3 exercised",
        "52.0% of all parts are in a contract; observed: 2 runs of test, 1 run of prod",
    ]


@pytest.mark.usefixtures("project")
def test_too_little_exits_with_1() -> None:
    assert cover("--fail-under", "52").exit_code == 0

    done = cover("--fail-under", "52.1", "--format", "github")

    assert (done.exit_code, done.stdout) == (1, "::notice title=coverage::never has never been probed\n")
    assert done.stderr.splitlines()[-1] == "52.0% is less than 52.1%"


def test_the_page_has_a_cell_for_each_part(project: Path) -> None:
    done = cover("--html", "out/coverage.html")

    page = (project / "out/coverage.html").read_text(encoding="utf-8")
    assert done.exit_code == 0
    assert page.count('<li class="g-') == 4 + 25
    assert "query:state=&#34;gone&#34;: never probed" in page
    assert "<script" not in page


def test_an_unknown_environment_is_wrong_use(project: Path) -> None:
    assert isinstance(project, Path)
    assert cover("--env", "tst").exit_code == 2
