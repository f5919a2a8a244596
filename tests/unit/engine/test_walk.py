"""When a listing is complete: whatever a service does with pages, an item that is missing is never overlooked."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.engine.page_signs import CONTAINERS, MORE, NEXT, find_sign
from contracts_runner.engine.walk import IncompleteListingError, Page, iter_pages
from contracts_runner.model.spec import Paging, Total, TotalUnit
from helpers.engine import reply

ITEMS = Total(path="$.total")
PAGES = Total(unit=TotalUnit.PAGES, path="$.pages")
HEADER = Total(header="X-Items")


def walk(pages: Sequence[Mapping[str, Any]], total: Total | None = ITEMS, **headers: str) -> list[Any]:
    """Return the items of the pages; one that nobody made is empty."""
    paging = Paging(placement="query", name="page", total=total) if total else None

    def fetch(number: int, _: object) -> Page:
        body = pages[number - 1] if number <= len(pages) else {**pages[-1], "data": []}
        return Page(reply(body=body, **headers), body)

    return [item for body in iter_pages(paging, "$.data", fetch) for item in body["data"]]


def make_pages(*lists: Sequence[Any], **members: Any) -> list[dict[str, Any]]:
    return [{"data": list(each), **members} for each in lists]


def explain(pages: Sequence[Mapping[str, Any]], total: Total | None = ITEMS, **headers: str) -> str:
    with pytest.raises(IncompleteListingError) as caught:
        walk(pages, total, **headers)
    return str(caught.value).partition("because ")[2]


@pytest.mark.parametrize("total", [5, "5", 5.0])
def test_a_total_of_items_may_be_a_number_or_a_text(total: Any) -> None:
    assert walk(make_pages([1, 2], [3, 4], [5], total=total)) == [1, 2, 3, 4, 5]


def test_a_page_may_have_fewer_items_than_the_one_before() -> None:
    assert walk(make_pages([1, 2, 3], [4], [5, 6], total=6)) == [1, 2, 3, 4, 5, 6]


def test_a_total_may_be_a_header_or_a_number_of_pages() -> None:
    assert walk(make_pages([1, 2], [3]), HEADER, X_Items="3") == [1, 2, 3]
    assert walk(make_pages([1, 2], [3], pages=2), PAGES) == [1, 2, 3]
    assert walk(make_pages([], pages=0), PAGES) == []


@pytest.mark.parametrize(
    ("pages", "total", "words"),
    [
        (make_pages([1, 2], [2, 3], [3, 4], total=5), ITEMS, "page 4 is empty, and 4 of 5 different items came"),
        (make_pages([1, 2], [1, 2], total=4), ITEMS, "page 2 only repeats earlier items, and 2 of 4 different"),
        (make_pages([1, 2], [2, 1], total=4), ITEMS, "page 2 only repeats earlier items, and 2 of 4 different"),
        (make_pages([1], [], [2], total=2), ITEMS, "page 2 is empty, and 1 of 2 different items came"),
        (make_pages([1], [], [2], pages=3), PAGES, "page 2 is empty, and 2 of 3 pages came"),
        (make_pages([1], [1], [1], pages=3), PAGES, "page 2 only repeats earlier items, and 2 of 3 pages came"),
        (make_pages([1, 2], [2, 3], pages=2), PAGES, "its pages overlap: 1 items came again"),
        (make_pages([1], total="many"), ITEMS, "page 1 has something at $.total that is not a count of items"),
        (make_pages([1], pages=-1), PAGES, "page 1 has something at $.pages that is not a count of pages"),
        (make_pages([1]), HEADER, "page 1 has something at the header X-Items that is not a count of items"),
    ],
)
def test_pages_that_do_not_add_up_are_not_the_listing(pages: Any, total: Total, words: str) -> None:
    assert words in explain(pages, total)


def test_a_total_that_grows_is_followed_and_one_that_shrinks_is_a_change() -> None:
    grown = [{"data": [1], "total": 2}, {"data": [2], "total": 3}, {"data": [3], "total": 3}]
    shrunk = [{"data": [1, 2], "total": 4}, {"data": [4], "total": 3}]

    assert walk(grown) == [1, 2, 3]
    assert "it changed meanwhile, from 4 to 3 items" in explain(shrunk)


def find_members(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    return product(("", *CONTAINERS), names)


def nest(container: str, name: str, value: Any) -> dict[str, Any]:
    return {container: {name: value}} if container else {name: value}


@pytest.mark.parametrize(("container", "name"), [*find_members(NEXT), *find_members(MORE)])
@pytest.mark.parametrize("total", [None, ITEMS, PAGES])
def test_a_sign_of_another_page_in_the_last_answer_is_seen(container: str, name: str, total: Total | None) -> None:
    value: Any = True if name in MORE else "/list?page=2"
    body = {"data": [1], "total": 1, "pages": 1, **nest(container, name, value)}

    path = ".".join(filter(None, ("$", container, name)))
    assert f"page 1 names another one that x-paging does not follow: {path} is" in explain([body], total)


@pytest.mark.parametrize(("container", "name"), [*find_members(NEXT), *find_members(MORE)])
@pytest.mark.parametrize("value", [None, "", " ", False, 0, [], {}, {"href": None}])
def test_an_empty_member_is_no_sign(container: str, name: str, value: Any) -> None:
    assert find_sign(nest(container, name, value), reply()) == ""


def test_a_sign_in_an_answer_that_others_follow_is_the_walk_itself() -> None:
    pages = [{"data": [1], "total": 2, "next_page": 2}, {"data": [2], "total": 2, "next_page": None}]

    assert walk(pages) == [1, 2]


@pytest.mark.parametrize(
    ("link", "is_next"),
    [
        ('</a?page=2>; rel="next"', True),
        ("</a?page=2>;rel=next", True),
        ('<a>; rel="prev", <b,c;d>; title="x, y"; REL="last Next"', True),
        ('<a>; rel="prev"; rel="next"', False),
        ('<a>; title="<b>; rel=next"', False),
        ('<a>; rel="nextish"', False),
        ("next", False),
        ("<" * 65_000, False),
        ("<a>;" * 16_000, False),
    ],
)
def test_a_link_header_names_another_page(link: str, is_next: bool) -> None:
    assert bool(find_sign([], reply(Link=link))) is is_next


@pytest.mark.parametrize("total", [None, ITEMS, PAGES])
def test_x_total_count_above_the_different_items_is_a_sign(total: Total | None) -> None:
    pages = make_pages([1, 2, 2], total=2, pages=1)

    assert "X-Total-Count says 3, and 2 different items came" in explain(pages, total, X_Total_Count="3")


@pytest.mark.parametrize("value", ["2", "1", "many", ""])
def test_x_total_count_that_says_nothing_else_is_no_sign(value: str) -> None:
    assert walk(make_pages([1, 2]), None, X_Total_Count=value) == [1, 2]


def test_a_total_that_nobody_configured_is_no_sign() -> None:
    assert walk([{"data": [1], "total": 9, "meta": {"total": 9, "next": None}, "has_more": False}], None) == [1]


@given(
    st.integers(0, 9),
    st.integers(1, 4),
    st.integers(0, 4),
    st.sampled_from(["pages", "ignored", "last page cut", "one page empty"]),
    st.sampled_from([ITEMS, HEADER]),
)
def test_all_items_come_or_the_walk_says_that_they_did_not(
    count: int, size: int, step: int, manner: str, total: Total
) -> None:
    everything = list(range(count))

    def fetch(number: int, _: object) -> Page:
        start = 0 if manner == "ignored" else (number - 1) * step
        items = everything[start : start + size]
        if manner == "last page cut" and start + size >= count:
            items = items[:-1]
        if manner == "one page empty" and number == 2:
            items = []
        body = {"data": items, "total": count}
        return Page(reply(body=body, X_Items=str(count)), body)

    paging = Paging(placement="query", name="page", total=total)
    try:
        brought = {item for body in iter_pages(paging, "$.data", fetch) for item in body["data"]}
    except IncompleteListingError:
        return
    assert brought == set(everything)
