"""YAML becomes plain values whose places are known."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from contracts_runner.reading.forms import Reading
from contracts_runner.reading.yaml_source import YamlDocument, load_yaml, parse_yaml
from contracts_runner.reading.yaml_writing import Dumper


def read_problems(text: str, **options: bool) -> list[str]:
    return [str(problem) for problem in parse_yaml(text, "a.yaml", **options).problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, -2, 0, 0x1F, 0o17, 0b101, -0x1]", [1, -2, 0, 31, 15, "0b101", "-0x1"]),
        ("[1.5, 6.10, 1e5, 1.5E-3, .5]", [1.5, 6.1, 100000.0, 0.0015, 0.5]),
        ("[true, False, TRUE]", [True, False, True]),
        ("[yes, No, on, OFF, y, n]", ["yes", "No", "on", "OFF", "y", "n"]),
        ("[~, null, '', ]", [None, None, ""]),
        ("[2025-11-07, 10:30, 12:30:45.5]", ["2025-11-07", "10:30", "12:30:45.5"]),
        ("[1_0, ._0, 1_0.5, 0_7, 0x_1, .e5, 1.e5]", ["1_0", "._0", "1_0.5", "0_7", "0x_1", ".e5", 100000.0]),
        ("['6.10', \"no\", a b, +, '.', 0x, 0b12]", ["6.10", "no", "a b", "+", ".", "0x", "0b12"]),
        ("[!!str 6.10, !!int '3', !!float 2, ! 5]", ["6.10", 3, 2, "5"]),
        ("{a: &x {b: 1}, c: *x}", {"a": {"b": 1}, "c": {"b": 1}}),
        ("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n", {"x": {"a": 1, "b": 2}, "y": {"a": 1, "b": 3}}),
        ("x: &x {a: 1}\ny: {<<: [*x, {a: 2, b: 3}]}", {"x": {"a": 1}, "y": {"a": 1, "b": 3}}),
        ("'<<': 1", {"<<": 1}),
        ("\ufeffa: 1", {"a": 1}),
    ],
)
def test_scalars_take_the_type_that_they_stand_for(tmp_path: Path, text: str, value: Any) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")

    document = load_yaml(tmp_path / "a.yaml", tmp_path)

    assert document.problems == ()
    assert json.dumps(document.value, sort_keys=True) == json.dumps(value, sort_keys=True)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "a.yaml:1: the file is empty"),
        ("# only words\n", "a.yaml:1: the file is empty"),
        ("a: 1\nb: 2\na: 3", "a.yaml:3: duplicate key 'a', first on line 1"),
        ("true: 1", 'a.yaml:1: the key true is read as the boolean true; write "true" in quotes'),
        ("a: 1\nFalse: 1", 'a.yaml:2: the key False is read as the boolean false; write "False" in quotes'),
        ("1: a", 'a.yaml:1: the key 1 is read as the number 1; write "1" in quotes'),
        ("? [a]\n: 1", "a.yaml:1: a key must be text, not a list or a mapping"),
        ("a: !python/object:os.system x", "a.yaml:1: unknown tag '!python/object:os.system'"),
        ("a: !!binary x", "a.yaml:1: unknown tag '!!binary'"),
        ("a: !!set {x}", "a.yaml:1: unknown tag '!!set'"),
        ("a: !!int x", "a.yaml:1: 'x' does not fit its tag '!!int'"),
        ("a:\n  - .nan", "a.yaml:2: .nan is not a number of JSON"),
        ("a: -.inf", "a.yaml:1: -.inf is not a number of JSON"),
        ("a: 1e999", "a.yaml:1: 1e999 is too large for a number of JSON"),
        ("a: " + "9" * 5000, "a.yaml:1: a number of 5000 digits is too long"),
        ("a: 0123", 'a.yaml:1: 0123 is read as the number 123; write 123, or "0123" in quotes'),
        ("a: *b", "a.yaml:1: unknown alias '*b'; quote a text that begins with *"),
        ("a: &a\n  - *a", "a.yaml:2: the alias '*a' is inside of what it names"),
        ("a: {<<: 1}", "a.yaml:1: << takes a mapping or a list of mappings"),
        ("a: 1\n---\nb: 1", "a.yaml:2: the file holds more than one YAML document"),
        (
            "a: b: c",
            "a.yaml:1: is not YAML: mapping values are not allowed in this context; quote a text that holds ': '",
        ),
        ("é: 1\nb: \x02", "a.yaml:2: is not YAML: control characters are not allowed"),
        ("a: 1\nb: \ud800", "a.yaml:2: is not YAML: a lone surrogate is not a character"),
    ],
)
def test_a_mistake_is_reported_with_its_line(text: str, problem: str) -> None:
    assert read_problems(text) == [problem]


def test_all_mistakes_of_a_usable_tree_are_reported() -> None:
    document = parse_yaml("a: .nan\nnull: 1\na: 2\n", "a.yaml")

    assert [problem.location.line for problem in document.problems] == [1, 2, 3]
    assert document.value == {"a": ".nan", "null": 1}


def test_keys_of_an_openapi_document_may_be_numbers() -> None:
    document = parse_yaml("200: {a: 0123}\ntrue: 1", "a.yaml", lenient=True)

    assert (document.value, document.problems) == ({"200": {"a": 123}, "true": 1}, ())


@pytest.mark.parametrize("depth", [201, 100_000])
def test_nesting_is_bounded(depth: int) -> None:
    assert read_problems("[" * depth + "]" * depth) == ["a.yaml:1: nested deeper than 200 levels"]


def test_nesting_up_to_the_bound_is_read() -> None:
    assert read_problems("[" * 200 + "]" * 200) == []


def test_nesting_through_aliases_is_bounded() -> None:
    lines = ["a0: &a0 [1]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 210)]

    assert read_problems("\n".join(lines)) == ["a.yaml:199: nested deeper than 200 levels"]


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    assert read_problems("\n".join(lines)) == ["a.yaml:5: more than 1,000,000 values with all aliases written out"]


def test_a_file_that_is_not_utf_8_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("a: 1\nb: привет\n".encode("cp1251"))

    document = load_yaml(tmp_path / "a.yaml", tmp_path)

    assert [str(problem) for problem in document.problems] == ["a.yaml:2: is not UTF-8; save the file as UTF-8"]


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    document = load_yaml(tmp_path / "b" / "a.yaml", tmp_path)

    assert [str(problem) for problem in document.problems] == ["b/a.yaml:1: cannot be read: no such file or directory"]


def test_characters_beyond_the_basic_plane_survive_in_json() -> None:
    text = json.dumps({"a": "😀 \\ud83d\\ude00", "b/c": [1e3]}).replace("/", "\\/")

    assert parse_yaml(text, "a.json").value == {"a": "😀 \\ud83d\\ude00", "b/c": [1000.0]}


def test_raw_text_is_kept() -> None:
    document = parse_yaml("a: [6.10, no, '6.10', {b: 1}]", "a.yaml")

    texts = [document.find_node(("a", index)).text for index in range(4)]
    assert texts == ["6.10", "no", "6.10", None]


def test_a_value_is_where_its_document_says_that_it_is() -> None:
    written = parse_yaml("a: 1\nb:\n  - c: 6.10\n    d: [x,\n     y]\n", "a.yaml")
    root = written.find_node(())
    other = replace(written.find_node(("b",)), file="b.yaml")
    document = written.replace_root(replace(root, entries={**root.entries, "b": (7, other)}))

    for pointer in ((), ("a",), ("b",), ("b", 0), ("b", 0, "c"), ("b", 0, "d"), ("b", 0, "d", 1)):
        value = Reading(document).start().at(*pointer)
        assert (value.location, value.raw) == (document.location(pointer), document.find_node(pointer).text)
        assert not pointer or value.around.locate(pointer[-1]) == value.location


def test_a_place_that_is_absent_is_that_of_its_nearest_parent() -> None:
    document = parse_yaml("a: 1\nb:\n  c:\n    - 1\n    - 2\n", "a.yaml")

    places = [(), ("b",), ("b", "c"), ("b", "c", 1), ("b", "c", 7), ("b", "x", "y"), ("a", "z"), ("b", "c", 0, "q")]
    assert [document.location(place).line for place in places] == [1, 2, 3, 5, 3, 2, 1, 4]


def test_a_merged_key_stands_where_it_was_written() -> None:
    document = parse_yaml("x: &x\n  a: 1\ny:\n  <<: *x\n  b: 2\n", "a.yaml")

    assert str(document.location(("y", "a"))) == "a.yaml:2"


@given(st.text())
def test_no_text_raises(text: str) -> None:
    document = parse_yaml(text, "a.yaml")

    assert document.value is not None or document.problems or text.strip()


@given(st.text(alphabet="[]{}:,-&*!|>'\"#%@` \n\tab<10.?~", max_size=60))
def test_no_mixture_of_indicators_raises(text: str) -> None:
    document = parse_yaml(text, "a.yaml")

    assert isinstance(document, YamlDocument)
    assert all(1 <= problem.location.line <= text.count("\n") + 2 for problem in document.problems)


keys = st.text(alphabet="abcxyzяñ.-_ 019eo+~", min_size=1, max_size=6)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | keys
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@given(values)
@example("._0")
@example(["0o17", "1e5", "09", "0123", "yes", "0x1f", ".inf", "~", "null"])
def test_what_was_dumped_is_read_again(value: Any) -> None:
    text = yaml.dump(value, Dumper=Dumper, allow_unicode=True, sort_keys=False)

    document = parse_yaml(text, "a.yaml")

    assert document.problems == ()
    assert document.value == value


@given(values)
def test_json_is_read_as_json_reads_it(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=True)

    assert parse_yaml(text, "a.json").value == value


def write_block(value: Any, lines: list[str], expected: list[tuple[tuple[str | int, ...], int]], *, at: Any) -> None:
    """Write a value in block style, a line for each entry, and note the line of each."""
    pointer, indent = at
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in entries:
        head = f"{' ' * indent}{json.dumps(key)}:" if isinstance(value, dict) else f"{' ' * indent}-"
        is_collection = isinstance(child, dict | list) and bool(child)
        lines.append(head if is_collection else f"{head} {json.dumps(child)}")
        # A collection in a list begins on the line after its dash.
        is_below = is_collection and not isinstance(value, dict)
        expected.append(((*pointer, key), len(lines) + is_below))
        if is_collection:
            write_block(child, lines, expected, at=((*pointer, key), indent + 2))


@given(st.dictionaries(keys, values, min_size=1, max_size=4))
def test_places_are_right_for_generated_documents(value: dict[str, Any]) -> None:
    lines: list[str] = []
    expected: list[tuple[tuple[str | int, ...], int]] = []
    write_block(value, lines, expected, at=((), 0))

    document = parse_yaml("\n".join(lines), "a.yaml")

    assert document.value == value
    assert [(pointer, document.location(pointer).line) for pointer, _ in expected] == expected


@pytest.mark.parametrize(("name", "text"), [("a.yaml", "[1, 2, 3]"), ("a.json", "[1,\n2, 3]")])
def test_how_many_values_a_document_may_have_is_set(name: str, text: str) -> None:
    few = parse_yaml(text, name, lenient=True, max_values=3)
    enough = parse_yaml(text, name, lenient=True, max_values=4)

    hint = "'max_values' of the spec in contracts.yaml sets how many may be"
    assert [problem.message for problem in few.problems] == ["more than 3 values with all aliases written out"]
    assert few.problems[0].hint == hint
    assert enough.value == [1, 2, 3]
