"""What the engine has sent for a value gives the value back, in every style of every place."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.engine.parameters import SerialisedParameters, place_parameter
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.maintenance.importing.sent_values import (
    UnreadableValueError,
    read_fields,
    read_json,
    read_pairs,
    read_scalar,
    read_text,
)
from contracts_runner.model.contract import UNSET
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Parameter
from contracts_runner.openapi.spec import Spec
from helpers.specs import load_document, make_document

STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
TEXT, NUMBERS = {"type": "string"}, {"type": "array", "items": {"type": "integer"}}
VALUES: list[tuple[Json, Json]] = [
    (5, {"type": "integer"}),
    (-1.5, {"type": "number"}),
    (True, {"type": "boolean"}),
    ("5", TEXT),
    ("true", TEXT),
    ("a b", TEXT),
    ("é/ü&=?#%+", TEXT),
    ("a,b", TEXT),
    ([1, 2], NUMBERS),
    ([7], NUMBERS),
    (["1", "x y"], {"type": "array", "items": TEXT}),
    ({"a": 1, "b": 2}, {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}),
    ({"a": "1", "b": "x"}, {"type": "object", "properties": {"a": TEXT, "b": TEXT}}),
    (
        {"a": {"b": "x"}, "c": "1"},
        {"type": "object", "properties": {"a": {"type": "object", "properties": {"b": TEXT}}, "c": TEXT}},
    ),
]


def iter_declarations() -> Iterator[dict[str, Any]]:
    for place, styles in STYLES.items():
        for style in styles:
            for explode in (False, True):
                for _, schema in VALUES:
                    yield {"name": "p", "in": place, "style": style, "explode": explode, "schema": schema}
        for _, schema in VALUES:
            yield {"name": "p", "in": place, "content": {"application/json": {"schema": schema}}}


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    answers = {"200": {"description": "An answer"}}
    paths = {
        f"/things/{number}/{'{p}' if declared['in'] == 'path' else 'x'}": {
            "get": {"operationId": f"get{number}", "parameters": [{**declared, "required": True}], "responses": answers}
        }
        for number, declared in enumerate(iter_declarations())
    }
    return load_document(tmp_path_factory.mktemp("spec"), make_document(paths=paths))


def send(parameter: Parameter, value: Json) -> tuple[str, Json]:
    """Return what is sent, and what is read of it."""
    placed = SerialisedParameters("{p}")
    place_parameter(placed, parameter, value)
    return repr(placed), placed


def read(spec: Spec, parameter: Parameter, placed: SerialisedParameters) -> Json:
    match parameter.placement:
        case "path":
            return read_text(spec, parameter, placed.path)
        case "header":
            return read_text(spec, parameter, placed.headers[0][1])
        case place:
            pairs = [pair.partition("=")[::2] for pair in (placed.query if place == "query" else placed.cookies)]
            return read_pairs(spec, parameter, pairs)


def test_a_parameter_gives_back_the_value_that_was_sent(spec: Spec) -> None:
    wrong: list[str] = []
    count = 0
    for number in range(len(list(iter_declarations()))):
        (parameter,) = spec.operations[f"get{number}"].parameters
        value = VALUES[number % len(VALUES)][0]
        try:
            text, placed = send(parameter, value)
        except UnsendableError:
            continue
        count += 1
        again = read(spec, parameter, placed)
        if again is UNSET or send(parameter, again)[0] != text or again != value:
            wrong.append(f"{parameter.placement} {parameter.style} {parameter.explode} {text}: {again!r}")

    assert wrong == []
    assert count > len(VALUES) * 7


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("05", "05"),
        ("+5", "+5"),
        ("1.5", 1.5),
        ("1.50", "1.50"),
        ("1e5", "1e5"),
        ("true", True),
        ("null", "null"),
        ("", ""),
        ("9" * 400, "9" * 400),
        ("NaN", "NaN"),
    ],
)
def test_a_text_is_a_number_only_where_it_is_written_as_that_again(text: str, value: Json) -> None:
    assert read_scalar(text) == value
    assert type(read_scalar(text)) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "a": 2}', "its JSON has a name twice"),
        ("[1e999]", "its JSON has a number that is out of range"),
        ("[NaN]", "its body is no JSON"),
        ("{", "its body is no JSON"),
        ("[" * 99999, "its body is no JSON"),
        ("[" * 200 + "]" * 200, "its body is nested more than 100 times"),
    ],
)
def test_json_that_cannot_be_sent_again_is_refused(text: str, message: str) -> None:
    with pytest.raises(UnreadableValueError) as raised:
        read_json(text)

    assert str(raised.value) == message


def test_the_fields_of_a_form_are_what_its_schema_wants(tmp_path: Path) -> None:
    properties = {
        "n": {"type": "integer"},
        "t": {"type": "string"},
        "l": {"type": "array", "items": {"type": "integer"}},
        "o": {"type": "object"},
    }
    form = {"application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": properties}}}
    operation = {"operationId": "a", "requestBody": {"content": form}, "responses": {"200": {"description": "x"}}}
    spec = load_document(tmp_path, make_document(paths={"/a": {"post": operation}}))
    (pointer,) = spec.operations["a"].body.schemas.values()  # type: ignore[union-attr]  # it has a body

    pairs = [("n", "5"), ("t", "5"), ("l", "1"), ("l", "2"), ("o", '{"a": 1}'), ("x", "7"), ("t2", "a")]
    wanted = {"n": 5, "t": "5", "l": [1, 2], "o": {"a": 1}, "x": "7", "t2": "a"}
    assert read_fields(spec, pointer, pairs) == wanted
    assert read_fields(spec, pointer, [("l", "1")]) == {"l": [1]}
