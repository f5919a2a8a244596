"""The suites of the benchmark of requests: scenarios of five steps over twenty operations, and the same as plain data.

Each step: the status, three JSONPaths, one capture that the next step sends, and validation against the spec.
"""

import json
from pathlib import Path
from typing import Any

OPERATIONS, STEPS = 20, 5
_PROJECT = """\
version: 1
specs: {{things: things.json}}
contracts: contracts
default_environment: here
environments:
  here: {{base_url: "{address}", writes: block}}
"""


def build_answer(number: int) -> dict[str, Any]:
    """Return the answer of an operation: 160 to 1,300 bytes of JSON."""
    item = {"title": f"Thing {number}", "amount": number + 0.5, "is_open": True, "at": "2026-03-01T10:00:00Z"}
    return {
        "id": number,
        "owner": {"code": f"owner-{number}", "kind": "shop"},
        "items": [item] * (1 + number * 12 // OPERATIONS),
        "next": f"after-{number}",
    }


def write_suite(folder: Path, scenarios: int, address: str) -> Path:
    """Write the project and, as suite.json, the plain data; returns the folder."""
    (folder / "contracts").mkdir(parents=True)
    (folder / "contracts.yaml").write_text(_PROJECT.format(address=address), encoding="utf-8")
    (folder / "things.json").write_text(json.dumps(_build_document()), encoding="utf-8")
    suite = []
    for scenario in range(scenarios):
        numbers = [(scenario * STEPS + step) % OPERATIONS for step in range(STEPS)]
        (folder / "contracts" / f"s{scenario:05}.yaml").write_text(_write_contract(scenario, numbers), encoding="utf-8")
        suite.append([_build_plain(number) for number in numbers])
    (folder / "suite.json").write_text(json.dumps(suite), encoding="utf-8")
    return folder


def _build_plain(number: int) -> dict[str, Any]:
    answer = build_answer(number)
    amount, code = answer["items"][0]["amount"], answer["owner"]["code"]
    return {"path": f"/things{number}", "id": number, "code": code, "amount": amount}


def _write_contract(scenario: int, numbers: list[int]) -> str:
    lines = [f"contract: c{scenario}", f"title: Scenario {scenario}", "spec: things", "scenarios:"]
    lines += [f'  - id: "S.{scenario}"', f"    title: Five things from {numbers[0]}", "    steps:"]
    after = "first"
    for place, number in enumerate(numbers):
        plain = _build_plain(number)
        lines += [
            f"      - name: get{place}",
            f"        operation: getThing{number}",
            f'        parameters: {{after: "{after}"}}',
            "        expect:",
            "          status: 200",
            "          body:",
            f"            $.id: {plain['id']}",
            f"            $.owner.code: {plain['code']}",
            f"            $.items[0].amount: {plain['amount']}",
            f"        capture: {{next{place}: $.next}}",
        ]
        after = f"${{next{place}}}"
    return "\n".join(lines) + "\n"


def _build_document() -> dict[str, Any]:
    item = _describe(title={"type": "string"}, amount={"type": "number"}, is_open={"type": "boolean"})
    item["properties"]["at"] = {"type": "string", "format": "date-time"}
    owner = _describe(code={"type": "string"}, kind={"enum": ["shop", "person"]})
    thing = _describe(
        id={"type": "integer"}, owner=owner, items={"type": "array", "items": item}, next={"type": "string"}
    )
    answer = {
        "description": "A thing.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
    }
    after = {"name": "after", "in": "query", "schema": {"type": "string"}}
    paths = {
        f"/things{number}": {
            "get": {"operationId": f"getThing{number}", "parameters": [after], "responses": {"200": answer}}
        }
        for number in range(OPERATIONS)
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": paths,
        "components": {"schemas": {"Thing": thing}},
    }


def _describe(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}
