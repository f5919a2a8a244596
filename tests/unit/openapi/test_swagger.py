"""Swagger 2.0 documents, read as ones of OpenAPI 3.0 with the lines that their authors wrote."""

import json
from pathlib import Path

import pytest
import yaml

from contracts_runner.errors import Severity
from contracts_runner.model.spec import Effect, Parameter, Style
from contracts_runner.openapi.spec import Spec, load_spec
from contracts_runner.reading.cache import Cache

DOCUMENT = """\
swagger: "2.0"
info: {title: Shop, version: "1"}
host: shop.example.com
basePath: /v1/
schemes: [https]
consumes: [application/json]
produces: [application/json]
securityDefinitions:
  login: {type: basic}
  key: {type: apiKey, in: header, name: X-Key}
  grant: {type: oauth2, flow: application, tokenUrl: "https://b.example", scopes: {}}
security: [{key: []}]
parameters:
  limit: {name: limit, in: query, type: integer, maximum: 50, x-evidence: observed}
responses:
  gone: {description: gone, schema: {$ref: "#/definitions/Problem"}}
paths:
  /items:
    parameters: [{$ref: "#/parameters/limit"}]
    get:
      operationId: list
      parameters:
        - {name: ids, in: query, type: array, items: {type: integer}}
        - {name: pipes, in: query, type: array, items: {type: string}, collectionFormat: pipes}
        - {name: many, in: query, type: array, items: {type: string}, collectionFormat: multi}
        - {name: X-Tags, in: header, type: array, items: {type: string}}
      responses:
        200:
          description: all
          schema: {type: array, items: {$ref: "#/definitions/Item"}}
          headers: {x-total: {type: integer, minimum: 0}}
        404: {$ref: "#/responses/gone"}
    post:
      operationId: add
      security: []
      parameters:
        - {name: item, in: body, required: true, schema: {$ref: "#/definitions/Item"}}
      responses: {201: {description: added}}
  /items/{id}/picture:
    put:
      operationId: upload
      consumes: [multipart/form-data]
      produces: [image/png]
      parameters:
        - {name: id, in: path, required: true, type: string}
        - {name: picture, in: formData, type: file, required: true}
        - {name: tags, in: formData, type: array, items: {type: string}, collectionFormat: multi}
      responses: {200: {description: the same, schema: {type: file}}}
  /form:
    post:
      operationId: fill
      consumes: [application/x-www-form-urlencoded]
      parameters: [{name: a, in: formData, type: integer, required: true}]
      responses: {204: {description: done}}
  /tabs:
    get:
      operationId: tabs
      parameters: [{name: a, in: query, type: array, items: {type: string}, collectionFormat: tsv}]
      responses: {204: {description: done}}
definitions:
  Problem: {type: object, required: [code], properties: {code: {type: string}}}
  Item:
    type: object
    discriminator: kind
    required: [id, kind]
    properties:
      id: {type: integer, x-nullable: true}
      kind: {type: string}
      parent: {$ref: "#/definitions/Item", x-nullable: true}
      pair: {type: array, items: [{$ref: "#/definitions/Problem"}, {type: integer}]}
      either: {anyOf: [{$ref: "#/definitions/Problem"}, {type: integer}]}
    additionalProperties: {$ref: "#/definitions/Problem"}
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    folder: Path = tmp_path_factory.mktemp("swagger")
    (folder / "spec.yaml").write_text(DOCUMENT, encoding="utf-8")
    found, problems = load_spec("api", folder / "spec.yaml", folder)
    assert problems == ()
    assert found
    return found


def find_line(text: str) -> int:
    """Return the line of the only place of a text in the document."""
    [line] = (number for number, each in enumerate(DOCUMENT.splitlines(), start=1) if text in each)
    return line


def find(spec: Spec, operation: str, name: str) -> Parameter:
    [parameter] = spec.operations[operation].find_parameters(name)
    return parameter


def test_operations_are_those_of_the_document(spec: Spec) -> None:
    assert [(each.label, each.method, each.effect) for each in spec.operations.values()] == [
        ("list", "GET", Effect.READ),
        ("add", "POST", Effect.WRITE),
        ("upload", "PUT", Effect.WRITE),
        ("fill", "POST", Effect.WRITE),
        ("tabs", "GET", Effect.READ),
    ]
    assert spec.document["servers"] == [{"url": "https://shop.example.com/v1"}]
    assert (spec.operations["list"].security, spec.operations["add"].security) == ((("key",),), ())
    schemes = {name: (each.type, each.scheme) for name, each in spec.security_schemes.items()}
    assert schemes == {"login": ("http", "basic"), "key": ("apiKey", ""), "grant": ("oauth2", "")}


@pytest.mark.parametrize(
    ("name", "style", "explode"),
    [
        ("ids", Style.FORM, False),
        ("pipes", Style.PIPE_DELIMITED, False),
        ("many", Style.FORM, True),
        ("X-Tags", Style.SIMPLE, False),
    ],
)
def test_a_list_is_written_as_its_collection_format_says(spec: Spec, name: str, style: Style, explode: bool) -> None:
    parameter = find(spec, "list", name)

    assert (parameter.style, parameter.explode) == (style, explode)


def test_a_format_that_nothing_can_carry_is_a_fault_of_its_operation(spec: Spec) -> None:
    assert {label for label, operation in spec.operations.items() if operation.fault} == {"tabs"}
    assert f"spec.yaml:{find_line('tsv')}: " in spec.operations["tabs"].fault


def test_a_shared_parameter_is_that_of_each_operation_of_a_path(spec: Spec) -> None:
    limits = [find(spec, operation, "limit") for operation in ("list", "add")]

    assert [str(each.evidence) for each in limits] == ["observed", "observed"]
    assert spec.schemas.check_request(limits[0].pointer, 51) != []
    assert spec.schemas.check_request(limits[0].pointer, 50) == []


@pytest.mark.parametrize(
    ("operation", "media_type", "right", "wrong"),
    [
        ("add", "application/json", {"id": 1, "kind": "a"}, {"id": 1}),
        ("upload", "multipart/form-data", {"picture": "x", "tags": ["a"]}, {"tags": ["a"]}),
        ("fill", "application/x-www-form-urlencoded", {"a": 1}, {"a": "b"}),
    ],
)
def test_a_body_has_its_media_type_and_schema(
    spec: Spec, operation: str, media_type: str, right: object, wrong: object
) -> None:
    body = spec.operations[operation].body
    assert body
    assert (list(body.schemas), body.is_required) == ([media_type], True)

    assert spec.schemas.check_request(body.schemas[media_type], right) == []
    assert spec.schemas.check_request(body.schemas[media_type], wrong) != []


@pytest.mark.parametrize(
    ("value", "is_valid"),
    [
        ([{"id": None, "kind": "a", "parent": None}], True),
        ([{"id": 1, "kind": "a", "parent": {"id": 2, "kind": "b"}, "more": {"code": "c"}}], True),
        ([{"id": 1, "kind": "a", "pair": [{"code": "c"}, 1], "either": 1}], True),
        ([{"id": 1, "kind": "a", "pair": [1]}], False),
        ([{"id": 1, "kind": "a", "either": {}}], False),
        ([{"id": "1", "kind": "a"}], False),
        ([{"id": 1, "kind": "a", "parent": {}}], False),
        ([{"id": 1, "kind": "a", "more": {}}], False),
        ({}, False),
    ],
)
def test_an_answer_is_checked_by_its_schema(spec: Spec, value: object, is_valid: bool) -> None:
    pointer = spec.operations["list"].responses["200"].schemas["application/json"]

    assert (spec.schemas.check_response(pointer, value) == []) is is_valid


def test_shared_answers_files_and_headers_are_read(spec: Spec) -> None:
    answers = spec.operations["list"].responses
    [header] = answers["200"].headers

    assert spec.schemas.check_response(answers["404"].schemas["application/json"], {}) != []
    assert list(spec.operations["upload"].responses["200"].schemas) == ["image/png"]
    assert (header.name, spec.schemas.check_response(header.pointer, -1) != []) == ("x-total", True)


def test_every_place_is_that_of_the_author(spec: Spec) -> None:
    kind = ("components", "schemas", "Item", "properties", "kind")

    assert spec.operations["add"].location.line == find_line("operationId: add") - 1
    assert find(spec, "list", "limit").location.line == find_line("limit: {name")
    assert spec.locate(kind).line == find_line("kind: {type")
    assert spec.operations["list"].responses["200"].location.line == find_line("description: all") - 1


_SHOP = """\
swagger: "2.0"
info: {title: Shop, version: "1"}
securityDefinitions: {key: {type: apiKey, in: header, name: X-Key}}
definitions:
  Thing: {type: object, properties: {id: {type: integer}}}
parameters:
  limit: {name: limit, in: query, type: integer}
responses:
  gone: {description: gone, schema: {$ref: "#/definitions/Thing"}}
paths:
  /things/{id}:
    parameters:
      - {$ref: "#/parameters/limit"}
    post:
      operationId: bad
      consumes: [application/json]
      security: [{key: []}]
      parameters:
        - {name: id, in: path, required: true, type: string}
        - {name: tags, in: query, type: array, items: {type: string}, collectionFormat: csv}
        - {name: body, in: body, schema: {$ref: "#/definitions/Thing"}}
      responses:
        200: {description: ok, schema: {type: string, pattern: a}, headers: {X-A: {type: string, pattern: a}}}
        404: {$ref: "#/responses/gone"}
    put:
      operationId: form
      consumes: [application/x-www-form-urlencoded]
      parameters:
        - {name: id, in: path, required: true, type: string}
        - {name: age, in: formData, type: integer, minimum: 1}
      responses: {200: {description: ok, schema: {$ref: "#/definitions/Thing"}}}
"""
# What is wrong -> how it is written.
_MISTAKES = {
    "an unknown definition": (
        'body, schema: {$ref: "#/definitions/Thing"}',
        'body, schema: {$ref: "#/definitions/No"}',
    ),
    "an unknown response": ("#/responses/gone", "#/responses/none"),
    "an unknown parameter": ("#/parameters/limit", "#/parameters/none"),
    "an undeclared path parameter": (
        "{name: id, in: path, required: true, type: string}",
        "{name: x, in: query, type: string}",
    ),
    "an unknown scheme": ("security: [{key: []}]", "security: [{key: []}, {no: []}]"),
    "a format that nothing can carry": ("collectionFormat: csv", "collectionFormat: tsv"),
    "a keyword in a shared definition": ("{id: {type: integer}}", "{id: {type: integer, maximum: x}}"),
    "a keyword of a shared parameter": ("in: query, type: integer", "in: query, type: integer, maximum: x"),
    "a keyword of a header": ("X-A: {type: string, pattern: a}", "X-A: {type: string, pattern: '('}"),
    "a pattern of an answer": ("schema: {type: string, pattern: a}", "schema: {type: string, pattern: '('}"),
    "a field of a form": ("minimum: 1", "minimum: x"),
}


@pytest.mark.parametrize("kind", sorted(_MISTAKES))
def test_the_action_that_is_told_mends_the_document_that_its_author_wrote(tmp_path: Path, kind: str) -> None:
    old, new = _MISTAKES[kind]
    assert old in _SHOP
    (tmp_path / "spec.yaml").write_text(_SHOP.replace(old, new), encoding="utf-8")
    broken, _ = load_spec("shop", tmp_path / "spec.yaml", tmp_path)
    assert broken is not None
    actions = {found.problem.mend for found in broken.problems if found.problem.severity is Severity.ERROR}
    assert all(actions)
    assert actions

    lines = ["overlay: 1.0.0", "info: {title: Ours, version: '1'}", "actions:", *sorted(actions, reverse=True)]
    (tmp_path / "ours.yaml").write_text("\n".join(lines), encoding="utf-8")
    mended, problems = load_spec("shop", tmp_path / "spec.yaml", tmp_path, (tmp_path / "ours.yaml",))

    assert mended is not None, problems
    assert any(operation.fault for operation in broken.operations.values())
    assert [operation.fault for operation in mended.operations.values()] == ["", ""]


def test_a_mistake_is_told_at_the_place_that_its_author_knows(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(
        _SHOP.replace("{type: integer}}", "{type: integer, maximum: x}}"), encoding="utf-8"
    )

    spec, _ = load_spec("shop", tmp_path / "spec.yaml", tmp_path)

    assert spec is not None
    assert "$.definitions.Thing.properties.id.maximum" in spec.operations["bad"].fault


def test_a_mistake_of_what_is_shared_is_that_of_each_operation(tmp_path: Path) -> None:
    text = _SHOP.replace("limit: {name: limit, in: query, ", "limit: {name: limit, ").replace(
        '    parameters:\n      - {$ref: "#/parameters/limit"}\n', ""
    )
    shared = 'parameters:\n        - {$ref: "#/parameters/limit"}\n        - {name: id,'
    (tmp_path / "spec.yaml").write_text(text.replace("parameters:\n        - {name: id,", shared), encoding="utf-8")

    spec, _ = load_spec("api", tmp_path / "spec.yaml", tmp_path)

    assert spec
    assert [operation.fault.partition(";")[0] for operation in spec.operations.values()] == [
        "spec.yaml:7: $.parameters.limit is missing the required property 'in'"
    ] * 2


@pytest.mark.parametrize("is_warm", [False, True])
@pytest.mark.parametrize(
    ("pointer", "own"),
    [
        ("content/application~1json/schema/items/properties/a", "schema/items/properties/a"),
        ("headers/X-A/schema/minimum", "headers/X-A/minimum"),
        ("content/application~1json", ""),  # nobody wrote it
        ("description", "description"),
    ],
)
def test_a_place_in_a_document_of_one_line_is_that_of_its_author(
    tmp_path: Path, is_warm: bool, pointer: str, own: str
) -> None:
    schema = {"type": "array", "items": {"properties": {"a": {"type": "string"}}}}
    headers = {"X-A": {"type": "integer", "minimum": 1}}
    operation = {"responses": {"200": {"description": "all", "schema": schema, "headers": headers}}}
    document = {"swagger": "2.0", "info": {"title": "A", "version": "1"}, "paths": {"/a": {"get": operation}}}
    (tmp_path / "a.json").write_text(json.dumps({**document, "produces": ["application/json"]}), encoding="utf-8")
    cache = Cache(tmp_path / "cache")
    for _ in range(2 if is_warm else 1):
        spec, _ = load_spec("a", tmp_path / "a.json", tmp_path, cache=cache)
    assert spec is not None
    response = "/paths/~1a/get/responses/200"

    place = spec.bundle.tell_place(spec.bundle.find(f"{response}/{pointer}")[0])

    assert place == f"a.json:1#{response}/{own}".rstrip("/")


def test_a_place_in_what_is_shared_is_that_of_its_author(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(yaml.safe_load(DOCUMENT)), encoding="utf-8")
    spec, _ = load_spec("a", tmp_path / "a.json", tmp_path)
    assert spec is not None

    place = spec.bundle.tell_place(("components", "schemas", "Item", "properties", "kind", "type"))

    assert place == "a.json:1#/definitions/Item/properties/kind/type"
