"""JSON documents, read by a JSON parser into values with their lines."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.reading.yaml_source import parse_yaml
from contracts_runner.reading.yaml_tree import MAX_DEPTH

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(value=values, indent=st.none() | st.integers(0, 4), is_ascii=st.booleans())
def test_what_json_writes_is_read_as_it_is(value: Any, indent: int | None, is_ascii: bool) -> None:
    document = parse_yaml(json.dumps(value, indent=indent, ensure_ascii=is_ascii), "a.json")

    assert (document.value, document.problems) == (value, ())
    assert type(document.value) is type(value)


def test_every_value_has_its_line() -> None:
    text = '{\n"a": [1,\n 2],\r\n "b"\n:\n{"c": "x\ny", "d":\n null}}'

    document = parse_yaml(text, "a.json", lenient=True)

    assert document.value == {"a": [1, 2], "b": {"c": "x\ny", "d": None}}
    places: list[tuple[str | int, ...]] = [("a",), ("a", 1), ("b",), ("b", "c"), ("b", "d")]
    assert [document.location(place).line for place in places] == [2, 3, 4, 6, 7]
    assert document.find_node(("a", 1)).text == "2"


def test_a_key_may_be_longer_than_one_of_yaml_and_texts_may_hold_tabs() -> None:
    text = '{"' + "k" * 5000 + '":\t"a\tb"}'

    assert parse_yaml(text, "a.json").value == {"k" * 5000: "a\tb"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1: the file is empty"),
        ("{'a': 1}", "1: is not JSON: a name in quotes is expected, not \"'a': 1}\""),
        ('{"a" 1}', "1: is not JSON: ':' is expected, not '1}'"),
        ('{"a": 1,\n}', "2: is not JSON: a name in quotes is expected, not '}'"),
        ('["a"\n"b"]', "2: is not JSON: ',' or ']' is expected, not '\"b\"]'"),
        ("[1, ]", "1: is not JSON: a value is expected, not ']'"),
        ("[nul]", "1: is not JSON: a value is expected, not 'nul]'"),
        ("[01]", "1: is not JSON: ',' or ']' is expected, not '1]'"),
        ("[NaN]", "1: is not JSON: a value is expected, not 'NaN]'"),
        ("{}\n{}", "2: is not JSON: the end of the document is expected, not '{}'"),
        ('{"a":\n[1', "2: is not JSON: it ends where ',' or ']' is expected"),
        ('["a', "1: is not JSON: Unterminated string starting at"),
        (r'["\x"]', r"1: is not JSON: Invalid \escape"),
        ("a: 1", "1: is not JSON: a value is expected, not 'a: 1'"),
        ('{"a": 1,\n"a": 2}', "2: duplicate key 'a', first on line 1"),
        ("[1e400]", "1: 1e400 is too large for a number of JSON"),
        (r'["\ud800"]', "1: a lone surrogate is not a character"),
        ("[" * (MAX_DEPTH + 1), f"1: nested deeper than {MAX_DEPTH} levels"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, message: str) -> None:
    assert [str(problem) for problem in parse_yaml(text, "a.json").problems] == [f"a.json:{message}"]


@given(text=st.text(alphabet='{}[]",:0e-.\\untrfalse \n', max_size=30))
def test_any_text_is_read_as_the_standard_library_reads_it_or_refused(text: str) -> None:
    document = parse_yaml(text, "a.json")
    try:
        wanted = json.loads(text, strict=False)
    except ValueError:
        assert document.problems != ()
    else:
        # The standard library keeps the last of two equal keys, and lone surrogates.
        assert document.value == wanted or document.problems != ()
