"""Lines of a ledger: each is its event, an unknown one, or has an answer in words."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.results.events import EVENTS, ScenarioStarted, StepFinished
from contracts_runner.results.lines import (
    Line,
    MisfitError,
    UnknownEvent,
    as_json,
    build_line,
    parse_event,
    parse_head,
    parse_results,
)
from helpers.ledger_builder import make_step_row
from helpers.sample_ledgers import bounded, texts, values

HEAD = {"seq": 1, "at": "2026-11-22T10:16:38.123Z", "prev": "0" * 64}


def parse_line(raw: bytes) -> Line:
    head = parse_head(raw)
    return Line(seq=head.seq, at=head.at, event=parse_event(raw, head.type))


def render(kind: str, **members: Any) -> bytes:
    return json.dumps({**HEAD, "type": kind, **members}).encode()


def test_a_line_of_a_type_of_a_later_version_is_kept() -> None:
    line = parse_line(render("of_a_later_version", scenario=7))

    assert line == Line(seq=1, at=HEAD["at"], event=UnknownEvent("of_a_later_version"))


def test_members_of_a_later_version_are_left_out() -> None:
    assert parse_line(render("scenario_started", scenario="1.1", later=1)).event == ScenarioStarted(scenario="1.1")


def test_a_name_of_a_check_of_another_version_is_read() -> None:
    step = as_json(make_step_row())
    step["checks"][0]["check"] = "of_another_version"

    event = parse_line(render("step_finished", scenario="1.1", number=1, step=step)).event

    assert isinstance(event, StepFinished)
    assert event.step.checks[0].check == "of_another_version"


def test_half_of_a_surrogate_pair_is_read_in_every_text() -> None:
    step = as_json(make_step_row(name="\ud800", reason="\ud800", operation="\udfff", artifact="a/\ud800.json"))
    step["checks"][0] |= {"check": "\ud800", "message": "\ud800", "expected": {"\ud800": ["\ud800"]}, "path": "\ud800"}

    event = parse_line(render("step_finished", scenario="\ud800", number=1, step=step, captured={"\ud800": 1})).event

    assert isinstance(event, StepFinished)
    assert (event.step.name, event.step.checks[0].expected) == ("\ud800", {"\ud800": ["\ud800"]})


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"{", "it is not JSON"),
        (b"[]", "Expected `object`, got `array`"),
        (render("scenario_started"), "Object missing required field `scenario`"),
        (render("scenario_started", scenario=1), "Expected `str`, got `int` - at `$.scenario`"),
        (render("phase_finished", phase="lunch"), "Invalid enum value 'lunch' - at `$.phase`"),
        (render("phase_finished", phase="\ud800"), "half of a surrogate pair"),
        (render("scenario_started", **{"scenario": "1", "\ud800": 1}), "half of a surrogate pair"),
        (render("request_sent", phase="scenarios", operation="o", method="GET", url="u", is_write=1), "got `int`"),
    ],
)
def test_a_line_that_does_not_fit_its_type_has_an_answer_in_words(raw: bytes, problem: str) -> None:
    with pytest.raises(MisfitError) as caught:
        parse_line(raw)

    assert problem in str(caught.value)


def test_an_object_without_the_head_of_a_line_has_an_answer_in_words() -> None:
    with pytest.raises(MisfitError, match="its seq, at or type is not what it must be"):
        build_line({"seq": 1})


@bounded
@given(st.sampled_from(sorted(EVENTS)), st.dictionaries(texts, values, max_size=3), st.data())
def test_whatever_a_line_holds_there_is_an_event_or_an_answer(
    kind: str, members: dict[str, Any], data: st.DataObject
) -> None:
    fields = EVENTS[kind].__struct_fields__
    row = {**HEAD, **members, **{name: data.draw(values) for name in fields}, "type": kind}

    answers = []
    for read in (lambda: parse_line(json.dumps(row).encode()), lambda: build_line(row)):
        try:
            answers.append(read())
        except MisfitError as error:
            answers.append(str(error))

    assert answers[0] == answers[1]


def test_results_of_another_schema_are_refused_in_words() -> None:
    with pytest.raises(MisfitError, match=r"schema_version"):
        parse_results(b'{"schema_version": 3}')


def test_a_text_that_is_cut_off_is_refused_in_words() -> None:
    with pytest.raises(MisfitError, match="it is not JSON"):
        parse_results(b'{"schema_version": 1')
