"""Escapes are undone wherever a value may hide behind them, and positions stay true."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.redaction.spelling import fold, unescape


@pytest.mark.parametrize("levels", [1, 2, 5, 8])
def test_json_in_json_is_undone_at_any_depth(levels: int) -> None:
    text = "Пётр/user@example.com"
    for _ in range(levels):
        text = json.dumps(text)

    assert unescape(text).strip('"') == "Пётр/user@example.com"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("no escapes", "no escapes"),
        (r"\ud83d\ude00", "😀"),
        (r"\ud83d!", "\ufffd!"),
        ("%D0%98%d0%b2", "Ив"),
        ("100%", "100%"),
        ("%FF", "ÿ"),
        ("%u0418%u0432", "Ив"),
        (r"\u{418}\U00000432", "Ив"),
        (r"\xd0\x98\320\262", "Ив"),
        (r"\xc8\xe2", "Èâ"),
        ("&#1048;&#x432;&amp;&nbsp;", "Ив&\u00a0"),
        ("&unknown; a&b", "&unknown; a&b"),
        ("%2526%2523x418;", "И"),
        (r"user\_name\@example\.com", "user_name@example.com"),
    ],
)
def test_text_is_unescaped(text: str, plain: str) -> None:
    assert unescape(text) == plain


@given(st.text(st.sampled_from('\\u00a0dnr%2526&#x10;D\n\r"/')))
def test_lines_are_neither_made_nor_lost(text: str) -> None:
    assert unescape(text).count("\n") == text.count("\n")


@given(st.text(st.characters(codec=None)))
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_folding_ignores_case() -> None:
    assert fold("ИВАНОВ Straße İ") == fold("иванов straße İ")


def test_folding_keeps_the_length_of_every_character() -> None:
    characters = (chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)

    assert [hex(ord(character)) for character in characters if len(fold(character)) != 1] == []
