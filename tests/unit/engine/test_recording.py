"""Rows hold short values whole, and of long ones what they are."""

import json

import pytest

from contracts_runner.engine.recording import ROW_CHARACTERS, count_members
from contracts_runner.model.json import Json


@pytest.mark.parametrize("value", [[10] * 249 + [1], {"name": "П" * (ROW_CHARACTERS - 12)}], ids=["blanks", "letters"])
def test_value_is_counted_from_the_first_character_beyond_a_row_on(value: Json) -> None:
    longer = [*value, 1] if isinstance(value, list) else {**value, "n": 1}

    assert len(json.dumps(value, ensure_ascii=False)) == ROW_CHARACTERS - 1 + isinstance(value, dict)
    assert count_members(value) is value
    assert count_members(longer) in ("array of 251 items", "object with 2 members")
