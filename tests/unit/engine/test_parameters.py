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


TWICE = make_operation(
    path="/a/{id}",
    parameters=[make_parameter("id", "path"), make_parameter("id", "query"), make_parameter("q", "query")],
)


def test_a_name_in_two_places_is_given_with_its_place() -> None:
    serialised = serialise_parameters(TWICE, {"path:id": 7, "query:id": 8, "query:q": 9})

    assert (serialised.target, serialised.query) == ("/a/7", ["id=8", "q=9"])


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"id": 7}, "several parameters 'id': write path:id or query:id"),
        ({"path:id": 7, "header:id": 8}, "has no parameter 'header:id'"),
        ({"path:id": 7, "q": 8, "query:q": 9}, "'q' and 'query:q' are the same parameter"),
    ],
)
def test_a_name_without_one_clear_place_is_refused(values: dict[str, Any], says: str) -> None:
    with pytest.raises(UnsendableError, match=says):
        serialise_parameters(TWICE, values)


def test_a_name_may_begin_like_a_place() -> None:
    operation = make_operation(parameters=[make_parameter("query:id", "query")])

    assert serialise_parameters(operation, {"query:id": 1}).query == ["query%3Aid=1"]


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/rpc?method=list", "/rpc?method=list"),
        ("/rpc?id={id}#part", "/rpc?id=a%20b"),
        ("/события/{id} x", "/%D1%81%D0%BE%D0%B1%D1%8B%D1%82%D0%B8%D1%8F/a%20b%20x"),
        ("/100%/a%2fb/{id}", "/100%25/a%2Fb/a%20b"),
    ],
)
def test_a_template_becomes_what_a_connection_sends(path: str, target: str) -> None:
    values = {"id": "a b"} if "{id}" in path else {}
    operation = make_operation(path=path, parameters=[make_parameter("id", "path")] if values else [])

    assert serialise_parameters(operation, values).target == target


@pytest.mark.parametrize(
    ("media_type", "value", "query"),
    [
        ("application/x-www-form-urlencoded", {"a": 1, "b": ["x y", "ж&"]}, ["a=1&b=x+y&b=%D0%B6%26"]),
        ("application/x-www-form-urlencoded", {}, []),
        ("application/json", {"a": [1, None]}, ["%7B%22a%22%3A%5B1%2Cnull%5D%7D"]),
        ("text/plain", "a=b&c", ["a%3Db%26c"]),
    ],
)
def test_a_parameter_may_be_the_whole_query(media_type: str, value: Any, query: list[str]) -> None:
    operation = make_operation(parameters=[make_parameter("q", "querystring", media_type=media_type)])

    assert serialise_parameters(operation, {"q": value}).query == query
    assert serialise_parameters(operation, {"querystring:q": value}).query == query
