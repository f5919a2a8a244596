"""A file format is declared with forms and keys, and read with them."""

from typing import Any

import pytest

from contracts_runner.reading.declarations import Form, Key
from contracts_runner.reading.forms import Reading
from contracts_runner.reading.readers import (
    BOOLEAN,
    DURATION,
    IDENTIFIER,
    JSON,
    TEXT,
    TEXTS,
    Names,
    choice,
    either,
    integer,
    items,
    mapping,
    nullable,
)
from contracts_runner.reading.yaml_source import parse_yaml


class CallForm(Form):
    noun = "a call"
    name = Key(TEXT, "Its name.", required=True)
    if_ = Key(BOOLEAN, "Whether it is made.")


class BatchForm(Form):
    noun = "a batch"
    limit = Key(integer(1), "Most calls at once.")
    pause = Key(DURATION.then(lambda seconds: seconds * 1000), "Milliseconds between them.")
    calls = Key(items(CallForm.reader()), "The calls.", required=True)


class OpenForm(Form, is_open=True):
    noun = "a bag"
    name = CallForm.name


def read(form: type[Form], text: str) -> tuple[Any, list[str]]:
    reading = Reading(parse_yaml(text, "a.yaml"))
    return form.take(reading.start()), [str(problem).removeprefix("a.yaml:") for problem in reading.problems]


def test_each_key_has_what_its_reader_makes_of_it() -> None:
    form, problems = read(BatchForm, "limit: 3\npause: 2s\ncalls:\n  - {name: a, if: false}\n  - {name: b}\n")

    assert problems == []
    assert (form.limit, form.pause) == (3, 2000.0)
    assert [(call.name, call.if_, call.location.line) for call in form.calls] == [("a", False, 4), ("b", None, 5)]
    assert CallForm.if_ in form.calls[0]
    assert CallForm.if_ not in form.calls[1]
    assert {name: place.line for name, place in form.locate_keys().items()} == {"limit": 1, "pause": 2, "calls": 3}


def test_all_mistakes_are_reported_and_the_rest_is_read() -> None:
    form, problems = read(BatchForm, "limt: 3\npause: 2\ncalls:\n  - {name: a, fi: true}\n  - 5\n  - {if: maybe}\n")

    # A key that is misspelt is read as the one that was meant.
    assert (form.limit, form.pause, [call.name for call in form.calls]) == (3, None, ["a", None])
    assert form.calls[0].if_ is True
    assert problems == [
        "1: a batch has no key 'limt'; Did you mean 'limit'?",
        "2: '2' is not a duration; write a number above zero with ms, s, m, h or d, such as 500ms or 3s",
        "4: a call has no key 'fi'; Did you mean 'if'?",
        "5: an item of 'calls' must be a mapping, not the number 5",
        "6: a call needs the key 'name'",
        "6: 'if' must be true or false, not text",
    ]


LIMIT = "a batch has no key 'limt'; Did you mean 'limit'?"
CALLS = "a batch has no key 'clls'; Did you mean 'calls'?"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        # What stands there cannot be what is named nearly so.
        ("clls: [{name: a}]\nlimt: [3]\n", [f"1: {CALLS}", f"2: {LIMIT}"]),
        ("calls: [{name: a}]\nlimt: three\n", [f"2: {LIMIT}"]),
        ("calls: [{name: a}]\nlimt: true\n", [f"2: {LIMIT}"]),
        ("calls: [{name: a}]\nlimit: 3\nlimt: 4\n", [f"3: {LIMIT}"]),
        ("clls: [{nam: a}]\n", [f"1: {CALLS}", "1: a call has no key 'nam'; Did you mean 'name'?"]),
    ],
)
def test_a_key_that_is_none_is_told_once(text: str, problems: list[str]) -> None:
    assert read(BatchForm, text)[1] == problems


def test_what_is_no_mapping_has_no_form() -> None:
    assert read(BatchForm, "- 5\n") == (None, ["1: the file must be a mapping, not a list; known: limit, pause, calls"])


def test_an_open_form_takes_other_keys() -> None:
    form, problems = read(OpenForm, "name: a\nother: 5\n")

    assert (form.name, problems) == ("a", [])


SPARE = mapping(JSON, Names("a tool", str.isidentifier, "use letters", IDENTIFIER, reserved=("none",)), has_null=True)


@pytest.mark.parametrize(
    ("reader", "text", "found", "problems"),
    [
        (choice("up", "down"), "up", "up", []),
        (choice("up", "down"), "dwn", None, ["'a' cannot be 'dwn'; Did you mean 'down'?"]),
        (nullable(TEXT), "~", None, []),
        (nullable(TEXT), "text", "text", []),
        (either("array", TEXTS, TEXT), "[b, c]", ("b", "c"), []),
        (either("array", TEXTS, TEXT), "b", "b", []),
        (mapping(integer(1)), "{b: 1, c: x}", {"b": 1}, ["'c' must be a whole number, not text"]),
        (integer(100, 599), "599", 599, []),
        (integer(100, 599), "600", None, ["'a' must be at most 599, not 600"]),
        (SPARE, "{b: null, c: [1]}", {"b": None, "c": [1]}, []),
        (
            SPARE,
            "{none: 1, a-b: 2}",
            {"none": 1, "a-b": 2},
            [
                "'none' is built in and cannot be the name of a tool",
                "'a-b' cannot be the name of a tool; use letters",
            ],
        ),
    ],
)
def test_a_reader_gives_a_value_or_says_what_is_wrong(reader: Any, text: str, found: Any, problems: list[str]) -> None:
    reading = Reading(parse_yaml(f"a: {text}\n", "a.yaml"))

    assert reader.read(reading.start().at("a")) == found
    assert [str(problem).removeprefix("a.yaml:1: ") for problem in reading.problems] == problems
