"""Extensions of other tools with a name of ours leave a document readable, are told, and take no guarantee away."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts_runner.errors import Severity
from contracts_runner.openapi.spec import Spec, load_spec
from helpers.specs import make_answer, write_files

_FOREIGN: dict[str, list[Any]] = {
    "x-effect": [1, None, {"cache": False}, ["read"], "idempotent"],
    "x-evidence": [True, "beta", {}],
    "x-source": ["manual", ["https://example.com"], {"file": "a.py", "line": 3}],
    "x-instead": [5, ["a"]],
    "x-error-code": [40001, "code", ["/a"]],
    "x-paging": [True, "cursor", ["page"], {"limitParam": "limit", "style": "cursor"}],
    "x-success": ["Created", [], {"message": "done"}, None],
}
_CASES = [(name, value) for name, values in sorted(_FOREIGN.items()) for value in values]
_RULES = {"x-success": {"required": ["ok"]}, "x-error-code": "/code"}


def load(folder: Path, operation: dict[str, Any], *overlays: str, **document: Any) -> Spec:
    answer = make_answer({"type": "object", "properties": {"x": {"type": "string", **document.pop("mark", {})}}})
    paths = {"/a": {"get": {"operationId": "it", "responses": {"200": answer}, **operation}}}
    files = {f"overlay{number}.yaml": text for number, text in enumerate(overlays)}
    whole = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths, **document}
    path = write_files(folder, {"openapi.yaml": whole, **files})
    spec, problems = load_spec("api", path, folder, tuple(folder / name for name in files))
    assert spec, problems
    return spec


def write_overlay(*actions: str) -> str:
    return "\n".join(["overlay: 1.1.0", "info: {title: T, version: '1'}", "actions:", *actions])


@pytest.mark.parametrize(("name", "value"), _CASES)
def test_an_extension_of_another_tool_is_told_and_not_read(name: str, value: Any, tmp_path: Path) -> None:
    plain = load(tmp_path / "plain", {}, **_RULES).operations["it"]

    spec = load(tmp_path / "odd", {name: value}, **_RULES)

    [found] = spec.problems
    assert (found.problem.severity, found.operations) == (Severity.WARNING, {"it"})
    assert "it is taken for another tool's, and is not read" in found.problem.message
    assert dataclasses.replace(spec.operations["it"], location=plain.location) == plain
    mended = load(tmp_path / "mended", {name: value}, write_overlay(found.problem.mend), **_RULES)
    assert mended.problems == ()


@pytest.mark.parametrize("value", [["email", "phone"], True, "passport", {"level": 3}])
def test_what_another_tool_marks_as_personal_is_so_here(value: Any, tmp_path: Path) -> None:
    spec = load(tmp_path / "odd", {}, mark={"x-pii": value})

    [found] = spec.problems
    place = ("paths", "/a", "get", "responses", "200", "content", "application/json", "schema", "properties", "x")
    assert (found.problem.severity, spec.bundle.resolve(place)["x-pii"]) == (Severity.WARNING, "token")
    assert load(tmp_path / "mended", {}, write_overlay(found.problem.mend), mark={"x-pii": value}).problems == ()
    assert load(tmp_path / "off", {}, mark={"x-pii": False}).operations["it"].fault == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-effect", "wirte"),
        ("x-evidence", "documentd"),
        ("x-source", {"section": "1"}),
        ("x-error-code", "/a~2"),
        ("x-paging", {"in": "query"}),
        ("x-paging", {"in": "query", "name": "p", "maximum_of_items": 5}),
        ("x-paging", {"style": "cursor", "in": "query", "nam": "p", "next": "$.n"}),
        ("x-success", {"type": "objekt"}),
    ],
)
def test_a_misspelt_extension_of_ours_is_a_mistake(name: str, value: Any, tmp_path: Path) -> None:
    assert load(tmp_path, {name: value}).operations["it"].fault != ""


@pytest.mark.parametrize(("name", "value"), [("x-effect", 1), ("x-paging", True), ("x-error-code", "code")])
def test_what_an_overlay_says_is_ours(name: str, value: Any, tmp_path: Path) -> None:
    action = yaml.safe_dump([{"target": "$.paths['/a'].get", "update": {name: value}}])

    assert load(tmp_path, {}, write_overlay(action)).operations["it"].fault != ""
