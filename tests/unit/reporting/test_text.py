"""Text of a service: visible, on one line, and never active."""

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from contracts_runner.reporting.pretty import pretty_json
from contracts_runner.reporting.text import (
    escape_markdown,
    escape_markdown_line,
    flatten,
    make_anchors,
    make_visible,
    render_comparison,
    render_literal,
    render_literal_pair,
    render_literals,
    render_ms,
    render_pair,
    render_span,
    render_time,
    render_value,
)
from helpers.ledger_builder import make_check_row
from helpers.sample_ledgers import bounded, texts, values

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\rb", "a\\rb"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("half \ud800", "half \\ud800"),
        ("\x00\x9b", "\\x00\\x9b"),
        ("Мероприятие\n\tдва", "Мероприятие\n\tдва"),
    ],
)
def test_invisible_characters_become_their_escapes(text: str, expected: str) -> None:
    assert make_visible(text) == expected


@bounded
@given(texts)
def test_visible_text_can_be_encoded_and_steers_nothing(text: str) -> None:
    visible = make_visible(text)

    assert visible.encode().decode() == visible
    assert all(character.isprintable() or character in "\n\t" for character in visible if ord(character) < 0xA0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", "text"),
        (None, "null"),
        (True, "true"),
        ({"имя": [1]}, '{"имя": [1]}'),
        ("x" * 9, "xxxxx… (9 characters)"),
    ],
)
def test_a_value_is_shown_as_json_but_a_string_as_itself(value: object, expected: str) -> None:
    assert render_value(value, limit=5 if value == "x" * 9 else 50) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("a b", "a c", ("a b", "a c")),
        ("a b", "a b", ("a b", "a b")),
        ("a  b", "a b", ("'a  b'", "'a b'")),
        ("a\xa0b", "a\nb", (r"'a\xa0b'", r"'a\nb'")),
        ("1", 1, ("'1'", "1")),
        (["a  b"], ["a b"], ("['a  b']", "['a b']")),
        ("\ud800", "\\ud800", (r"'\ud800'", r"'\\ud800'")),
        ("x" * 40 + "1", "x" * 40 + "2", ("…xxxxx1'", "…xxxxx2'")),
    ],
)
def test_two_values_that_would_look_equal_are_shown_exactly(
    left: object, right: object, expected: tuple[str, str]
) -> None:
    assert render_pair(left, right, 20) == expected


@bounded
@given(st.tuples(*[st.text(" \t\n\xa0\u200b\ud800\\a", max_size=60) | values] * 2))
def test_different_values_never_look_equal(pair: tuple[object, object]) -> None:
    left, right = pair

    assert left == right or len(set(render_pair(left, right, 20))) == 2


@pytest.mark.parametrize(("value", "expected"), [(None, ""), (0.04, "0.0"), (12.34, "12.3"), (485.4, "485")])
def test_milliseconds_have_the_digits_that_they_deserve(value: float | None, expected: str) -> None:
    assert render_ms(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-11-09T21:49:39+03:00", "2025-11-09 18:49:39 UTC"),
        ("2025-11-09T15:14:41.123Z", "2025-11-09 15:14:41 UTC"),
        ("2025-11-09T15:14:41", "2025-11-09T15:14:41"),
        ("yesterday", "yesterday"),
        (None, "not recorded"),
    ],
)
def test_a_time_is_said_in_utc_only_if_its_zone_is_known(value: str | None, expected: str) -> None:
    assert render_time(value) == expected


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2025-02-30T00:00:00Z"])
def test_a_time_that_utc_does_not_have_stays_as_it_is(time: str) -> None:
    assert render_time(time) == time


def test_anchors_of_different_rows_differ() -> None:
    identifiers = ("a b", "a/b", "a_b", "a_b-1", "a_b-2", "A_B-2", "a b-1", "a_b")

    anchors = make_anchors("s", identifiers)

    assert anchors == ["s-a_b~1", "s-a_b~2", "s-a_b", "s-a_b-1", "s-a_b-2", "s-A_B-2", "s-a_b-1~7", "s-a_b~8"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (12, "12"),
        ("12", '"12"'),
        (1.0, "1.0"),
        (None, "null"),
        ("чашка", '"чашка"'),
        (" a\u202e", '" a\\u202e"'),
        ({"a": ["b" * 60]}, '{\n  "a": [\n    "' + "b" * 60 + '"\n  ]\n}'),
    ],
)
def test_a_literal_tells_values_apart(value: Any, expected: str) -> None:
    assert render_literal(value) == expected


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("2025-11-09T15:14:41.250Z", "0.2 s"),
        ("2025-11-09T15:16:20Z", "99.0 s"),
        ("2025-11-09T18:18:01+03:00", "3 min 20 s"),
        ("2025-11-09T13:14:41Z", "not recorded"),  # the clock was set back
        ("yesterday", "not recorded"),
        (None, "not recorded"),
    ],
)
def test_the_time_between_two_moments(end: str | None, expected: str) -> None:
    assert render_span("2025-11-09T15:14:41Z", end) == expected


@pytest.mark.parametrize(
    "text",
    [
        "`a`",
        "*a*",
        "__a__",
        "[a](b)",
        "![a](b)",
        "<b>a</b>",
        "<http://a>",
        "&amp;",
        "a|b",
        "a\\|b",
        "\\",
        "~~a~~",
        "#a",
    ],
)
def test_no_mark_of_markdown_acts(text: str) -> None:
    shown = MARKDOWN.parse(f"| A |\n| --- |\n| {escape_markdown(text)} |\n")

    assert _read(shown) == ["A", text]


@pytest.mark.parametrize("text", ["# a", "- a", "+ a", "12. a", "1) a", "> a", "---", "===", "* a", "```", "    a"])
def test_nothing_opens_a_block_at_the_beginning_of_a_line(text: str) -> None:
    shown = MARKDOWN.parse(f"- {escape_markdown_line(text)}\n")

    assert _read(shown) == [text.strip()]


@bounded
@given(texts)
def test_markdown_shows_exactly_the_text(text: str) -> None:
    assume(flatten(text))

    shown = MARKDOWN.parse(f"| A |\n| --- |\n| {escape_markdown(text)} |\n")

    assert _read(shown) == ["A", flatten(text).strip()]


@bounded
@given(texts)
def test_markdown_at_the_beginning_of_a_line_shows_exactly_the_text(text: str) -> None:
    assume(flatten(text))

    shown = MARKDOWN.parse(f"- {escape_markdown_line(text)}\n")

    assert _read(shown) == [flatten(text).strip()]


def test_identifiers_stay_readable_in_markdown() -> None:
    assert escape_markdown("stg_qtickets_api_orders") == "stg_qtickets_api_orders"


@bounded
@given(values)
def test_pretty_json_says_the_same(value: object) -> None:
    pretty = pretty_json(json.dumps(value))

    assert pretty is not None
    assert json.loads(pretty) == value


def test_pretty_json_keeps_numbers_and_duplicate_keys_as_they_were_recorded() -> None:
    pretty = pretty_json('{"price":1.10,"price":1e2,"items":[],"of":[{"id":12345678901234567890}]}')

    assert pretty == (
        "{\n"
        '  "price": 1.10,\n'
        '  "price": 1e2,\n'
        '  "items": [],\n'
        '  "of": [\n'
        "    {\n"
        '      "id": 12345678901234567890\n'
        "    }\n"
        "  ]\n"
        "}"
    )


def test_pretty_json_shows_letters_and_leaves_what_is_invisible_escaped() -> None:
    assert pretty_json(r'["\u0418\u0432\u0430\u043d", "\/x", "\u202e", "\ud800"]') == (
        '[\n  "Иван",\n  "/x",\n  "\\u202e",\n  "\\ud800"\n]'
    )


@pytest.mark.parametrize("text", ['{"cut": "of', "<html>", "", "[" * 100_000])
def test_what_is_no_json_is_left_to_the_caller(text: str) -> None:
    assert pretty_json(text) is None


def test_pretty_json_of_a_deep_body_is_not_many_times_as_long() -> None:
    text = "[" * 500 + ",".join("1" * 10_000) + "]" * 500

    assert len(pretty_json(text) or "") < 30 * len(text)


@bounded
@given(st.text(max_size=40))
def test_pretty_json_never_raises(text: str) -> None:
    assert pretty_json(text) is None or json.dumps(json.loads(pretty_json(text) or "")) == json.dumps(json.loads(text))


def _read(tokens: list[object]) -> list[str]:
    """The text of each block, as a reader sees it; any other inline token would show that something was active."""
    blocks = []
    for token in tokens:
        if token.type == "inline":
            kinds = {child.type for child in token.children}
            assert kinds <= {"text", "text_special"}, kinds
            blocks.append("".join(child.content for child in token.children))
    return blocks


@pytest.mark.parametrize(
    ("check", "expected", "told"),
    [
        ("disjoint", [1], ("none of [1]", "[2]")),
        ("subset", [1], ("only items of [1]", "also [2]")),
        ("superset", [1], ("all items of [1]", "without [2]")),
        ("same_items", [1], ("the items of [1]", "[2]")),
        ("unique", None, ("each value once", "[2]")),
        ("equal", [1], ("[1]", "[2]")),
    ],
)
def test_two_values_of_a_relation_say_what_they_are(check: str, expected: Any, told: tuple[str, str]) -> None:
    row = make_check_row("failed", check=check, expected=expected, actual=[2])

    assert render_literals(row) == render_literal_pair(row) == told
    assert render_comparison(row) == f"expected {told[0]}, actual {told[1]}"
