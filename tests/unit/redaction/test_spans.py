"""Pieces of a text are replaced as a whole."""

import pytest

from contracts_runner.redaction.spans import Span, replace_spans

TEXT = "0123456789"


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], TEXT),
        ([Span(1, 3, "<a>"), Span(5, 6, "<b>")], "0<a>34<b>6789"),
        ([Span(1, 3, "<a>"), Span(3, 5, "<b>")], "0<a><b>56789"),
        ([Span(1, 4, "<a>"), Span(3, 8, "<b>")], "0<b>89"),
        ([Span(1, 8, "<a>"), Span(3, 4, "<b>")], "0<a>89"),
        ([Span(1, 8, "<a>"), Span(3, 4, "<s>", is_secret=True)], "0<s>89"),
        ([Span(4, 4, "<a>")], TEXT),
    ],
)
def test_spans_are_replaced(spans: list[Span], expected: str) -> None:
    assert replace_spans(TEXT, spans) == expected


def test_form_written_before_is_left_alone() -> None:
    assert replace_spans("x <email> y", [Span(3, 8, "<name>")]) == "x <email> y"


def test_secret_within_a_form_is_replaced_all_the_same() -> None:
    text = "<credential abcdefgh sha256:00000000>"

    assert replace_spans(text, [Span(12, 20, "?", is_secret=True)]) == "<credential ? sha256:00000000>"
