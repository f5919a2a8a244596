"""Swagger 2.0 documents in several files say what they say in one."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from contracts_runner.model.json import Json
from contracts_runner.openapi.spec import Spec, load_spec

_ITEM = "{type: object, required: [id], properties: {id: {type: integer, x-nullable: true}, kind: {$ref: KIND}}}"
_KIND = "{type: string, enum: [a, b]}"
_LIMIT = "{name: limit, in: query, type: integer, maximum: 50}"
_TAGS = "{name: tags, in: query, type: array, items: {type: string}, collectionFormat: multi}"
_BODY = "{name: item, in: body, required: true, schema: {$ref: ITEM}}"
_GONE = "{description: gone, schema: {$ref: ITEM}, headers: {X-Total: {type: integer}}}"
_PATH = """{{post: {{operationId: add, parameters: [{{$ref: {limit}}}, {{$ref: {tags}}}, {{$ref: {body}}}],
  responses: {{200: {{description: ok, schema: {{$ref: {item}}}}}, 404: {{$ref: {gone}}}}}}}}}"""
_HEAD = 'swagger: "2.0"\ninfo: {title: T, version: "1"}\nconsumes: [application/json]\nproduces: [application/xml]\n'
_ONE = {"limit": "'#/parameters/limit'", "tags": "'#/parameters/tags'", "body": "'#/parameters/item'"}
_ONE |= {"item": "'#/definitions/Item'", "gone": "'#/responses/gone'"}
_SHARED = {
    "parameters": {"limit": _LIMIT, "tags": _TAGS, "item": _BODY},
    "definitions": {"Item": _ITEM, "Kind": _KIND},
    "responses": {"gone": _GONE},
}
_OTHER = {name: text.replace("'#/", "'./parts/shared.yaml#/") for name, text in _ONE.items()}
_UP = {name: text.replace("'#/", "'../api.yaml#/") for name, text in _ONE.items()}
_BACK = {name: text.replace("'#/", "'api.yaml#/") for name, text in _ONE.items()}


def write_shared(prefix: str = "") -> str:
    """Return the mappings of what is shared; references in them begin with a prefix."""
    places = {"ITEM": f"'{prefix}#/definitions/Item'", "KIND": f"'{prefix}#/definitions/Kind'"}
    text = "".join(
        f"{section}:\n" + "".join(f"  {name}: {value}\n" for name, value in entries.items())
        for section, entries in _SHARED.items()
    )
    for name, place in places.items():
        text = text.replace(f"$ref: {name}", f"$ref: {place}")
    return text


_WHOLE = {"api.yaml": f"{_HEAD}paths:\n  /items: {_PATH.format(**_ONE)}\n{write_shared()}"}
_LAYOUTS: dict[str, dict[str, str]] = {
    "all that is shared": {
        "api.yaml": f"{_HEAD}paths:\n  /items: {_PATH.format(**_OTHER)}\n",
        "parts/shared.yaml": write_shared(),
    },
    "a path": {
        "api.yaml": f"{_HEAD}paths:\n  /items: {{$ref: items.yaml}}\n{write_shared()}",
        "items.yaml": _PATH.format(**_BACK),
    },
    "all paths": {
        "api.yaml": f"{_HEAD}paths: {{$ref: paths/all.yaml}}\n{write_shared()}",
        "paths/all.yaml": "/items: "
        + _PATH.format(**{name: text.replace("'", "'../", 1) for name, text in _BACK.items()}),
    },
    "what is shared, by way of the document": {
        "api.yaml": f"{_HEAD}paths:\n  /items: {_PATH.format(**_ONE)}\n"
        + "".join(
            f"{section}:\n"
            + "".join(f"  {name}: {{$ref: 'parts/shared.yaml#/{section}/{name}'}}\n" for name in entries)
            for section, entries in _SHARED.items()
        ),
        "parts/shared.yaml": write_shared("../api.yaml"),
    },
    "each mapping": {
        "api.yaml": f"{_HEAD}paths:\n  /items: {_PATH.format(**_ONE)}\n"
        + "".join(f"{section}: {{$ref: 'parts/shared.yaml#/{section}'}}\n" for section in _SHARED),
        "parts/shared.yaml": write_shared(),
    },
}


def load(folder: Path, files: Mapping[str, str]) -> Spec:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    spec, problems = load_spec("api", folder / "api.yaml", folder)
    assert spec, problems
    return spec


def write_out(spec: Spec, value: Json) -> Json:
    """Return a value without references."""
    if isinstance(value, Mapping) and "$ref" in value:
        return write_out(spec, spec.bundle.resolve(value["$ref"]))
    if isinstance(value, Mapping):
        return {key: write_out(spec, item) for key, item in value.items()}
    return [write_out(spec, item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("layout", sorted(_LAYOUTS))
def test_what_is_in_other_files_is_read_as_in_the_document(layout: str, tmp_path: Path) -> None:
    whole, spec = load(tmp_path / "whole", _WHOLE), load(tmp_path / "parts", _LAYOUTS[layout])

    assert (spec.problems, spec.operations["add"].fault) == ((), "")
    assert write_out(spec, spec.document["paths"]) == write_out(whole, whole.document["paths"])
    assert set(spec.files) == set(_LAYOUTS[layout])
    assert "x-documents" not in spec.document


def test_a_mistake_of_another_file_is_told_where_it_is_written(tmp_path: Path) -> None:
    document = (
        f"{_HEAD}paths:\n  /items: {{get: {{responses: {{200: {{description: x, schema: {{$ref: a.yaml}}}}}}}}}}\n"
    )
    first = "type: object\nproperties:\n  n: {$ref: 'b.json#/n'}\n  no: {$ref: 'b.json#/no'}\n  a: {$ref: a.yaml}\n"

    spec = load(tmp_path, {"api.yaml": document, "a.yaml": first, "b.json": '{"n": {"minLength": "x"}}'})

    [operation] = spec.operations.values()
    assert {str(found.problem).partition(";")[0] for found in spec.problems} == {
        "a.yaml:4: the reference 'b.json#/no' leads to nothing: there is no 'no'",
        "b.json:1: $.n.minLength is a string, not an integer",
    }
    assert all(found.operations == {operation.label} for found in spec.problems)


def test_files_that_refer_to_each_other_end(tmp_path: Path) -> None:
    paths = "{/a: {$ref: a.yaml}, /b: {get: {responses: {200: {description: x, schema: {$ref: s.yaml}}}}}}"
    document = f"{_HEAD}paths: {paths}\n"
    files = {"a.yaml": "{$ref: b.yaml}", "b.yaml": "{$ref: a.yaml}", "s.yaml": "type: array\nitems: {$ref: t.yaml}"}

    spec = load(tmp_path, {"api.yaml": document, **files, "t.yaml": "anyOf: [{type: integer}, {$ref: s.yaml}]"})

    pointer = spec.operations["GET /b"].responses["200"].schemas["application/xml"]
    assert (spec.schemas.check_response(pointer, [[1]]), len(spec.schemas.check_response(pointer, [["1"]]))) == ([], 1)
