"""What cannot be sent: `check` and `run` decide alike, by whose mistake it is."""

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.command import run_contracts
from helpers.servers import RawServer, always, answer, serve_raw

PIPES = {"name": "ids", "in": "query", "style": "pipeDelimited", "explode": True, "schema": {"type": "array"}}
DEEP = {"name": "filter", "in": "query", "style": "deepObject", "schema": {"type": "object"}}
NAME = {"name": "X-Name", "in": "header", "schema": {"type": "string"}}


def write_project(folder: Path, base_url: str, **parameters: Any) -> None:
    """Write a project with a scenario for each operation: `pipes`, `deep`, `name`."""
    declared = {"pipes": PIPES, "deep": DEEP, "name": NAME}
    responses = {"200": {"description": "", "content": {"application/json": {"schema": {}}}}}
    paths = {
        f"/{name}": {"get": {"operationId": name, "parameters": [declared[name]], "responses": responses}}
        for name in parameters
    }
    scenarios = [
        {"id": name, "title": name, "steps": [{"operation": name, "parameters": values}]}
        for name, values in parameters.items()
    ]
    environments = {"t": {"base_url": base_url, "writes": "allow"}}
    files: dict[str, Any] = {
        "contracts.yaml": {
            "version": 1,
            "specs": {"a": "a.json"},
            "environments": environments,
            "default_environment": "t",
        },
        "a.json": {"openapi": "3.1.0", "info": {"title": "A", "version": "1"}, "paths": paths},
        "contracts/c.yaml": {"contract": "c", "spec": "a", "scenarios": scenarios},
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")


def list_targets(server: RawServer) -> list[str]:
    return [request.split(b" ")[1].decode() for request in server.requests]


def test_what_the_document_leaves_undefined_is_errored_and_the_others_run(tmp_path: Path) -> None:
    with serve_raw(always(answer())) as server:
        write_project(tmp_path, server.base_url, pipes={"ids": ["x"]}, deep={"filter": {"a": 1}})
        checked = run_contracts("check", cwd=tmp_path)
        ran = run_contracts("run", "--output", "out", cwd=tmp_path)

    assert (checked.code, ran.code) == (2, 3)
    assert "OpenAPI does not define the style pipeDelimited with explode" in checked.stdout
    assert "a.json:" in checked.stdout
    assert ran.outcomes == {"pipes": "errored", "deep": "passed"}
    assert list_targets(server) == ["/deep?filter%5Ba%5D=1"]


@pytest.mark.parametrize(
    ("name", "values", "says"),
    [
        ("deep", {"filter": {"a": [1]}}, "a list in the style deepObject"),
        ("name", {"X-Name": "a\r\nX-Other: b"}, "a header cannot hold a line break"),
        ("name", {"X-Name": "a\0b"}, "another control character"),
    ],
)
def test_what_the_contract_writes_and_nothing_can_carry_ends_before_the_first_request(
    tmp_path: Path, name: str, values: dict[str, Any], says: str
) -> None:
    with serve_raw(always(answer())) as server:
        write_project(tmp_path, server.base_url, **{name: values})
        checked, ran = (run_contracts(command, cwd=tmp_path) for command in ("check", "run"))

    assert (checked.code, ran.code) == (2, 2)
    assert all(says in text and "contracts/c.yaml:" in text for text in (checked.stdout, ran.stderr))
    assert list_targets(server) == []
