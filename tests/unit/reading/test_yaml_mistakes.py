"""Where a text is no YAML, what its author did is told rather than where the parser could not go on."""

import pytest

from contracts_runner.reading.yaml_source import parse_yaml


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "a: {id: ${order}, b: 1}\n",
            'a.yaml:1: is not YAML: ${order} stands without quotes between brackets; write "${order}"',
        ),
        (
            "a:\n  - [1, 'b',\n     ${order.id}]\n",
            'a.yaml:3: is not YAML: ${order.id} stands without quotes between brackets; write "${order.id}"',
        ),
        (
            "a: 1\nb:2\nc: 3\n",
            "a.yaml:2: is not YAML: 'b:' has no blank after the colon (line 3: could not find expected ':'); "
            "write `b: 2`",
        ),
        (
            'a: "one\nb: "two"\nc: 3\n',
            "a.yaml:1: is not YAML: a quotation mark that opens here is not closed (line 2: did not find expected "
            "key); close it before the end of the line",
        ),
        (
            "a: 1\nb: 'two\n",
            "a.yaml:2: is not YAML: a quotation mark that opens here is not closed (line 3: found unexpected end of "
            "stream); close it before the end of the line",
        ),
        (
            "a: {b: 1\nc: 2\n",
            "a.yaml:1: is not YAML: a bracket that opens here is not closed, or a comma is missing (line 2: did not "
            "find expected ',' or '}'); close it",
        ),
        (
            # A text of two lines is closed, and what looks like a key is one of a comment or of a text.
            'a: "one\n  two"\n# "x\nb: it\'s 12:30 and c:d\ne: ]\n',
            "a.yaml:5: is not YAML: did not find expected node content, while parsing a block node",
        ),
    ],
)
def test_the_mistake_is_told_where_it_is(text: str, problem: str) -> None:
    [found] = parse_yaml(text, "a.yaml").problems

    assert str(found) == problem


@pytest.mark.parametrize("text", ["a: ${order}\n", 'a: {b: "${order}"}\n', "a: 'it''s'\n", "a: [b:c]\n"])
def test_what_is_yaml_is_no_mistake(text: str) -> None:
    assert parse_yaml(text, "a.yaml").problems == ()
