"""A plain path is read without the library of JSONPath, and leads where the library says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.reading.durations import FormError
from contracts_runner.reading.jsonpath_environment import ENVIRONMENT
from contracts_runner.reading.jsonpaths import parse_jsonpath, read_steps

PARTS = st.lists(
    st.sampled_from(
        [*(".a", ".B_1", "._", "[0]", "[10]", "[01]", "[-1]", "[ 0 ]", ".é"), *(".1", ". a", "['a']", "[*]", "[")]
    )
)


@pytest.mark.parametrize(
    ("path", "steps"), [("$", ()), ("$.a", ("a",)), ("$.data[0]._id2", ("data", 0, "_id2")), ("$[10][0]", (10, 0))]
)
def test_steps_of_a_plain_path(path: str, steps: tuple[str | int, ...]) -> None:
    assert read_steps(path) == steps


@given(PARTS)
def test_a_path_is_read_as_the_library_reads_it(parts: list[str]) -> None:
    path = "$" + "".join(parts)
    try:
        query = ENVIRONMENT.compile(path)
    except Exception:
        with pytest.raises(FormError):
            parse_jsonpath(path)
        return

    steps = tuple(
        part
        for segment in query.segments
        for each in segment.selectors
        for part in [getattr(each, "name", getattr(each, "index", None))]
    )
    assert parse_jsonpath(path) == path
    assert read_steps(path) == (steps if query.singular_query() else None)
