"""One name that is gone from an answer, or has another value, is one cause, wherever it is and however that shows."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.engine.jsonpath import find
from contracts_runner.openapi.spec import Spec
from contracts_runner.results.cause_keys import CauseKey, list_check_keys
from contracts_runner.results.events import StepFinished
from helpers.answers import make_response
from helpers.engine import Ran
from helpers.specs import MAIN, load_document, make_document, read_spec
from helpers.told_steps import run_step

# Where the name is -> an answer, and the path of the object that has it.
PLACES: dict[str, tuple[Any, str]] = {
    "at the top": ({"x": {"deep": 1, "too": 2}, "y": 2}, "$"),
    "in objects": ({"a": {"b c": {"x": {"deep": 1, "too": 2}, "y": 2}}}, "$.a['b c']"),
    "in items": ({"items": [{"x": {"deep": n, "too": n}, "y": n} for n in (1, 2)]}, "$.items[*]"),
    "in items of items": ({"items": [{"parts": [{"x": {"deep": 1, "too": 2}, "y": 2}]}]}, "$.items[*].parts[*]"),
    "in an item": ({"data": [{"x": {"deep": 1, "too": 2}, "y": 2}]}, "$.data[0]"),
    "in a list": ([{"x": {"deep": 1, "too": 2}, "y": 2}], "$[*]"),
}
NAMES = ("x", "цена билета")


def list_ways(holder: str, name: str, body: Any) -> dict[str, str]:
    """What a step may say of a name of the objects at a path, as YAML: what it needs is in the answer."""
    member = f"{holder}['{name}']"
    below = f"$..['{name}'].deep"
    ways = {
        "nothing": "",
        "the value": _expect(body={member: {"const": find(member, body)}}),
        "values below": _expect(body={f"{member}.{each}": find(f"{member}.{each}", body) for each in ("deep", "too")}),
        "the object": _expect(body={holder: {"const": find(holder, body)}}),
        "their number": _expect(relations=[{"count": {"this": below, "is": len(find(below, body))}}]),
        "the items": _expect(relations=[{"same_items": {"this": below, "as": find(below, body)}}]),
        "equality": _expect(relations=[{"equal": {"this": holder, "to": find(holder, body)}}]),
        "a capture": f"capture: {{v: {json.dumps(member, ensure_ascii=False)}}}",
        "the first": f"capture: {{v: {{path: {json.dumps(below, ensure_ascii=False)}, take: first}}}}",
    }
    if holder.endswith("[*]"):
        filtered = f"{holder.removesuffix('[*]')}[?@['{name}'].deep == 1].y"
        ways["a filter"] = _expect(body={filtered: {"const": find(filtered, body)}})
        ways["each"] = _expect(relations=[{"every": {"this": holder, "is": {"required": [name]}}}])
        ways["a schema"] = _expect(body={holder: {"items": {"required": [name]}}})
    return ways


def _expect(**keys: Any) -> str:
    return f"expect: {json.dumps(keys, ensure_ascii=False)}"


def load(folder: Path, body: Any, *, is_required: bool, name: str) -> Spec:
    """A document of which each object that has the name requires it, as an object, as a schema of its own."""
    promised = {"required": [name], "properties": {name: {"type": "object"}}}
    schemas = {"Holder": {"type": "object", **(promised if is_required else {})}}
    content = {"application/json": {"schema": _describe(body, name)}}
    answer = {"description": "ok", "content": content}
    paths = {"/a": {"get": {"operationId": "getA", "responses": {"200": answer}}}}
    return load_document(folder, make_document(paths=paths, components={"schemas": schemas}))


def _describe(value: Any, name: str) -> dict[str, Any]:
    if isinstance(value, dict) and name in value:
        return {"$ref": "#/components/schemas/Holder"}
    if isinstance(value, dict):
        return {"type": "object", "properties": {key: _describe(each, name) for key, each in value.items()}}
    return {"type": "array", "items": _describe(value[0], name)} if isinstance(value, list) else {}


def rename(value: Any, name: str) -> Any:
    return json.loads(json.dumps(value).replace('"x":', f"{json.dumps(name)}:"))


def remove(value: Any, name: str) -> Any:
    value = copy.deepcopy(value)
    if isinstance(value, dict):
        value.pop(name, None)
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    kept = [remove(each, name) for each in children]
    return (
        dict(zip(value, kept, strict=True)) if isinstance(value, dict) else kept if isinstance(value, list) else value
    )


def change(value: Any, name: str, other: Any) -> Any:
    if isinstance(value, dict):
        return {key: other if key == name else change(each, name, other) for key, each in value.items()}
    return [change(each, name, other) for each in value] if isinstance(value, list) else value


def list_keys(ran: Ran) -> Iterator[CauseKey]:
    for event in ran.events:
        for check in event.step.checks if isinstance(event, StepFinished) else ():
            if check.outcome.traits.is_broken:
                yield from list_check_keys(event.step, check)


@pytest.mark.parametrize("is_required", [True, False], ids=["required", "not required"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", PLACES)
def test_a_name_that_is_missing_is_one_cause(tmp_path: Path, place: str, name: str, is_required: bool) -> None:
    written, holder = PLACES[place]
    body = rename(written, name)
    spec = load(tmp_path, body, is_required=is_required, name=name)
    whole, lacking = make_response(body), make_response(remove(body, name))

    for way, keys in list_ways(holder, name, body).items():
        assert run_step(spec, keys, whole).outcome == "passed", way
        found = {each.key for each in list_keys(run_step(spec, keys, lacking))}
        assert found <= {f"required {name}"}, way
        # Of a list path it may be what is meant that nothing is found.
        assert found or is_required or way in ("nothing", "a capture"), way


def test_the_place_of_one_of_several_values_is_where_the_path_leads(tmp_path: Path) -> None:
    body, holder = PLACES["in items"]
    changed = make_response(change(body, "x", None))
    spec = load(tmp_path, body, is_required=False, name="x")

    for way in ("the value", "the object", "equality"):
        [key] = list_keys(run_step(spec, list_ways(holder, "x", body)[way], changed))
        assert key.place == f"getA {holder}.x", way


# Where these are looked for nothing has another value.
NOTHING_ELSE = ("nothing", "a capture", "each", "a schema")


@pytest.mark.parametrize("is_promised", [True, False], ids=["promised", "not promised"])
@pytest.mark.parametrize(("other", "kind"), [(None, "null"), ("text", "string"), (["deep"], "array")])
@pytest.mark.parametrize("place", PLACES)
def test_a_name_with_another_value_is_one_cause(
    tmp_path: Path, place: str, other: Any, kind: str, is_promised: bool
) -> None:
    body, holder = PLACES[place]
    spec = load(tmp_path, body, is_required=is_promised, name="x")
    changed = make_response(change(body, "x", other))

    for way, keys in list_ways(holder, "x", body).items():
        found = {each.key for each in list_keys(run_step(spec, keys, changed))}
        # A filter that finds nothing does not say that a value is a wrong one.
        assert found <= {f"value {kind} x"} or way == "a filter", way
        assert found or way in NOTHING_ELSE, way


def test_a_header_that_is_missing_is_one_cause_whoever_asks_for_it(tmp_path: Path) -> None:
    answer = {"description": "ok", "headers": {"X-Total": {"required": True, "schema": {"type": "integer"}}}}
    paths = {"/a": {"get": {"operationId": "getA", "responses": {"200": answer}}}}
    spec = load_document(tmp_path, make_document(paths=paths))

    ran = run_step(spec, "expect: {headers: {x-total: 3}}, capture: {v: {header: X-TOTAL}}", make_response({}))

    assert [check for check, _ in ran.find_checks("failed")] == ["header", "response_headers", "capture"]
    assert {each.key for each in list_keys(ran)} == {"header x-total"}


def test_what_makes_no_success_because_it_is_missing_is_the_cause_of_the_schema(tmp_path: Path) -> None:
    answer = {"description": "ok", "content": {"application/json": {"schema": {"required": ["state"]}}}}
    operation = {"operationId": "getA", "responses": {"200": answer}, "x-success": {"required": ["state"]}}
    spec = load_document(tmp_path, make_document(paths={"/a": {"get": operation}}))

    ran = run_step(spec, "expect: {body: {$.state: done}}", make_response({}))

    assert [check for check, _ in ran.find_checks("failed")] == ["success", "body", "body_schema"]
    assert {each.key for each in list_keys(ran)} == {"required state"}


EMPTY = make_response({})
HOLDER = {"$ref": "#/components/schemas/Holder"}


@pytest.mark.parametrize(
    ("indent", "place"), [(1, f"{MAIN}:40"), (None, f"{MAIN}:1#/components/schemas/Holder/required")]
)
def test_a_place_is_one_of_the_document_whichever_answer_leads_to_it(
    tmp_path: Path, indent: int | None, place: str
) -> None:
    content = {"application/json": {"schema": {"anyOf": [HOLDER, {"type": "array", "items": HOLDER}]}}}
    operation = {"operationId": "getA", "responses": {"200": {"description": "ok", "content": content}}}
    schemas = {"Holder": {"type": "object", "required": ["x"]}}
    document = make_document(paths={"/a": {"get": operation}}, components={"schemas": schemas})
    spec, _ = read_spec(tmp_path, {MAIN: json.dumps(document, indent=indent)})
    assert spec is not None

    of_author = f"expect: {{body: {{$: {json.dumps(HOLDER)}}}}}"
    ran = [run_step(spec, *each) for each in [("", EMPTY), ("", make_response([{}, {}])), (of_author, EMPTY)]]

    assert {(each.key, each.place) for one in ran for each in list_keys(one)} == {("required x", place)}
