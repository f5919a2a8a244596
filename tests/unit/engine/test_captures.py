"""What a step takes from its answer for later ones, and what happens where it is not there."""

import dataclasses
from typing import Any

import pytest

from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.spec import Spec
from contracts_runner.results.events import StepFinished
from helpers.answers import make_response
from helpers.told_steps import find_problems, load_answers, run_step

ITEMS = b'{"items": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}, {"id": 3, "name": "b"}], "one": [7]}'
PAGE = "<r xmlns:p='urn:x'><t>Новости</t><t>2</t><p:u>3</p:u></r>".encode()
COOKIES = "other=1; Path=/, sid=never"


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_answers(tmp_path_factory.mktemp("captures"))


TAKES: list[tuple[str, Any]] = [("first", 0), ("last", -1), ("1", 1), ("-2", -2), ("all", None)]
MANY = {
    "header: X-Tag": ["a", "b, c", "d"],
    "cookie: sid": ["1", "2", "3"],
    'text: "id=([0-9])"': ["7", "8", "9"],
    "xml: //t": ["Новости", "2", "3"],
    'path: "$.items[*].id"': [1, 2, 3],
}
BODIES = {
    "text": (b"id=7; id=8, id=9", "text/plain"),
    "xml": ("<r><t>Новости</t><t>2</t><t>3</t></r>".encode(), "application/xml"),
}


@pytest.mark.parametrize(("take", "index"), TAKES)
@pytest.mark.parametrize("place", list(MANY))
def test_take_chooses_among_what_is_found_in_each_place(spec: Spec, place: str, take: str, index: int | None) -> None:
    fields = [("X-Tag", "a"), ("x-tag", "b, c"), ("X-Tag", "d"), *(("Set-Cookie", f"sid={n}; Path=/") for n in "123")]
    content, media_type = BODIES.get(place.partition(":")[0], (ITEMS, "application/json"))
    body = make_response(content, media_type=media_type)
    answer = dataclasses.replace(body, headers=(*body.headers, *fields))

    ran = run_step(spec, f"capture: {{v: {{{place}, take: {take}}}}}", answer)
    only = run_step(spec, f"capture: {{v: {{{place}, take: only}}}}", answer)
    beyond = run_step(spec, f"capture: {{v: {{{place}, take: 3}}}}", answer)

    event = next(event for event in ran.events if isinstance(event, StepFinished))
    assert event.captured.get("v", "withheld") in (MANY[place] if index is None else MANY[place][index], "withheld")
    assert {**event.captured, **event.withheld}.keys() == {"v"}
    assert "finds 3 values, not only one" in only.find_checks("failed")[0][1]
    assert "finds 3 values, none of number 3" in beyond.find_checks("failed")[0][1]


@pytest.mark.parametrize(
    ("capture", "value"),
    [
        ('"$.items[0].id"', 1),
        ('"$.none[*]"', []),
        ('{path: "$.items[*].id"}', [1, 2, 3]),
        ("{path: \"$.items[?@.name=='b'].id\", take: first}", 2),
        ("{path: \"$.items[?@.name=='b'].id\", take: last}", 3),
        ("{path: \"$.items[?@.name=='a'].id\", take: only}", 1),
        ('{path: "$.items[*].id", take: all}', [1, 2, 3]),
        ('{path: "$.items[*].id", take: 0}', 1),
        ('{path: "$.items[*].id", take: -1}', 3),
        ("{path: $.one, take: only}", [7]),
        ("{header: x-next}", "/orders/77"),
        ("{cookie: sid}", "Abc/1=="),
        ("{cookie: empty}", ""),
        ("{text: '\"id\": ([0-9]+)'}", "1"),
        ("{text: '(?<=\"one\": .)([0-9])'}", "7"),
        ("{xml: /r/t}", None),
    ],
)
def test_a_value_is_taken_from_where_its_key_says(spec: Spec, capture: str, value: Any) -> None:
    headers = {"X-Next": "/orders/77", "Set-Cookie": "sid= Abc/1== ; Secure", "set-cookie": "empty=; Path=/"}

    ran = run_step(spec, f"capture: {{v: {capture}}}", make_response(ITEMS, headers=headers))

    event = next(event for event in ran.events if isinstance(event, StepFinished))
    if value is None:
        assert [check for check, _ in ran.find_checks("failed")] == ["capture"]
    else:
        assert ran.outcome is Outcome.PASSED
        assert {**event.captured, **event.withheld}.keys() == {"v"}
        assert event.captured.get("v", value) == value


@pytest.mark.parametrize(
    ("capture", "value"),
    [
        ("{xml: /r/t}", "Новости"),
        ("{xml: 'count(//t)'}", 2),
        ("{xml: '/r/a:u', namespaces: {a: 'urn:x'}}", "3"),
        ("{text: '<t>(\\w+)'}", "Новости"),
    ],
)
def test_a_value_is_taken_from_xml(spec: Spec, capture: str, value: Any) -> None:
    ran = run_step(spec, f"capture: {{v: {capture}}}", make_response(PAGE, media_type="text/xml"))

    [captured] = [event.captured for event in ran.events if isinstance(event, StepFinished)]
    assert captured == {"v": value}


def test_prefixes_of_the_expectation_hold_for_captures(spec: Spec) -> None:
    keys = "expect: {namespaces: {a: 'urn:x'}, xml: {'/r/a:u': '3'}}, capture: {v: {xml: '/r/a:u'}}"

    ran = run_step(spec, keys, make_response(PAGE, media_type="text/xml"))

    assert ran.outcome is Outcome.PASSED


MISSING = [
    ("{path: '$.items[*].id', take: only}", "$.items[*].id finds 3 values, not only one"),
    ("{path: '$.items[*].id', take: 3}", "$.items[*].id finds 3 values, none of number 3"),
    ("{path: '$.items[*].id', take: -4}", "$.items[*].id finds 3 values, none of number -4"),
    ("{path: '$.none[*]', take: all}", "nothing is found at $.none[*]"),
    ("{path: $.none, take: first}", "nothing is found at $.none"),
    ("{header: X-Nxt}", "the answer has no header X-Nxt. Did you mean 'X-Next'?"),
    ("{cookie: sid}", "the answer sets no cookie sid"),
    ("{text: 'code=(x)'}", "nothing in the text matches code=(x)"),
    ("{text: '\"items(y)?\"'}", "nothing in the text matches"),
    ("{xml: /r}", "the body is not XML: Start tag expected, '<' not found, in line 1, column 1"),
]


@pytest.mark.parametrize(("capture", "why"), MISSING)
@pytest.mark.parametrize(("expect", "outcome"), [("{}", "failed"), ("{success: null}", "errored")])
def test_a_capture_that_finds_nothing_ends_its_scenario(
    spec: Spec, capture: str, why: str, expect: str, outcome: str
) -> None:
    answer = make_response(ITEMS, headers={"X-Next": "1"})
    keys = f"capture: {{v: {capture}}}" + (f", expect: {expect}" if expect != "{}" else "")

    ran = run_step(spec, keys, answer, then='{operation: getA, expect: {headers: {A: "${v}"}}}')

    [(check, message)] = ran.find_checks(outcome)
    assert (ran.outcome, check, len(ran.sent)) == (Outcome(outcome), "capture", 1)
    assert message.startswith(f"'v' cannot be captured: {why}")


def test_a_pattern_that_goes_back_for_ever_is_errored(spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contracts_runner.reading.group_patterns._MOST_SECONDS", 0.01)
    answer = make_response(b"a" * 60 + b"b", media_type="text/plain")

    ran = run_step(spec, "expect: {schema: false}, capture: {v: {text: '(?:a|aa)+(c)'}}", answer)

    assert [check for check, _ in ran.find_checks("errored")] == ["capture"]


@pytest.mark.parametrize(
    ("capture", "told"),
    [
        ("{}", "a capture is taken from one place; write one of path, header, cookie, text, xml"),
        ("{header: A, cookie: b}", "a capture is taken from one place; write one of path, header, cookie, text, xml"),
        ("{heder: A}", "a capture has no key 'heder'; Did you mean 'header'?"),
        ("{path: $.a, namespaces: {a: u}}", "'namespaces' is for 'xml' alone"),
        ("{path: a}", "'a' is not a JSONPath: a path begins with $, such as $.data.id"),
        ("{path: $.a, take: frist}", "'take' cannot be 'frist'; Did you mean 'first'?"),
        ("{path: $.a, take: 1.5}", "'take' is a whole number, or one of first, last, only, all"),
        ("{header: 'A B'}", "'A B' is not the name of a header"),
        ("{text: '[a'}", "'[a' is not a regular expression: "),
        ("{text: 'a'}", "'a' has no groups, not one; write (…) around what is wanted"),
        ("{text: '(a)(b)'}", "'(a)(b)' has 2 groups, not one; write (?:…) for those that only group"),
        ("{xml: '/a['}", "'/a[' is not an XPath"),
        ("{xml: '/b:a'}", "'/b:a' has the prefix 'b', which `namespaces` does not name"),
        ("5", "'5' is not a JSONPath"),
    ],
)
def test_a_mistake_in_a_capture_is_told(capture: str, told: str) -> None:
    problems = find_problems(f"capture: {{v: {capture}}}")

    assert any(told in problem for problem in problems)
