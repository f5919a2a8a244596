import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.engine.text_values import read_json
from contracts_runner.model.json import parse_json
from contracts_runner.reading.variables import VariableType

NO_JSON = ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "[1e400]", "", "+1", "01", "0x10", "'a'", "\u0663"]


@pytest.mark.parametrize("text", NO_JSON)
def test_what_is_no_json_is_refused_and_stays_text_in_headers_and_variables(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)
    assert read_json(text) == text
    with pytest.raises(ValueError, match=r"."):
        VariableType.NUMBER.parse(text)


@given(value=st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_what_json_writes_is_read_again(value: object) -> None:
    assert parse_json(json.dumps(value)) == value
