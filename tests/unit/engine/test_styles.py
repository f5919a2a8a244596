"""The table of OpenAPI 3.1 §4.8.12.4 by RFC 6570, and what neither defines.

What the server of test_read_back does not read is held here alone: an empty text in a matrix, nested deepObject."""

from typing import Any

import pytest

from contracts_runner.engine.parameters import serialise_parameters
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.model.spec import Parameter
from helpers.operations import make_operation, make_parameter

LIST, OBJECT = ["blue", "black", "brown"], {"R": 100, "G": 200, "B": 150}


def send(parameter: Parameter, value: Any) -> tuple[str, list[str], list[tuple[str, str]], list[str]]:
    path = "/a/{color}" if parameter.placement == "path" else "/a"
    serialised = serialise_parameters(make_operation(path=path, parameters=[parameter]), {"color": value})
    return serialised.target, serialised.query, serialised.headers, serialised.cookies


@pytest.mark.parametrize(
    ("style", "explode", "value", "segment"),
    [
        ("simple", False, "", None),
        ("simple", False, "blue", "blue"),
        ("simple", False, LIST, "blue,black,brown"),
        ("simple", False, OBJECT, "R,100,G,200,B,150"),
        ("simple", True, LIST, "blue,black,brown"),
        ("simple", True, OBJECT, "R=100,G=200,B=150"),
        ("simple", False, ["a,b", "c"], "a%2Cb,c"),
        ("simple", False, ["a", None, True], "a,true"),
        ("label", False, "blue", ".blue"),
        ("label", False, "1.5", ".1.5"),
        ("label", False, LIST, ".blue,black,brown"),
        ("label", False, OBJECT, ".R,100,G,200,B,150"),
        ("label", True, LIST, ".blue.black.brown"),
        ("label", True, OBJECT, ".R=100.G=200.B=150"),
        ("label", True, ["1.5", "2"], None),
        ("matrix", False, "", ";color"),
        ("matrix", False, "blue", ";color=blue"),
        ("matrix", False, LIST, ";color=blue,black,brown"),
        ("matrix", False, OBJECT, ";color=R,100,G,200,B,150"),
        ("matrix", True, LIST, ";color=blue;color=black;color=brown"),
        ("matrix", True, OBJECT, ";R=100;G=200;B=150"),
        ("matrix", True, {"a;b": "c=d", "e": ""}, ";a%3Bb=c%3Dd;e"),
        ("simple", False, [], None),
        ("simple", False, [["a"]], None),
        ("simple", True, {"a": {"b": 1}}, None),
        ("form", True, "blue", None),
    ],
)
def test_a_path_parameter_follows_its_style(style: str, explode: bool, value: Any, segment: str | None) -> None:
    parameter = make_parameter("color", "path", style=style, explode=explode)

    if segment is None:
        with pytest.raises(UnsendableError, match="path parameter 'color'"):
            send(parameter, value)
    else:
        assert send(parameter, value)[0] == f"/a/{segment}"


@pytest.mark.parametrize(
    ("style", "explode", "value", "query"),
    [
        ("form", True, "", ["color="]),
        ("form", True, LIST, ["color=blue", "color=black", "color=brown"]),
        ("form", True, OBJECT, ["R=100", "G=200", "B=150"]),
        ("form", False, LIST, ["color=blue,black,brown"]),
        ("form", False, OBJECT, ["color=R,100,G,200,B,150"]),
        ("form", False, ["a,b", "c"], ["color=a%2Cb,c"]),
        ("form", True, [], []),
        ("form", False, {}, []),
        ("form", True, [None, 1], ["color=1"]),
        ("form", True, {"a": None, "b": False}, ["b=false"]),
        ("spaceDelimited", False, LIST, ["color=blue%20black%20brown"]),
        ("spaceDelimited", False, OBJECT, ["color=R%20100%20G%20200%20B%20150"]),
        ("pipeDelimited", False, LIST, ["color=blue%7Cblack%7Cbrown"]),
        ("pipeDelimited", False, OBJECT, ["color=R%7C100%7CG%7C200%7CB%7C150"]),
        ("deepObject", True, OBJECT, ["color%5BR%5D=100", "color%5BG%5D=200", "color%5BB%5D=150"]),
        ("deepObject", False, {"a": {"b": {"c": 1}}, "d": None}, ["color%5Ba%5D%5Bb%5D%5Bc%5D=1"]),
    ],
)
def test_a_query_parameter_follows_its_style(style: str, explode: bool, value: Any, query: list[str]) -> None:
    assert send(make_parameter("color", "query", style=style, explode=explode), value)[1] == query


@pytest.mark.parametrize(
    ("style", "explode", "value", "says", "is_of_document"),
    [
        ("pipeDelimited", True, LIST, "the style pipeDelimited with explode", True),
        ("spaceDelimited", True, OBJECT, "the style spaceDelimited with explode", True),
        ("matrix", False, "blue", "for paths and headers", True),
        ("pipeDelimited", False, "blue", "for lists and objects only", False),
        ("spaceDelimited", False, ["a b", "c"], "' ' within an item", False),
        ("pipeDelimited", False, ["a|b", "c"], r"'\|' within an item", False),
        ("deepObject", True, LIST, "a list in the style deepObject", False),
        ("deepObject", True, {"a": [1]}, "a list in the style deepObject", False),
        ("deepObject", True, {"a": {}}, "an empty object", False),
        ("deepObject", True, "blue", "a single value in the style deepObject", False),
        ("form", True, [["a"]], "within another one", False),
        ("form", False, {"a": {"b": 1}}, "within another one", False),
        ("form", True, float("nan"), "JSON has no number", False),
        ("form", True, "\ud800", "a lone surrogate", False),
    ],
)
def test_what_openapi_leaves_undefined_is_an_error(
    style: str, explode: bool, value: Any, says: str, is_of_document: bool
) -> None:
    with pytest.raises(UnsendableError, match=f"the query parameter 'color': .*{says}") as raised:
        send(make_parameter("color", "query", style=style, explode=explode), value)

    assert raised.value.is_of_document is is_of_document


@pytest.mark.parametrize(
    ("placement", "value", "sent"),
    [
        ("query", ":/?@!$'()*,;=", ["color=:/?@!$'()*,;="]),
        ("query", "a&b+c#d[e]", ["color=a%26b%2Bc%23d%5Be%5D"]),
        ("query", "a%2Fb 100%", ["color=a%2Fb%20100%25"]),
        ("query", ["a/b,c", "d"], ["color=a/b%2Cc,d"]),
        ("path", ":@!$&'()*+,;=/?", "/a/:@!$&'()*+,;=%2F%3F"),
    ],
)
def test_reserved_characters_stay_where_the_place_allows_them(placement: Any, value: Any, sent: Any) -> None:
    parameter = make_parameter("color", placement, explode=False, is_reserved_allowed=True)

    target, query, _, _ = send(parameter, value)

    assert sent == (query if placement == "query" else target)


@pytest.mark.parametrize(
    ("explode", "value", "header"),
    [
        (False, "a/b c;d%", "a/b c;d%"),
        (False, "", ""),
        (False, "Казань", "Казань"),
        (False, LIST, "blue,black,brown"),
        (False, OBJECT, "R,100,G,200,B,150"),
        (True, OBJECT, "R=100,G=200,B=150"),
    ],
)
def test_a_header_goes_out_as_it_is(explode: bool, value: Any, header: str) -> None:
    assert send(make_parameter("color", "header", explode=explode), value)[2] == [("color", header)]


@pytest.mark.parametrize(
    ("explode", "value", "cookies"),
    [
        (True, "a/b+c==", ["color=a/b+c=="]),
        (False, LIST, ["color=blue,black,brown"]),
        (False, OBJECT, ["color=R,100,G,200,B,150"]),
        (True, LIST, ["color=blue", "color=black", "color=brown"]),
        (True, OBJECT, ["R=100", "G=200", "B=150"]),
    ],
)
def test_a_cookie_goes_out_as_it_is(explode: bool, value: Any, cookies: list[str]) -> None:
    assert send(make_parameter("color", "cookie", explode=explode), value)[3] == cookies


@pytest.mark.parametrize(
    ("placement", "value", "says"),
    [
        ("header", "a\r\nX-Other: b", "a line break or another control character"),
        ("header", "a\x00b", "control character"),
        ("header", " a", "a blank at its beginning or end"),
        ("header", ["a,b", "c"], "',' within an item"),
        ("cookie", "a; b=c", "cannot hold ';'"),
        ("cookie", "a\nb", "a control character"),
        ("cookie", " a", "a blank"),
        ("cookie", ["a,b", "c"], "',' within an item"),
    ],
)
def test_what_http_cannot_carry_is_an_error(placement: Any, value: Any, says: str) -> None:
    with pytest.raises(UnsendableError, match=f"the {placement} parameter 'color': .*{says}"):
        send(make_parameter("color", placement, explode=False), value)


@pytest.mark.parametrize(
    ("name", "says"),
    [("Authorization", "`auth`"), ("content-length", "from the body"), ("Transfer-Encoding", "from the body")],
)
def test_a_header_of_our_own_is_not_a_parameter(name: str, says: str) -> None:
    with pytest.raises(UnsendableError, match=says):
        serialise_parameters(make_operation(parameters=[make_parameter(name, "header")]), {name: "x"})


def test_a_header_name_that_http_does_not_have_is_a_fault_of_the_document() -> None:
    with pytest.raises(UnsendableError) as raised:
        serialise_parameters(make_operation(parameters=[make_parameter("X Name", "header")]), {"X Name": "x"})

    assert raised.value.is_of_document


@pytest.mark.parametrize(
    ("placement", "media_type", "value", "sent"),
    [
        ("query", "application/json", {"a": ["ж"]}, "color=%7B%22a%22%3A%5B%22%D0%B6%22%5D%7D"),
        ("query", "application/json", "5", "color=%225%22"),
        ("query", "text/plain", 5, "color=5"),
        ("path", "application/vnd.acme+json", [1], "/a/%5B1%5D"),
        ("header", "application/json", {"a": "ж"}, r'{"a":"\u0436"}'),
        ("cookie", "application/json", [1, 2], "color=[1,2]"),
    ],
)
def test_a_parameter_with_content_is_a_text_of_its_media_type(
    placement: Any, media_type: str, value: Any, sent: str
) -> None:
    target, query, headers, cookies = send(make_parameter("color", placement, media_type=media_type), value)

    found = {"path": [target], "query": query, "header": [text for _, text in headers], "cookie": cookies}
    assert found[placement] == [sent]


def test_an_object_is_not_a_text() -> None:
    with pytest.raises(UnsendableError, match="only a text can be sent as text/plain"):
        send(make_parameter("color", "query", media_type="text/plain"), {"a": 1})
