"""Values of an item by JSONPath: the short way for plain names finds what the library finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.engine.jsonpath import NothingFoundError, find
from contracts_runner.model.json import Json
from contracts_runner.warehouse.checks.api import find_or_none

NAMES = st.sampled_from(["a", "b", "_c"])
ITEMS = st.recursive(
    st.none() | st.integers() | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(ITEMS, st.lists(NAMES, min_size=1, max_size=3))
def test_plain_names_find_what_the_library_finds(item: Json, names: list[str]) -> None:
    path = "$." + ".".join(names)
    try:
        expected = find(path, item)
    except NothingFoundError:
        expected = None

    assert find_or_none(path, item) == expected


@pytest.mark.parametrize(
    ("path", "found"),
    [("$.a[0]", 1), ("$.a[*]", [1, 2]), ("$['a b']", 3), ("$", {"a": [1, 2], "a b": 3}), ("$.a[7]", None)],
)
def test_other_paths_are_left_to_the_library(path: str, found: Json) -> None:
    assert find_or_none(path, {"a": [1, 2], "a b": 3}) == found
