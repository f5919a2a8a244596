"""Bodies in a page: laid out, also where they were cut, with marks at what checks name."""

from html import unescape

import pytest

from contracts_runner.reporting.differences import list_differences
from contracts_runner.reporting.pretty import parse_pointer, render_body
from helpers.ledger_builder import make_check_row

BODY = '{"data": [{"id": 1, "a b": null}, {"id": [2]}], "id": "x"}'


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.data[0].id", ("data", 0, "id")),
        ("$['a b'][3]['it\\'s']", ("a b", 3, "it's")),
        ("$.data[*].id", ("data",)),
        ("$.data[?@.id == 1].name", ("data",)),
        ("$", None),
        ("$..id", None),
        ("Content-Type", None),
    ],
)
def test_a_path_leads_as_far_as_it_leads_to_one_place(path: str, expected: object) -> None:
    assert parse_pointer(path) == expected


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("$.data[0].id", ['"id"', "1"]),
        ("$.data[0]['a b']", ['"a b"', "null"]),
        ("$.data[1].id[0]", ["2"]),
        ("$.data[*].id", ['"id"', "1", '"id"', "["]),
        ("$.data[0].nothing[*]", []),
        ("$.nothing[*]", []),
        ("$.data[?@ == <token>].id", ['"data"', "["]),
        ("$.id", ['"id"', '"x"']),
        ("$.nothing", []),
    ],
)
def test_what_a_path_leads_to_is_marked(path: str, marked: list[str]) -> None:
    shown = unescape(str(render_body(BODY, [path])))

    assert [part.split("</mark>")[0] for part in shown.split("<mark>")[1:]] == marked


def test_a_body_is_laid_out_wherever_it_was_cut() -> None:
    for length in range(2, len(BODY)):
        shown = unescape(str(render_body(BODY[:length], is_cut=True)))

        assert "".join(shown.split()) == "".join(BODY[:length].split())
        assert "\n" in shown


@pytest.mark.parametrize("text", ["<html>", '{"a": 1} and more', "{a: 1}", '{"a": 1, 2}'])
def test_what_is_no_json_stays_as_it_is(text: str) -> None:
    assert render_body(text, is_cut=True).unescape() == text


def test_half_a_body_that_was_not_cut_is_no_json() -> None:
    assert "\n" not in render_body('{"a": [1')


@pytest.mark.parametrize(
    ("check", "expected", "actual", "found"),
    [
        ("equal", {"a": 1, "b": [1, 2]}, {"a": 1, "b": [1, 3]}, [("$.b[1]", "is 3, expected 2")]),
        ("body", [1, 2, 3], [1, 3], [("$[1]", "is removed: expected 2")]),
        ("columns", {"city": "String"}, {"city": "UInt8"}, [("$.city", 'is "UInt8", expected "String"')]),
        ("body", {"type": "array", "minItems": 1}, {"type": "x"}, []),
        ("delta", {"min": 0}, {"before": 0, "after": -1}, []),
        ("status", 200, 404, []),
        ("superset", [1, 2, 3], [3], []),
    ],
)
def test_differences_stand_at_their_paths(check: str, expected: object, actual: object, found: list[object]) -> None:
    assert list_differences(make_check_row("failed", check=check, expected=expected, actual=actual)) == found
