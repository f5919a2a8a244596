"""Mistakes in OpenAPI documents are reported with their lines."""

from pathlib import Path
from typing import Any

import pytest

from helpers.specs import MAIN, make_document, read_spec, render_problems

HEAD = 'openapi: 3.1.0\ninfo: {title: T, version: "1"}\n'
HEAD_3_0 = 'openapi: 3.0.3\ninfo: {title: T, version: "1"}\n'
GET = "paths:\n  /a/{id}:\n    get:\n      operationId: getA\n"
ID = "      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]\n"
OK = '      responses: {"200": {description: Fine}}\n'
VALID = HEAD + GET + ID + OK


def find_problems(folder: Path, text: Any, **files: Any) -> list[str]:
    return render_problems(read_spec(folder, {MAIN: text, **files})[1])


def test_valid_document_has_none(tmp_path: Path) -> None:
    assert find_problems(tmp_path, VALID) == []


SUPPORTED = "supported: Swagger 2.0, OpenAPI 3.0, 3.1 and 3.2, as in openapi: 3.1.0"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "swagger: '1.2'\npaths: {}\n",
            f"openapi.yaml:1: swagger 1.2 is not supported; {SUPPORTED}",
        ),
        (
            "openapi: 4.0.0\n",
            f"openapi.yaml:1: openapi 4.0.0 is not supported; {SUPPORTED}",
        ),
        (
            "openapi: 2.5\n",
            f"openapi.yaml:1: openapi 2.5 is not supported; {SUPPORTED}",
        ),
        (
            "openapi: 3.1\n",
            "openapi.yaml:1: 'openapi' is read as 3.1.0; write openapi: \"3.1.0\"",
        ),
        (
            "paths: {}\n",
            f"openapi.yaml:1: the key 'openapi' is missing; {SUPPORTED}",
        ),
        ("- a\n", "openapi.yaml:1: an OpenAPI document is a mapping; it begins with 'openapi: 3.1.0'"),
        (
            "openapi: 3.1.0\ninfo: {title: T, version: 1.10}\npaths: {}\n",
            'openapi.yaml:2: $.info.version is a number, not a string; write "1.10" in quotes',
        ),
        (
            HEAD + "paths: {}\ntags: a\npath: {}\n",
            "openapi.yaml:4: $.tags is a string, not an array",
        ),
        (
            HEAD + "paths:\n  orders: {}\n",
            "openapi.yaml:4: $.paths has the unexpected property 'orders'; a path begins with '/', as in '/orders'",
        ),
        (
            HEAD + GET + ID + "      reponses: {}\n",
            "openapi.yaml:8: $.paths['/a/{id}'].get has the unexpected property 'reponses'; Did you mean 'responses'?",
        ),
        (
            HEAD + GET + ID + "      responses: {2xx: {description: D}, default: {description: D}}\n",
            "openapi.yaml:8: $.paths['/a/{id}'].get.responses has the unexpected property '2xx'; write '2XX'",
        ),
        (
            HEAD + GET + ID + "      responses:\n        200: {}\n",
            "openapi.yaml:9: $.paths['/a/{id}'].get.responses['200'] is missing the required property 'description'",
        ),
        (
            HEAD_3_0 + GET + ID + "      responses:\n        200: {}\n",
            "openapi.yaml:9: $.paths['/a/{id}'].get.responses['200'] is missing the required property 'description'",
        ),
        (
            VALID + "components:\n  schemas:\n    A:\n      type: strin\n",
            'openapi.yaml:12: $.components.schemas.A.type is "strin", '
            'not one of "array", "boolean", "integer", "null", "number", "object" or "string"',
        ),
        (
            HEAD_3_0 + GET + ID + OK + "components:\n  schemas:\n    A:\n      type: 'null'\n",
            'openapi.yaml:12: $.components.schemas.A.type is "null", '
            'not one of "array", "boolean", "integer", "number", "object" or "string"',
        ),
        (
            HEAD_3_0 + GET + ID + OK + "components:\n  schemas:\n    A: {requird: [a]}\n",
            "openapi.yaml:11: $.components.schemas.A has the unexpected property 'requird'; Did you mean 'required'?",
        ),
        (
            HEAD_3_0 + GET + ID + OK + "components:\n  schemas:\n    A:\n      pattern: '('\n",
            "openapi.yaml:12: '(' is not a regular expression (ECMA-262): a group does not end",
        ),
        (
            VALID + "components:\n  schemas:\n    A: {type: integer,\n      default: a}\n",
            "openapi.yaml:12: the default does not match its schema: $ is a string, not an integer",
        ),
        (
            VALID
            + "components:\n  schemas:\n    A:\n      pattern: '^(?=a)(a|aa)+\\1$'\n      default: "
            + "a" * 60
            + "b\n",
            "openapi.yaml:13: whether the default matches its schema cannot be checked: a pattern of the schema needs "
            "more steps than a regular expression may take",
        ),
        (
            HEAD + GET + OK,
            "openapi.yaml:5: getA: the path has '{id}', but there is no path parameter 'id'",
        ),
        (
            HEAD + GET + ID.replace("name: id", "name: ids") + OK,
            "openapi.yaml:5: getA: the path has '{id}', but there is no path parameter 'id'; Did you mean 'ids'?",
        ),
        (
            HEAD + GET + ID + OK + "  /b:\n    get:\n      operationId: getA\n" + OK,
            "openapi.yaml:11: the operationId 'getA' is not unique: GET /a/{id}, openapi.yaml:6 has it too; "
            "contracts name the operation 'GET /b'",
        ),
        (
            HEAD + GET + ID + OK + "  /a/{key}:\n    description: The same\n",
            "openapi.yaml:9: the path '/a/{key}' is the same as '/a/{id}', openapi.yaml:4",
        ),
        (
            HEAD + GET + ID.replace("]", ", {name: q, in: query, schema: {}}, {name: q, in: query, schema: {}}]") + OK,
            "openapi.yaml:7: the query parameter 'q' is declared twice in one list",
        ),
        (
            VALID
            + "      security: [{tokn: []}]\ncomponents: {securitySchemes: {token: {type: http, scheme: basic}}}\n",
            "openapi.yaml:9: there is no security scheme 'tokn'; Did you mean 'token'?",
        ),
        (
            VALID + "security: [{token: []}]\n",
            "openapi.yaml:9: there is no security scheme 'token'",
        ),
    ],
)
def test_mistake_is_told_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in find_problems(tmp_path, text)


def test_a_parameter_that_cannot_be_read_is_not_called_missing(tmp_path: Path) -> None:
    text = HEAD + GET + "      parameters: [{$ref: 'https://example.com/id.yaml'}]\n" + OK

    problems = find_problems(tmp_path, text)

    assert len(problems) == 1
    assert "openapi.yaml:7: the reference 'https://example.com/id.yaml' leads out" in problems[0]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = "openapi: 3.1.0\ninfo: {title: 1}\n" + GET + ID + "      x-effect: reads\n      responses: {}\n"

    problems = find_problems(tmp_path, text)

    assert [problem.split(":")[1] for problem in problems] == ["2", "2", "8", "9", "9"]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_mistake_in_an_external_file_is_told_with_its_line(tmp_path: Path, version: str) -> None:
    main = make_document(version, paths={"/a": {"$ref": "paths.yaml#/a"}})
    paths = "a:\n  get:\n    reponses: {}\n    responses: {default: {description: D}}\n"

    assert find_problems(tmp_path, main, **{"paths.yaml": paths}) == [
        "paths.yaml:3: $.a.get has the unexpected property 'reponses'; Did you mean 'responses'?"
    ]


def test_mistake_in_an_external_schema_is_told_with_its_line(tmp_path: Path) -> None:
    main = make_document(components={"schemas": {"A": {"$ref": "a.yaml"}}})

    problems = find_problems(tmp_path, main, **{"a.yaml": "properties:\n  id:\n    minLength: x\n"})

    assert problems == ["a.yaml:3: $.properties.id.minLength is a string, not an integer"]


def test_reference_to_the_wrong_kind_of_object_is_told(tmp_path: Path) -> None:
    operation = {"responses": {"200": {"$ref": "#/components/schemas/A"}}}
    main = make_document(paths={"/a": {"get": operation}}, components={"schemas": {"A": {"type": "object"}}})

    problems = find_problems(tmp_path, main)

    assert any("$.components.schemas.A is missing the required property 'description'" in text for text in problems)


def test_broken_reference_keeps_the_document_from_loading(tmp_path: Path) -> None:
    main = make_document(components={"schemas": {"A": {"$ref": "#/components/schemas/B"}}})

    spec, problems = read_spec(tmp_path, {MAIN: main})

    assert spec is None
    assert [problem.rule for problem in problems] == ["reference"]


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            VALID + "components:\n  schemas:\n    A: {type: string, nullable: true}\n",
            "openapi.yaml:11: OpenAPI 3.1 ignores 'nullable'; write type: [string, 'null']",
        ),
        (
            HEAD_3_0 + GET + ID + OK + "components:\n  schemas:\n    B: {type: string}\n"
            "    A: {$ref: '#/components/schemas/B', nullable: true}\n",
            "openapi.yaml:12: OpenAPI 3.0 ignores 'nullable' next to '$ref'; write nullable: true, allOf: [{$ref: …}]",
        ),
        (
            VALID + "components:\n  schemas:\n    A: {requird: [a]}\n",
            "openapi.yaml:11: 'requird' is not a keyword of JSON Schema and checks nothing; Did you mean 'required'?",
        ),
        (
            VALID + "components:\n  schemas:\n    A: {format: datetime}\n",
            "openapi.yaml:11: unknown format 'datetime'; Did you mean 'date-time'?",
        ),
        (
            VALID + "components: {schemas: {S: {$schema: https://example.com/dialect}}}\n",
            "openapi.yaml:9: the dialect 'https://example.com/dialect' is read as JSON Schema draft 2020-12",
        ),
        (
            HEAD + GET + ID + "      x-efect: read\n" + OK,
            "openapi.yaml:8: unknown extension 'x-efect'; Did you mean 'x-effect'?",
        ),
        (
            VALID + "components:\n  schemas:\n    A: {x-effect: read}\n",
            "openapi.yaml:11: 'x-effect' has no effect here; it belongs to: operation, path item",
        ),
    ],
)
def test_what_the_standard_ignores_is_a_warning(tmp_path: Path, text: str, warning: str) -> None:
    spec, problems = read_spec(tmp_path, {MAIN: text})

    assert spec is not None
    assert [(str(problem), problem.severity) for problem in problems] == [(warning, "warning")]


@pytest.mark.parametrize(
    ("extension", "problem"),
    [
        ("x-effect: reads", "'x-effect' cannot be \"reads\"; Did you mean 'read'?"),
        ("x-evidence: documentd", "'x-evidence' cannot be \"documentd\"; Did you mean 'documented'?"),
        ("x-source: {section: '1'}", "'x-source' needs the key 'document'"),
        ("x-source: {document: d, section: 6.10}", "'x-source.section' must be text; write it in quotes"),
        ("x-source: {document: d, sction: a}", "'x-source.sction' is unknown; Did you mean 'section'?"),
        ("x-instead: getB", "'x-instead' names the unknown operation 'getB'; Did you mean 'getA'?"),
        (
            "x-error-code: /a~2",
            "'x-error-code' must be a JSON Pointer: '/a~2' is not a JSON Pointer: '~' is followed by 0 or 1; "
            "as in '/code'",
        ),
        ("x-paging: {page: {in: query, name: p}}", "'x-paging' needs the key 'total'"),
        (
            "x-paging: {page: {in: path, name: p}, total: $.t}",
            "'x-paging.page.in' cannot be \"path\"; known: query, body",
        ),
        ("x-paging: {page: {in: query}, total: $.t}", "'x-paging.page' needs the key 'name'"),
        ("x-paging: {in: query}", "'x-paging' needs the key 'name'"),
        ("x-paging: {style: cursor, in: query, name: p}", "'x-paging' needs the key 'next'"),
        ("x-paging: {style: link}", "'x-paging' needs the key 'next'"),
        (
            "x-paging: {style: link, next: $.n, name: p}",
            "'x-paging.name' means nothing with style: link; its keys: style, size, total, next, more",
        ),
        (
            "x-paging: {style: offset, in: query, name: p, next: $.n}",
            "'x-paging.next' means nothing with style: offset; its keys: style, in, name, start, size, total, more",
        ),
        (
            "x-paging: {style: cursor, in: query, name: p, next: {pages: $.n}}",
            "'x-paging.next.pages' is unknown; known: header",
        ),
        ("x-paging: {in: path, name: p, total: $.t}", "'x-paging.in' cannot be \"path\"; known: query, body"),
        (
            "x-paging: {in: body, name: p, total: t}",
            "'x-paging.total' must be a JSONPath: 't' is not a JSONPath: a path begins with $, such as $.data.id; "
            "as in $.paging.total",
        ),
        (
            "x-paging: {in: body, name: p, total: {pages: $.p, header: X}}",
            "'x-paging.total' must be a JSONPath, {header: NAME} or {pages: JSONPath}",
        ),
        (
            "x-paging: {in: body, name: p, total: {page: $.p}}",
            "'x-paging.total.page' is unknown; Did you mean 'pages'?",
        ),
        (
            "x-paging: {style: cursors, in: query, name: p, total: $.t}",
            "'x-paging.style' cannot be \"cursors\"; Did you mean 'cursor'?",
        ),
        (
            "x-paging: {in: query, name: p, total: $.t, start: -1}",
            "'x-paging.start' must be a whole number, 0 or more",
        ),
        (
            "x-paging: {in: query, name: p, total: $.t, size: 5}",
            "'x-paging.size' must be a mapping with the keys name, value",
        ),
        ("x-paging: {in: query, name: p, total: $.t, size: {name: n}}", "'x-paging.size' needs the key 'value'"),
        (
            "x-success: {type: objekt}",
            "$.paths['/a/{id}'].get['x-success'].type is \"objekt\", not one of "
            '"array", "boolean", "integer", "null", "number", "object" or "string"',
        ),
    ],
)
@pytest.mark.parametrize("head", [HEAD, HEAD_3_0])
def test_mistake_in_an_extension_is_told(tmp_path: Path, head: str, extension: str, problem: str) -> None:
    problems = find_problems(tmp_path, head + GET + ID + OK + f"      {extension}\n")

    assert problems[:1] == [f"openapi.yaml:9: {problem}"]


@pytest.mark.parametrize(
    ("extension", "problem"),
    [
        ("x-pii: emial", "'x-pii' cannot be \"emial\"; Did you mean 'email'?"),
    ],
)
def test_mistake_in_a_mark_of_a_property_is_told(tmp_path: Path, extension: str, problem: str) -> None:
    text = VALID + f"components:\n  schemas:\n    A:\n      properties:\n        a: {{{extension}}}\n"

    assert find_problems(tmp_path, text) == [f"openapi.yaml:13: {problem}"]


def test_the_older_form_of_paging_is_a_warning(tmp_path: Path) -> None:
    text = HEAD + GET + ID + OK + "      x-paging: {page: {in: query, name: p}, total: $.t}\n"

    [problem] = read_spec(tmp_path, {MAIN: text})[1]

    assert problem.severity == "warning"
    assert str(problem) == (
        "openapi.yaml:9: 'x-paging' has its older form; "
        "write `in` and `name` beside `total`, as in {in: query, name: page, total: $.paging.total}"
    )


def test_property_named_like_an_extension_is_none(tmp_path: Path) -> None:
    text = VALID + "components:\n  schemas:\n    A:\n      properties:\n        x-pii: {type: string}\n"

    assert find_problems(tmp_path, text) == []
