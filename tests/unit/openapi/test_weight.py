"""Mistakes of real documents by their weight: only the operations that one is part of have it, and only where what is
meant has no clear meaning."""

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts_runner.engine.listing_request import Question, find_asked
from contracts_runner.errors import Severity, TransportError
from contracts_runner.openapi.spec import Spec, load_spec
from helpers.specs import make_answer, write_files

Document = dict[str, Any]


def make_shop(version: str = "3.1.0") -> Document:
    """Return a document with an operation `bad`, into which mistakes are planted, and an operation `good`."""
    found = make_answer({"type": "object", "properties": {"x": {"type": "integer"}}})
    item = {"get": {"operationId": "bad", "parameters": [], "responses": {"200": found}}}
    good = {"get": {"operationId": "good", "responses": {"200": make_answer({"type": "string"})}}}
    return {
        "openapi": version,
        "info": {"title": "Shop", "version": "1"},
        "paths": {"/bad": item, "/good": good},
        "components": {"schemas": {}, "securitySchemes": {}},
    }


def load(folder: Path, document: Any, *overlays: str, **files: Any) -> Spec:
    path = write_files(folder, {"openapi.yaml": document, **files})
    names = [folder / f"overlay{index}.yaml" for index in range(len(overlays))]
    for name, text in zip(names, overlays, strict=True):
        name.write_text(text, encoding="utf-8")
    spec, problems = load_spec("api", path, folder, tuple(names))
    assert spec is not None, [str(problem) for problem in problems]
    return spec


def get_bad(document: Document) -> Document:
    operation: Document = document["paths"]["/bad"]["get"]
    return operation


def get_schema(document: Document) -> Document:
    schema: Document = get_bad(document)["responses"]["200"]["content"]["application/json"]["schema"]
    return schema


def put_schema(**keywords: Any) -> Callable[[Document], None]:
    return lambda document: get_schema(document).update(keywords)


def put_operation(**keys: Any) -> Callable[[Document], None]:
    return lambda document: get_bad(document).update(keys)


def put_path(document: Document) -> None:
    document["paths"]["/bad/{id}"] = document["paths"].pop("/bad")


def drop(*keys: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        place = document
        for key in keys[:-1]:
            place = place[key]
        del place[keys[-1]]

    return change


# What a document may have that leaves an operation without one clear meaning.
FAULTS: Mapping[str, Callable[[Document], None]] = {
    "dangling reference": put_schema(items={"$ref": "#/components/schemas/Nope"}),
    "dangling parameter": put_operation(parameters=[{"$ref": "#/components/parameters/Nope"}]),
    "dangling parameter of the path": lambda document: document["paths"]["/bad"].update(
        parameters=[{"$ref": "#/components/parameters/Nope"}]
    ),
    "dangling body": put_operation(requestBody={"$ref": "#/components/requestBodies/Nope"}),
    "dangling answer": put_operation(responses={"200": {"$ref": "#/components/responses/Nope"}}),
    "dangling header": put_operation(
        responses={"200": {"description": "", "headers": {"X-A": {"$ref": "#/components/headers/Nope"}}}}
    ),
    "reference to no file": put_schema(items={"$ref": "nope.yaml#/A"}),
    "remote reference": put_schema(items={"$ref": "https://api.example.com/a.json"}),
    "reference to itself": lambda document: (
        get_schema(document).update(items={"$ref": "#/components/schemas/A"}),
        document["components"]["schemas"].update(A={"$ref": "#/components/schemas/A"}),
    )[0],
    "undeclared path parameter": put_path,
    "unknown security scheme": put_operation(security=[{"nope": []}]),
    "unknown type": put_schema(type="any"),
    "bad pattern": put_schema(properties={"x": {"type": "string", "pattern": "^[a-"}}),
    "required of what is no name": put_schema(required=["x", {}]),
    "required of numbers": put_schema(required=[5]),
    "list of no types": put_schema(type=[None]),
    "type twice": put_schema(type=["object", "object"]),
    "no branch": put_schema(anyOf=[]),
    "no branch of several": put_schema(properties={"x": {"oneOf": []}}),
    "required of one name": put_schema(required="x"),
    "bound that is an object": put_schema(properties={"x": {"exclusiveMinimum": {"a": 1}}}),
    "bound that is null": put_schema(properties={"x": {"exclusiveMaximum": None}}),
    "a newer keyword of the wrong form": put_schema(prefixItems={"type": "string"}),
    "a newer keyword that is null": put_schema(properties={"x": {"dependentRequired": None}}),
    "no schema in a newer keyword": put_schema(prefixItems=["x"]),
    "a mistake in a newer keyword": put_schema(prefixItems=[{"type": "any"}]),
    "a mistake in a newer mapping": put_schema(patternProperties={"^x": {"maxLength": "x"}}),
    "a property called items that is a list": put_schema(properties={"items": [None]}),
    "a list of items with a mistake": put_schema(properties={"x": {"type": "array", "items": [{"type": "any"}]}}),
    "a list of items that are no schemas": put_schema(properties={"x": {"type": "array", "items": [None]}}),
    "a reference that can be no file": put_schema(properties={"x": {"$ref": "a\x00b.yaml"}}),
    "bound that is text": put_schema(minLength="3"),
    "properties that are a list": put_schema(properties=["x"]),
    "parameters that are a mapping": put_operation(parameters={"name": "a"}),
    "parameter without a name": put_operation(parameters=[{"in": "query", "schema": {}}]),
    "parameter twice": put_operation(parameters=[{"name": "a", "in": "query", "schema": {}}] * 2),
    "response that is text": put_operation(responses={"200": "fine"}),
    "content that is a list": put_operation(responses={"200": {"description": "", "content": ["application/json"]}}),
    "a wrong x-effect": put_operation(**{"x-effect": "reads"}),
}
# What has one clear meaning, and what that is: a value of the answer that is right, and one that is not.
ANY = object()
SLIPS: Mapping[str, tuple[Callable[[Document], None], Any, Any]] = {
    "default of another type": (put_schema(default=5), {"x": 1}, {"x": "a"}),
    "default null": (put_schema(properties={"x": {"type": "integer", "default": None}}), {"x": 1}, {"x": None}),
    "empty enum": (put_schema(properties={"x": {"type": "integer", "enum": []}}), {"x": 1}, {"x": "a"}),
    "enum with a value twice": (put_schema(properties={"x": {"enum": [1, 1]}}), {"x": 1}, {"x": 2}),
    "required: true": (put_schema(properties={"x": {"type": "integer", "required": True}}), {}, {"x": "a"}),
    "empty required": (put_schema(required=[]), {}, {"x": "a"}),
    "repeated required": (put_schema(required=["x", "x"]), {"x": 1}, {}),
    "boolean bound": (put_schema(properties={"x": {"minimum": 1, "exclusiveMinimum": True}}), {"x": 2}, {"x": 1}),
    "number as bound": (put_schema(properties={"x": {"exclusiveMinimum": 1}}), {"x": 2}, {"x": 1}),
    "list of types": (put_schema(type=["object", "null"]), None, 5),
    "type file": (put_schema(properties={"x": {"type": "file"}}), {"x": "a"}, {"x": 1}),
    "allOf without a branch": (put_schema(allOf=[]), {"x": 1}, {"x": "a"}),
    "no items": (put_schema(properties={"x": {"type": "array", "items": []}}), {"x": [1]}, {"x": 1}),
    "type null": (put_schema(properties={"x": {"type": "null"}}), {"x": None}, {"x": 1}),
    "list of items": (
        put_schema(properties={"x": {"type": "array", "items": [{"type": "integer"}, {"type": "string"}]}}),
        {"x": [1, "a", None]},
        {"x": ["a"]},
    ),
    "title that is no text": (put_schema(title={"a": 1}), {"x": 1}, {"x": "a"}),
    "responses that are no status": (
        lambda document: get_bad(document)["responses"].update({"maxLength": True, "2000": [], "OK": None}),
        {"x": 1},
        {"x": "a"},
    ),
    "servers that are odd": (
        put_operation(servers=[None, {}, {"url": 5}, {"url": "/{a}", "variables": {"a": [], "b": {"enum": 1}}}]),
        {"x": 1},
        {"x": "a"},
    ),
    "recursive anchor": (put_schema(**{"$recursiveAnchor": True}), {"x": 1}, {"x": "a"}),
    "extra key": (put_operation(consumes=["application/json"]), {"x": 1}, {"x": "a"}),
    "tags that are text": (put_operation(tags="a"), {"x": 1}, {"x": "a"}),
    "description that is a number": (put_operation(description=5), {"x": 1}, {"x": "a"}),
    "security: null": (put_operation(security=None), {"x": 1}, {"x": "a"}),
    "no description": (drop("paths", "/bad", "get", "responses", "200", "description"), {"x": 1}, {"x": "a"}),
    "no responses": (drop("paths", "/bad", "get", "responses"), ANY, ANY),
    "no info": (drop("info"), {"x": 1}, {"x": "a"}),
    "no version": (drop("info", "version"), {"x": 1}, {"x": "a"}),
    "contact that is no address": (
        lambda document: document["info"].update(contact={"email": "me"}),
        {"x": 1},
        {"x": "a"},
    ),
    "one shape": (lambda document: document["paths"].update({"/{a}": {}, "/{b}": {}}), {"x": 1}, {"x": "a"}),
    "upper-case method": (lambda document: document["paths"]["/bad"].update(POST={}), {"x": 1}, {"x": "a"}),
}
VERSIONS = ["3.0.3", "3.1.0", "3.2.0"]


def find_errors(spec: Spec, label: str) -> list[str]:
    return [
        str(found.problem)
        for found in spec.problems
        if label in found.operations and found.problem.severity is Severity.ERROR
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_a_fault_is_that_of_the_operations_that_it_is_part_of(tmp_path: Path, kind: str, version: str) -> None:
    document = make_shop(version)
    FAULTS[kind](document)

    spec = load(tmp_path, document)

    assert spec.operations["bad"].fault.startswith("openapi.yaml:")
    assert find_errors(spec, "bad") != []
    assert spec.operations["good"].fault == ""
    assert find_errors(spec, "good") == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", sorted(SLIPS))
def test_what_has_one_meaning_is_read_so_and_told(tmp_path: Path, kind: str, version: str) -> None:
    document = make_shop(version)
    change, right, wrong = SLIPS[kind]
    change(document)

    spec = load(tmp_path, document)

    assert {found.problem.severity for found in spec.problems} <= {Severity.WARNING}
    assert [operation.fault for operation in spec.operations.values()] == ["", ""]
    if right is not ANY:
        [pointer] = spec.operations["bad"].responses["200"].schemas.values()
        assert spec.schemas.check_response(pointer, right) == []
        assert spec.schemas.check_response(pointer, wrong) != []


def hide(place: str) -> Callable[[Document], Mapping[str, Any]]:
    """Return what moves the body schema of `bad` elsewhere; returns further files."""

    def change(document: Document) -> Mapping[str, Any]:
        schema = copy.deepcopy(get_schema(document))
        content = get_bad(document)["responses"]["200"]["content"]["application/json"]
        schemas = document["components"]["schemas"]
        match place:
            case "component":
                schemas["A"], content["schema"] = schema, {"$ref": "#/components/schemas/A"}
            case "chain":
                schemas["A"], schemas["B"] = schema, {"items": {"allOf": [{"$ref": "#/components/schemas/A"}]}}
                content["schema"] = {"$ref": "#/components/schemas/B"}
            case "cycle":
                schemas["A"] = {**schema, "not": {"$ref": "#/components/schemas/A"}}
                content["schema"] = {"$ref": "#/components/schemas/A"}
            case "part":
                schemas["A"], content["schema"] = {"items": schema}, {"$ref": "#/components/schemas/A/items"}
            case "file":
                content["schema"] = {"$ref": "a.yaml#/A"}
                return {"a.yaml": {"A": schema}}
            case "path item":
                item = document["paths"]["/bad"]
                document["paths"]["/bad"] = {"$ref": "a.yaml"}
                return {"a.yaml": {**item, "put": {"operationId": "other", "responses": {}}}}
        return {}

    return change


@pytest.mark.parametrize("place", ["inline", "component", "chain", "cycle", "part", "file", "path item"])
def test_a_fault_is_found_through_any_reference(tmp_path: Path, place: str) -> None:
    document = make_shop()
    put_schema(minLength="3")(document)
    files = hide(place)(document)

    spec = load(tmp_path, document, **files)

    assert {label for label, operation in spec.operations.items() if operation.fault} == {"bad"}


@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_the_action_that_is_told_with_a_fault_mends_it(tmp_path: Path, kind: str) -> None:
    document = make_shop()
    FAULTS[kind](document)
    problems = load(tmp_path, document).problems
    actions = [found.problem.mend for found in problems if found.problem.severity is Severity.ERROR]
    assert all(actions)
    head = yaml.safe_dump({"overlay": "1.1.0", "info": {"title": "T", "version": "1"}})

    spec = load(tmp_path, document, f"{head}actions:\n{actions[0]}\n")

    assert spec.operations["bad"].fault == ""


@pytest.mark.parametrize(
    ("written", "version"),
    [("3.1", "3.1.0"), ("3.2", "3.2.0"), ("3.0", "3.0.0"), ("'3.1'", "3.1.0"), ("3.1.9", "3.1.9")],
)
def test_a_version_that_is_a_number_is_read(tmp_path: Path, written: str, version: str) -> None:
    spec = load(tmp_path, f"openapi: {written}\ninfo: {{title: T, version: '1'}}\npaths: {{}}\n")

    assert spec.version == version


def test_statuses_in_small_letters_are_ranges(tmp_path: Path) -> None:
    document = make_shop()
    get_bad(document)["responses"]["4xx"] = make_answer({})

    assert list(load(tmp_path, document).operations["bad"].responses) == ["200", "4XX"]


def test_an_id_that_stands_twice_names_no_operation(tmp_path: Path) -> None:
    document = make_shop()
    document["paths"]["/good"]["get"]["operationId"] = "bad"

    spec = load(tmp_path, document)

    assert list(spec.operations) == ["GET /bad", "GET /good"]
    assert spec.find_operation("bad") is None
    assert spec.find_sharers("bad") == ["GET /bad", "GET /good"]
    assert spec.find_operation("GET /good") is not None


def test_a_path_parameter_that_is_not_required_is_sent_all_the_same(tmp_path: Path) -> None:
    document = make_shop()
    get_bad(document)["parameters"] = [
        {"name": name, "in": "path", "schema": {"type": "string"}} for name in ("id", "elsewhere")
    ]
    put_path(document)

    spec = load(tmp_path, document)

    assert spec.operations["bad"].fault == ""
    assert [(each.name, each.is_required) for each in spec.operations["bad"].parameters] == [("id", True)]


def test_a_key_twice_is_a_fault_where_it_stands(tmp_path: Path) -> None:
    text = yaml.safe_dump(make_shop()).replace("operationId: bad", "operationId: bad\n      operationId: bad")

    spec = load(tmp_path, text)

    assert "duplicate key 'operationId'" in spec.operations["bad"].fault
    assert spec.operations["good"].fault == ""


def test_a_warehouse_check_asks_no_operation_with_a_fault(tmp_path: Path) -> None:
    document = make_shop()
    FAULTS["unknown type"](document)
    spec = load(tmp_path, document)
    bad, good = (Question(operation=name, rows="$[*]", body=None, parameters={}) for name in ("bad", "good"))

    assert find_asked(good, spec).label == "good"
    with pytest.raises(TransportError, match=r"not sent: bad cannot be read in the spec: openapi\.yaml:"):
        find_asked(bad, spec)


@pytest.mark.parametrize(("reference", "faults"), [("#/components/schemas/A/definitions/B", {"bad"}), (None, set())])
def test_what_a_schema_only_holds_is_part_of_it_where_something_refers_to_it(
    tmp_path: Path, reference: str | None, faults: set[str]
) -> None:
    document = make_shop("3.1.0")
    held = {"definitions": {"B": {"minLength": "3"}}, "type": "object"}
    document["components"]["schemas"]["A"] = held | ({"properties": {"x": {"$ref": reference}}} if reference else {})
    put_schema(items={"$ref": "#/components/schemas/A"})(document)

    spec = load(tmp_path, document)

    assert {label for label, operation in spec.operations.items() if operation.fault} == faults


@pytest.mark.parametrize("indent", [None, 1])
def test_a_document_of_one_line_is_told_with_pointers(tmp_path: Path, indent: int | None) -> None:
    schemas = {"A": {"pattern": "("}, "B": {"$ref": "#/nope"}, "C": {"type": "x"}}
    document = {**make_shop(), "components": {"schemas": schemas}}
    text = json.dumps(document, indent=indent).replace('"info"', '"tags": [{"name": 1, "name": "a"}], "info"')

    problems = load(tmp_path, text).problems

    found = [str(each.problem).split(": ", 1)[1] for each in problems]
    pointers = {text.split(": ")[0] for text in found if text.startswith("#/")}
    assert pointers == ({"#/components/schemas/B/$ref", "#/tags/0/name"} if indent is None else set())
    assert sum(text.startswith("$.") for text in found) >= 2
