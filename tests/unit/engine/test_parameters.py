"""Where parameters go, and how they are written (OpenAPI 3.1 §4.8.12)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.engine.parameters import serialise_parameters
from contracts_runner.engine.styles import UnsendableError
from helpers.operations import make_operation, make_parameter


def test_a_path_parameter_is_percent_encoded() -> None:
    operation = make_operation(path="/seats/{seat_id}", parameters=[make_parameter("seat_id", "path")])

    serialised = serialise_parameters(operation, {"seat_id": "CENTER_PARTERRE-20;5"})

    assert serialised.path == "/seats/CENTER_PARTERRE-20%3B5"


@given(st.text(min_size=1).filter(lambda text: max(text) < "\ud800" or max(text) > "\udfff"))
def test_a_path_parameter_never_leaves_its_segment(value: str) -> None:
    operation = make_operation(path="/a/{x}/b", parameters=[make_parameter("x", "path")])

    segments = serialise_parameters(operation, {"x": value}).path.split("/")

    assert len(segments) == 4
    assert segments[2] not in ("", ".", "..")


@pytest.mark.parametrize(
    ("style", "explode", "value", "query"),
    [
        ("form", True, [1, 2], ["q=1", "q=2"]),
        ("form", False, [1, 2], ["q=1,2"]),
        ("pipeDelimited", False, ["a", "b"], ["q=a%7Cb"]),
        ("spaceDelimited", False, ["a", "b"], ["q=a%20b"]),
        ("form", True, {"a": 1, "b": "ж"}, ["a=1", "b=%D0%B6"]),
        ("form", False, {"a": 1}, ["q=a,1"]),
        ("deepObject", True, {"a": 1}, ["q%5Ba%5D=1"]),
        ("form", True, True, ["q=true"]),
        ("form", True, "a&b=c", ["q=a%26b%3Dc"]),
    ],
)
def test_a_query_parameter_follows_its_style(style: str, explode: bool, value: Any, query: list[str]) -> None:
    operation = make_operation(parameters=[make_parameter("q", "query", style=style, explode=explode)])

    assert serialise_parameters(operation, {"q": value}).query == query


def test_null_leaves_a_query_parameter_out() -> None:
    operation = make_operation(parameters=[make_parameter("q", "query")])

    assert serialise_parameters(operation, {"q": None}).query == []


def test_headers_and_cookies_have_their_own_places() -> None:
    operation = make_operation(parameters=[make_parameter("X-A", "header"), make_parameter("c", "cookie")])

    serialised = serialise_parameters(operation, {"X-A": 5, "c": "d e"})

    assert (serialised.headers, serialised.cookies) == ([("X-A", "5")], ["c=d e"])


def test_a_parameter_that_the_spec_lacks_is_refused() -> None:
    with pytest.raises(UnsendableError, match="has no parameter 'nope'"):
        serialise_parameters(make_operation(), {"nope": 1})


def test_without_a_spec_the_rest_goes_to_the_query() -> None:
    operation = make_operation(path="/a/{id}", is_described=False)

    serialised = serialise_parameters(operation, {"id": 1, "q": 2})

    assert (serialised.path, serialised.query) == ("/a/1", ["q=2"])


def test_a_path_parameter_without_a_value_is_refused() -> None:
    with pytest.raises(UnsendableError, match="without a value"):
        serialise_parameters(make_operation(path="/a/{id}"), {})
