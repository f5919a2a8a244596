"""What a recorded request took from earlier answers is what these give now, and nothing else of it changes."""

import dataclasses
import json
from typing import Any

import pytest

from contracts_runner.model.exchange import Response, Taken, Timings
from contracts_runner.properties.carrying import Carrier, MissingGroundError
from contracts_runner.properties.recorded_finding import RecordedStep
from helpers.operations import make_operation
from helpers.recorded_findings import RUN, make_step

ADD = make_operation(label="addThing", method="POST", path="/things")
PARTS = make_operation(label="getPart", path="/things/{id}/parts/{part}")
FORM = "application/x-www-form-urlencoded"


def reply(body: Any, *headers: tuple[str, str]) -> Response:
    return Response(
        status_code=201,
        headers=(("Content-Type", "application/json"), *headers),
        body=json.dumps(body).encode(),
        timings=Timings(first_byte_ms=0, total_ms=0),
    )


def carry(step: RecordedStep, before: Any, now: Any) -> RecordedStep:
    """Carry a step on after one that was answered with the one body, and is now with the other."""
    carrier = Carrier(depth=50)
    added = make_step("POST", "/things", "addThing", answer=json.dumps(before))
    carrier.add(added, added, ADD, reply(now))
    return carrier.carry(step, PARTS)


def take(placement: Any, name: str, source: str = "id") -> Taken:
    return Taken(placement=placement, name=name, source=source)


PATH = "/things/{0}/parts/7?n=7&of={0}&of%5B%5D=7"
JSON_TEXT = '{{"id": 7, "a": {{"b": ["7", {{"c": {0}}}]}}, "x": 7.0}}'


@pytest.mark.parametrize(
    ("taken", "template"),
    [
        (take("path", "id"), {"path": "/things/{0}/parts/7?n=7&of=7"}),
        (take("path", "part"), {"path": "/things/7/parts/{0}?n=%37"}),
        (take("query", "of"), {"path": "/things/7/parts/7?n=7&of={0}&&x=%37"}),
        (take("query", "of[]"), {"path": "/things/7/parts/7?of%5B%5D={0}&n=7"}),
        (take("header", "X-Of"), {"X_Of": "{0}", "X_Other": "7"}),
        (take("cookie", "of"), {"Cookie": "n=7; of={0}; x=7"}),
        (take("body", "of"), {"body": "n=7&of={0}&x=%37", "Content_Type": FORM}),
        (take("body", "a/b/1/c"), {"body": '{{"id": 7, "a": {{"b": ["7", {{"c": {0}}}]}}, "x": 7.0}}'}),
        (take("body", "of"), {"body": '{{"id": "7", "of": "{0}", "т": null}}'}),
    ],
)
@pytest.mark.parametrize(("before", "now", "new"), [(7, 8, "8"), ("7", "8", "8"), (7, 7, "7")])
def test_only_what_was_taken_changes(taken: Taken, template: dict[str, str], before: Any, now: Any, new: str) -> None:
    parts = {"path": "/things/7/parts/7", **template}
    recorded, wanted = (
        make_step(**{key: text.format(value) for key, text in parts.items()}, taken=(taken,)) for value in ("7", new)
    )

    assert carry(recorded, {"id": before, "n": 7}, {"id": now, "n": 9}) == wanted


def test_a_value_is_escaped_where_it_stands() -> None:
    recorded = make_step(path="/things/7/parts/7?of=7", taken=(take("path", "id"), take("query", "of")))

    carried = carry(recorded, {"id": 7}, {"id": "a/../б?&x=1"})

    assert carried.url == f"{RUN}/things/a%2F..%2F%D0%B1%3F%26x%3D1/parts/7?of=a%2F..%2F%D0%B1%3F%26x%3D1"


@pytest.mark.parametrize(
    ("source", "before", "now", "found"),
    [
        ("id", {"id": 7, "n": 7}, {"id": 8, "n": 9}, "8"),
        ("n", {"id": 7, "n": 7}, {"id": 8, "n": 9}, "9"),
        ("/data/1/id", {"data": [{"id": 7}, {"id": 7}]}, {"data": [{"id": 8}, {"id": 9}]}, "9"),
        ("id", {"data": [{"id": 7}, {"id": 5}]}, {"data": [{"id": 8}]}, "8"),
        ("", {"a": 7, "b": 7}, {"a": 8, "b": 8}, "8"),
        ("ID", {"id": 7}, {"id": 8}, "8"),
        # Not there, or not one.
        ("id", {"id": 7}, {"n": 8}, None),
        ("id", {"id": 7}, {"id": None}, None),
        ("id", {"id": 7}, {"id": {"id": 7}}, None),
        ("id", {"id": 7}, {"id": ""}, None),
        ("id", {"id": 7}, {"status": "error", "code": "BUSY"}, None),
        ("id", {"id": 7, "of": {"id": 7}}, {"id": 8, "of": {"id": 9}}, None),
        ("id", {"id": 7, "of": {"id": 7}}, {"id": 8}, None),
        ("", {"a": 7, "b": 7}, {"a": 8, "b": 9}, None),
        # Never given.
        ("id", {"id": 6, "n": 7}, {"id": 6, "n": 7}, None),
    ],
)
def test_a_value_is_looked_for_under_its_name(source: str, before: Any, now: Any, found: str | None) -> None:
    recorded = make_step(path="/things/7/parts/1", taken=(take("path", "id", source),))

    if found is None:
        with pytest.raises(MissingGroundError):
            carry(recorded, before, now)
    else:
        assert carry(recorded, before, now).url == f"{RUN}/things/{found}/parts/1"


def test_a_value_goes_from_request_to_request() -> None:
    """As in `$request.path.id`: the answer to a removal has no body."""
    carrier = Carrier(depth=50)
    added = make_step("POST", "/things", "addThing", answer='{"id": 7}')
    carrier.add(added, added, ADD, reply({"id": 8}))
    removed = make_step("DELETE", "/things/7/parts/1", "getPart", taken=(take("path", "id"),))
    carrier.add(removed, carrier.carry(removed, PARTS), PARTS, reply(None))
    # The latest that had the value counts.
    other = make_step("POST", "/things", "addThing", answer='{"id": 5}')
    carrier.add(other, other, ADD, reply({"id": 7}))

    carried = carrier.carry(make_step(path="/things/7/parts/1", taken=(take("path", "id"),)), PARTS)

    assert carried.url == f"{RUN}/things/8/parts/1"


def test_a_value_may_come_from_a_header() -> None:
    carrier = Carrier(depth=50)
    added = make_step("POST", "/things", "addThing")
    carrier.add(dataclasses.replace(added, response=reply({}, ("X-Id", "7"))), added, ADD, reply({}, ("x-id", "8")))

    carried = carrier.carry(make_step(path="/things/7/parts/1", taken=(take("path", "id", "X-Id"),)), PARTS)

    assert carried.url == f"{RUN}/things/8/parts/1"


@pytest.mark.parametrize(
    ("now", "is_known"), [({"id": 7, "n": 5}, True), ({"id": 8, "n": 5}, False), ({"n": 5}, False)]
)
def test_what_was_taken_and_not_recorded_is_sent_only_if_it_has_not_changed(now: Any, is_known: bool) -> None:
    recorded = make_step(path="/things/7/parts/1", taken=None)

    if is_known:
        assert carry(recorded, {"id": 7, "n": 3}, now) == recorded
    else:
        with pytest.raises(MissingGroundError):
            carry(recorded, {"id": 7, "n": 3}, now)
