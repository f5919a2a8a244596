"""Whatever a service answers page by page, the walk ends: in all its items, or in words of ours."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_runner.engine.listing_request import find_list_path, iter_parameters
from contracts_runner.engine.walk import MAX_PAGES, Page, iter_pages
from contracts_runner.errors import TransportError
from contracts_runner.model.spec import Paging, Total
from helpers.engine import reply

PAGING = Paging(placement="query", name="page", total=Total(path="$.total"))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 12),
    st.sampled_from([10**30, -(10**30), 1.5, float("1e300"), "\x1b[2J", "7"]),
    st.text(max_size=4),
)
items = st.one_of(scalars, st.lists(scalars, max_size=2), st.dictionaries(st.text(max_size=2), scalars, max_size=2))
lists = st.one_of(st.lists(items, max_size=4), st.dictionaries(st.text(max_size=3), items, max_size=3), scalars)
bodies = st.one_of(
    st.fixed_dictionaries({}, optional={"data": lists, "total": scalars}),
    st.fixed_dictionaries({"data": st.lists(st.integers(), min_size=1, max_size=3), "total": st.integers(0, 9)}),
    items,
)


@settings(max_examples=80)
@given(st.lists(bodies, min_size=1, max_size=5))
def test_any_pages_are_walked_or_refused(pages: list[Any]) -> None:
    asked: list[int] = []

    def fetch(number: int, _: object) -> Page:
        asked.append(number)
        return Page(reply(), pages[min(number, len(pages)) - 1])

    try:
        brought = list(iter_pages(PAGING, find_list_path("$.data[*]"), fetch))
    except TransportError:
        brought = []
    assert not brought or sum(len(body["data"]) for body in brought) >= max(int(body["total"]) for body in brought)
    assert asked == list(range(1, len(asked) + 1))
    assert len(asked) <= min(len(pages) + 1, MAX_PAGES)


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["$.a", "$.a[*]", "$..b", "$"]), max_size=2), items)
def test_any_item_stands_for_requests_or_for_none(paths: dict[str, str], item: Any) -> None:
    for parameters in iter_parameters(paths, item):
        assert parameters.keys() == paths.keys()
        assert None not in parameters.values()
