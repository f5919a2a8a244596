"""The values of `${…}` during a scenario."""

from datetime import UTC, datetime

import pytest

from contracts_runner.engine.scope import Scope, UnresolvedError

NOON = datetime(2026, 11, 22, 12, 0, 30, 999, tzinfo=UTC)


def make_scope(scenario_id: str = "1.1", **variables: object) -> Scope:
    scope = Scope(variables=variables, run_id="run-1", scenario_id=scenario_id)
    scope.begin_step(NOON)
    return scope


def test_a_whole_expression_keeps_its_type() -> None:
    assert make_scope(event_id=33).evaluate({"a": ["${event_id}", "n${event_id}"]}) == {"a": [33, "n33"]}


def test_times_have_their_zone_and_offset() -> None:
    values = make_scope().evaluate(["${now}", "${now+1h}", "${today}", "${today-2d}"])

    assert values == ["2026-11-22T12:00:30+00:00", "2026-11-22T13:00:30+00:00", "2026-11-22", "2026-11-20"]


def test_a_capture_is_known_afterwards() -> None:
    scope = make_scope()
    scope.capture("ids", [1, 2])

    assert scope.evaluate("${ids}") == [1, 2]


def test_a_name_without_a_value_is_an_error() -> None:
    with pytest.raises(UnresolvedError, match="nope"):
        make_scope().evaluate("${nope}")


def test_uuid_keeps_its_value_within_a_scenario_and_differs_between_them() -> None:
    one, other = make_scope("1.1"), make_scope("1.2")

    assert one.evaluate("${uuid}") == one.evaluate("${uuid}")
    assert one.evaluate("${uuid}") != other.evaluate("${uuid}")
