"""The twin's answers without one required property, or with one of another type: some scenario notices each of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from contracts_runner.engine.body import ParsedBody
from contracts_runner.engine.conformance import check_conformance, find_body_schema, find_response
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.outcome import Outcome
from support.qtickets import Answered, Recording, record_scenarios
from support.schema_sites import Site, SiteFinder

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def recording() -> Recording:
    return record_scenarios()


@pytest.fixture(scope="module")
def found(recording: Recording) -> dict[str, list["Found"]]:
    return find_sites(recording)


@dataclass(frozen=True)
class Found:
    """A required property in an answer, whose whole value is `value`."""

    answered: Answered
    value: Any
    site: Site


def test_every_scenario_holds_on_the_twin_as_it_is(recording: Recording) -> None:
    wrong = {name: str(outcome) for name, outcome in recording.outcomes.items() if outcome not in ("passed", "known")}

    assert wrong == {}


def test_a_required_property_that_is_gone_is_noticed(recording: Recording, found: dict[str, list[Found]]) -> None:
    unnoticed = [key for key, places in found.items() if not any(is_loss_noticed(recording, place) for place in places)]

    assert unnoticed == []


def test_a_required_property_of_another_type_is_noticed(recording: Recording, found: dict[str, list[Found]]) -> None:
    unnoticed = [key for key, [place, *_] in found.items() if not is_retyping_noticed(recording, place)]

    assert unnoticed == []


def test_the_twin_answers_with_every_required_property(recording: Recording, found: dict[str, list[Found]]) -> None:
    declared = {*iter_declared(recording)}

    assert declared - found.keys() == set()


def find_sites(recording: Recording) -> dict[str, list[Found]]:
    """Return where each required property stands, in the smallest answer of each operation that has it."""
    finder = SiteFinder(recording.spec)
    found: dict[str, dict[str, Found]] = {}
    for answered in sorted(recording.answers, key=lambda each: len(each.response.body)):
        promised = find_response(answered.operation, answered.response.status_code)
        pointer = find_body_schema(promised, answered.response) if promised else ""
        if pointer and (answered.response.media_type or "").endswith("json"):
            value = json.loads(answered.response.body)
            for site in finder.iter_sites(pointer, value):
                found.setdefault(site.key, {}).setdefault(answered.operation.label, Found(answered, value, site))
    return {key: [*places.values()] for key, places in found.items()}


def iter_declared(recording: Recording) -> Iterator[str]:
    """Yield every required property of the answers that the spec declares, but for webhooks."""
    finder = SiteFinder(recording.spec)
    for operation in recording.spec.operations.values():
        for response in operation.responses.values():
            for media_type, pointer in response.schemas.items():
                if pointer and media_type.endswith("json"):
                    yield from finder.iter_declared(pointer)


def is_loss_noticed(recording: Recording, found: Found) -> bool:
    """Tell whether the spec or, where another branch of it permits the rest, a scenario's own words notice the loss."""
    kept = found.site.holder.pop(found.site.name)
    is_noticed = breaks_spec(recording, found)
    found.site.holder[found.site.name] = kept
    return is_noticed or breaks_scenario(recording, found)


def is_retyping_noticed(recording: Recording, found: Found) -> bool:
    """Tell whether the spec notices one of the other types: some may be permitted, such as null."""
    kept = found.site.holder[found.site.name]
    is_noticed = False
    for value in (7, "wrong", {"wrong": 1}, ["wrong"], True, None):
        if type(value) is not type(kept):
            found.site.holder[found.site.name] = value
            is_noticed = is_noticed or breaks_spec(recording, found)
    found.site.holder[found.site.name] = kept
    return is_noticed


def breaks_spec(recording: Recording, found: Found) -> bool:
    body = ParsedBody(value=found.value, is_json=True)
    rows = check_conformance(found.answered.operation, recording.spec, found.answered.response, body)
    return any(row.outcome is Outcome.FAILED for row in rows)


def breaks_scenario(recording: Recording, found: Found) -> bool:
    """Run the scenarios that call the operation again, with the property lost from all of its answers."""
    finder, label = SiteFinder(recording.spec), found.answered.operation.label

    def lose(request: Request, response: Response) -> Response:
        promised = find_response(found.answered.operation, response.status_code)
        if request.operation != label or promised is None or not (response.media_type or "").endswith("json"):
            return response
        value = json.loads(response.body)
        for site in [*finder.iter_sites(find_body_schema(promised, response), value)]:
            if site.key == found.site.key:
                site.holder.pop(site.name, None)
        return replace(response, body=json.dumps(value).encode())

    callers = {answered.scenario for answered in recording.answers if answered.operation.label == label}
    return Outcome.FAILED in record_scenarios(callers, change=lose).outcomes.values()
