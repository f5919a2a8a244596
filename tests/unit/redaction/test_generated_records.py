"""Generated records, Russian and English: what is personal never stays, what is not stays as it is.

A few hundred by default; the full count is for the hand: CONTRACTS_RECORDS=10000 python -m pytest -s THIS_FILE
"""

import json
import os
from typing import Any

import pytest

from contracts_runner.redaction.redactor import Redactor
from helpers.people import iter_people, iter_things
from helpers.personal_samples import make_exchange, make_redactor, record

faker: Any = pytest.importorskip("faker", reason="the test extra is not installed")
COUNT = int(os.environ.get("CONTRACTS_RECORDS", "300"))
MOST_FALSE = 0.01


def find_changes(thing: dict[str, Any], redactor: Redactor, *, is_described: bool) -> dict[str, Any]:
    schema = {"type": "object", "properties": {name: {} for name in thing}}
    described = {name: {"type": ["string", "number"]} for name in thing}
    document = {"components": {"schemas": {"Thing": schema | {"properties": described}}}} if is_described else None
    pointer = "/components/schemas/Thing" if is_described else ""
    exchange = make_exchange(json.dumps(thing, ensure_ascii=False))
    recorded = record(exchange, redactor=redactor, document=document, response_pointer=pointer)
    assert recorded.response is not None
    written = json.loads(recorded.response.body)
    return {name: value for name, value in written.items() if value != thing[name]}


def meet_people(redactor: Redactor, count: int) -> None:
    properties = {name: {"type": "string", "x-pii": name} for name in ("name", "email", "phone", "address", "card")}
    properties["surname"] = {"type": "string", "x-pii": "name"}
    document = {"components": {"schemas": {"Person": {"type": "object", "properties": properties}}}}
    for person in iter_people(faker, count, seed=3):
        exchange = make_exchange(json.dumps({name: person.record[name] for name in properties}))
        record(exchange, redactor=redactor, document=document, response_pointer="/components/schemas/Person")


# Where nothing is described, a word that is a known name counts as one, in a title too: that is not measured here.
@pytest.mark.parametrize(("is_described", "people"), [(True, 0), (False, 0), (True, COUNT // 10)])
def test_records_without_personal_data_stay_as_they_are(is_described: bool, people: int) -> None:
    redactor = make_redactor()
    meet_people(redactor, people)
    things = list(iter_things(faker, COUNT, seed=7))

    changes = [found for thing in things if (found := find_changes(thing, redactor, is_described=is_described))]

    print(f"{len(changes)} of {len(things)} records changed after {people} people were met")
    assert len(changes) < MOST_FALSE * len(things), changes[:9]
