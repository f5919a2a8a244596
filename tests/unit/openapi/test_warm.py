"""The warm form of a document: the same as the document read anew, whatever has become of it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.openapi import spec_reading
from contracts_runner.openapi.spec import Spec, load_spec
from contracts_runner.openapi.warm import build_key
from contracts_runner.reading.cache import Cache
from contracts_runner.reading.yaml_tree import MAX_VALUES
from helpers.specs import make_answer, make_document, write_files

_OVERLAY = {
    "overlay": "1.0.0",
    "info": {"title": "Ours", "version": "1"},
    "actions": [{"target": "$.paths['/a']", "update": {"x-effect": "write", "x-source": {"document": "д.md"}}}],
}
_FORM = {
    "parameters": [{"name": "id", "in": "query", "style": "pipeDelimited", "explode": False, "schema": {}}],
    "requestBody": {
        "content": {"multipart/form-data": {"schema": {"type": "object"}, "encoding": {"a": {"contentType": "b/c"}}}}
    },
    "security": [{"key": []}, {}],
    "x-success": {"properties": {"n": {"const": 2**70}}},
    "x-error-code": "/code",
    "x-paging": {"in": "query", "name": "page", "total": "$.n", "size": {"name": "per", "value": 5}},
    "responses": {"2xx": make_answer({"maximum": 10**30, "minimum": -1.5e300, "const": "\U0001f600"})},
}
_SCHEMES = {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}
_FILES: Mapping[str, Mapping[str, Any]] = {
    "one file": {"a.json": make_document(paths={"/a": {"get": _FORM}}, components=_SCHEMES)},
    "yaml": {
        "a.yaml": "openapi: 3.1\ninfo: {version: 1.10, title: a}\npaths: {/a: {get: {tags: [~], responses: {}}}}\n"
    },
    "several files": {
        "a.json": make_document(paths={"/a": {"$ref": "b/c.json#/x"}}),
        "b/c.json": {"x": {"get": {"operationId": "c", "responses": {"200": make_answer({"$ref": "../d.json"})}}}},
        "d.json": {"type": ["string", "null"]},
    },
    "mistakes": {
        "a.json": make_document(
            paths={
                "/a": {"get": {"operationId": "a", "responses": {"200": make_answer({"$ref": "#/none"})}}},
                "/b": {"get": {"operationId": "b", "responses": {"200": make_answer({"type": "txt"})}}},
                "/c": {"get": {"operationId": "c"}, "put": {"operationId": "c"}},
            },
            extra=1,
        )
    },
    "swagger": {
        "a.json": {
            "swagger": "2.0",
            "info": {"title": "a", "version": "1"},
            "host": "a.example",
            "paths": {"/a": {"get": {"produces": ["text/csv"], "responses": {"200": {"description": ""}}}}},
        }
    },
    "sequences": {
        "a.json": make_document(
            "3.2.0",
            paths={
                "/a": {
                    "query": {"responses": {"200": {"description": "", "content": {"a/b": {"itemSchema": {}}}}}},
                    "additionalOperations": {"COPY": {"responses": {}}},
                }
            },
        )
    },
}


def list_pointers(value: Json, pointer: Pointer = ()) -> list[Pointer]:
    pairs = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    return [pointer] + [each for key, child in pairs for each in list_pointers(child, (*pointer, key))]


def show(spec: Spec | None) -> dict[str, Any]:
    """Return all that a spec knows."""
    assert spec is not None
    pointers = [*list_pointers(spec.document), ("none", 0), ("paths", "/a", 1), ("info", "version", "x")]
    return {
        "document": json.dumps(spec.document),
        "operations": list(spec.operations.items()),
        "found": [spec.find_operation(f"{each.method.lower()} {each.path}") for each in spec.operations.values()],
        "security_schemes": dict(spec.security_schemes),
        "problems": [(found, found.problem.pointer, found.problem.mend) for found in spec.problems],
        "sharers": [spec.find_sharers(name) for name in ("a", "c")],
        "files": dict(spec.files),
        "about": (spec.key, spec.path, spec.version, spec.sha256),
        "places": {pointer: spec.locate(pointer) for pointer in pointers},
    }


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def is_read(monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Tell whether files have been read and checked since the last question."""
    read: list[Any] = []
    load_bundle = spec_reading.load_bundle

    def count(*arguments: Any) -> Any:
        read.append(arguments)
        return load_bundle(*arguments)

    monkeypatch.setattr(spec_reading, "load_bundle", count)

    def ask() -> bool:
        found = bool(read)
        read.clear()
        return found

    return ask


def write_project(folder: Path, files: Mapping[str, Any]) -> tuple[Path, Path, tuple[Path, ...]]:
    """Return what load_spec takes."""
    overlay = write_files(folder, {"ours.json": _OVERLAY})
    return write_files(folder, files), folder, (overlay,)


@pytest.mark.parametrize("has_overlay", [False, True])
@pytest.mark.parametrize("files", [pytest.param(files, id=name) for name, files in _FILES.items()])
def test_a_warm_spec_is_the_cold_one(
    tmp_path: Path, cache: Cache, is_read: Callable[[], bool], files: Mapping[str, Any], has_overlay: bool
) -> None:
    path, root, overlays = write_project(tmp_path / "p", files)
    overlays = overlays if has_overlay else ()
    fresh, _ = load_spec("api", path, root, overlays)

    kept, _ = load_spec("api", path, root, overlays, cache=cache)
    assert is_read()
    warm, problems = load_spec("api", path, root, overlays, cache=cache)

    assert not is_read()
    assert problems == ()
    assert show(warm) == show(kept) == show(fresh)


@pytest.mark.parametrize("name", ["a.json", "b/c.json", "d.json", "ours.json"])
def test_a_changed_file_is_read_again(tmp_path: Path, cache: Cache, is_read: Callable[[], bool], name: str) -> None:
    files = _FILES["several files"]
    path, root, overlays = write_project(tmp_path / "p", files)
    load_spec("api", path, root, overlays, cache=cache)
    changed = root / name

    changed.write_text(changed.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    is_read()
    again, _ = load_spec("api", path, root, overlays, cache=cache)
    assert is_read()
    assert show(again) == show(load_spec("api", path, root, overlays)[0])


def test_the_same_files_under_other_names_are_another_document(
    tmp_path: Path, cache: Cache, is_read: Callable[[], bool]
) -> None:
    document = _FILES["one file"]["a.json"]
    root = write_files(tmp_path / "p", {"a.json": document, "b.json": document}).parent
    load_spec("api", root / "a.json", root, cache=cache)

    spec, _ = load_spec("api", root / "b.json", root, cache=cache)

    assert is_read()
    assert spec is not None
    assert spec.locate("/info").path == "b.json"
    assert load_spec("other", root / "b.json", root, cache=cache)[0].operations["GET /a"].spec == "other"  # type: ignore[union-attr]


def test_a_file_that_was_missing_is_found_when_it_comes(tmp_path: Path, cache: Cache) -> None:
    paths = {"/a": {"get": {"responses": {"200": make_answer({"$ref": "d.json"})}}}}
    root = write_files(tmp_path / "p", {"a.json": make_document(paths=paths)}).parent
    early, _ = load_spec("api", root / "a.json", root, cache=cache)

    write_files(root, {"d.json": {"type": "string"}})
    late, _ = load_spec("api", root / "a.json", root, cache=cache)

    assert early is not None
    assert late is not None
    assert "there is no file 'd.json'" in early.operations["GET /a"].fault
    assert late.operations["GET /a"].fault == ""


def test_a_document_that_is_unusable_tells_so_each_time(tmp_path: Path, cache: Cache) -> None:
    path = write_files(tmp_path / "p", {"a.json": {"openapi": "4.0"}})

    found = [load_spec("api", path, path.parent, cache=cache) for _ in range(2)]

    assert found[0] == found[1]
    assert "openapi 4.0 is not supported" in str(found[0][1][0])


def test_a_lower_bound_of_values_holds_for_what_was_kept(tmp_path: Path, cache: Cache) -> None:
    path, root, _ = write_project(tmp_path / "p", _FILES["one file"])
    load_spec("api", path, root, cache=cache)

    spec, problems = load_spec("api", path, root, max_values=10, cache=cache)

    assert spec is None
    assert [problem.message for problem in problems] == ["more than 10 values with all aliases written out"]


@pytest.mark.parametrize("line", range(4))
@pytest.mark.parametrize(
    "foreign",
    [b"", b"{", b"[]", b"null", b'"\xff"', b"[" * 100_000],
    ids=["empty", "cut", "list", "null", "bytes", "deep"],
)
def test_an_entry_of_another_form_is_made_again(
    tmp_path: Path, cache: Cache, is_read: Callable[[], bool], line: int, foreign: bytes
) -> None:
    path, root, _ = write_project(tmp_path / "p", _FILES["one file"])
    fresh, _ = load_spec("api", path, root, cache=cache)
    key = build_key("api", (path,), root, MAX_VALUES)
    lines = cache.load(key or "")
    assert lines is not None

    cache.save(key or "", [*lines[:line], foreign, *lines[line + 1 :]])

    is_read()
    again, _ = load_spec("api", path, root, cache=cache)
    assert is_read()
    assert show(again) == show(fresh)
