"""A parameter whose name is in two places is given with its place."""

from pathlib import Path

import pytest

from contracts_runner.errors import ProjectError
from helpers.project_files import load_sound, write_project, write_steps

SPEC = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /a/{id}:
    get:
      operationId: a
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
        - {name: id, in: query, schema: {type: integer}}
        - {name: page, in: query, schema: {type: integer}}
      responses: {"200": {description: Fine.}}
"""


def list_problems(folder: Path, parameters: str) -> list[str]:
    steps = write_steps(f"{{operation: a, parameters: {{{parameters}}}}}")
    root = write_project(folder, {"spec/shop.yaml": SPEC, "contracts/a.yaml": steps})
    try:
        load_sound(root)
    except ProjectError as error:
        return [str(problem).removeprefix("contracts/a.yaml:7: ") for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("parameters", "problems"),
    [
        ("'path:id': 1, 'query:id': 2, page: 3", []),
        ("'path:id': 1, 'query:page': 3", []),
        ("id: 1", ["'a' has several parameters 'id'; write path:id or query:id"]),
        ("id: 1, 'path:id': 1", ["'a' has several parameters 'id'; write path:id or query:id"]),
        ("'query:id': 1", ["the path parameter 'id' is missing"]),
        ("'path:id': 1, 'header:id': 2", ["'a' has no parameter 'header:id'; known: path:id, query:id, page"]),
        ("'path:id': 1, pag: 2", ["'a' has no parameter 'pag'; Did you mean 'page'?"]),
    ],
)
def test_a_name_has_one_place(tmp_path: Path, parameters: str, problems: list[str]) -> None:
    assert list_problems(tmp_path, parameters) == problems
