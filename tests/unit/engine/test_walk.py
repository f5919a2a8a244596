"""When a listing is complete: whatever a service does with pages, an item that is missing is never overlooked."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.engine.page_signs import CONTAINERS, MORE, NEXT, find_sign
from contracts_runner.engine.walk import IncompleteListingError, Page, iter_pages
from contracts_runner.model.spec import AnswerPlace, Paging, PagingStyle, Total, TotalUnit
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


CURSOR = {"style": PagingStyle.CURSOR, "first": None, "next": AnswerPlace(path="$.meta.next_cursor")}
OFFSET = {"style": PagingStyle.OFFSET, "first": 0}


def follow(answers: Mapping[Any, Mapping[str, Any]], *, headers: Mapping[Any, str] | None = None, **paging: Any) -> Any:
    """Return the items of the answers, by what leads to them; to another one nothing leads."""

    def fetch(_: int, at: Any) -> Page:
        link = (headers or {}).get(at)
        return Page(reply(body=answers[at], **({"Link": link} if link else {})), answers[at])

    rule = Paging(**{"name": "at", **paging})
    return [item for body in iter_pages(rule, "$.data", fetch) for item in body["data"]]


def explain_follow(answers: Mapping[Any, Mapping[str, Any]], **paging: Any) -> str:
    with pytest.raises(IncompleteListingError) as caught:
        follow(answers, **paging)
    return str(caught.value).partition("because ")[2]


def make_answer(*items: Any, **members: Any) -> dict[str, Any]:
    return {"data": list(items), **members}


def test_an_offset_is_the_number_of_items_that_came_before() -> None:
    answers = {0: make_answer(1, 2, total=5), 2: make_answer(3, 4, total=5), 4: make_answer(5, total=5)}
    shifted = {at + 1: answer for at, answer in answers.items()}

    assert follow(answers, **OFFSET, total=ITEMS) == [1, 2, 3, 4, 5]
    assert follow(shifted, **OFFSET | {"first": 1}, total=ITEMS) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("style", [PagingStyle.PAGE, PagingStyle.OFFSET])
def test_a_member_says_that_there_is_more_or_an_empty_page_that_there_is_not(style: PagingStyle) -> None:
    second, third = (2, 3) if style is PagingStyle.PAGE else (3, 5)
    first = 1
    answers = {first: make_answer(1, 2, more=True), second: make_answer(3, 4, more=False), third: make_answer()}

    assert follow(answers, style=style, first=first, more="$.more") == [1, 2, 3, 4]
    assert follow(answers, style=style, first=first) == [1, 2, 3, 4]


@pytest.mark.parametrize("cursor", ["c1", 7, "0", 0])
@pytest.mark.parametrize("end", [{}, {"meta": {}}, {"meta": {"next_cursor": None}}, {"meta": {"next_cursor": ""}}])
def test_a_cursor_is_followed_until_none_is_named(cursor: Any, end: Mapping[str, Any]) -> None:
    answers = {None: make_answer(1, meta={"next_cursor": cursor}), cursor: make_answer(2, **end)}

    assert follow(answers, **CURSOR) == [1, 2]


def test_the_end_may_name_a_cursor_where_another_member_decides() -> None:
    answers = {
        None: make_answer(1, meta={"next_cursor": "a", "has_more": True}),
        "a": make_answer(2, meta={"next_cursor": "b", "has_more": False}),
    }

    assert follow(answers, **CURSOR, more="$.meta.has_more") == [1, 2]
    assert "page 2 names another one that x-paging does not follow: $.meta.has_more is true" in explain_follow(
        {None: answers[None], "a": make_answer(2, meta={"has_more": True})}, **CURSOR
    )


def test_a_page_of_a_cursor_may_be_empty_or_repeat_items() -> None:
    answers = {
        None: make_answer(1, meta={"next_cursor": "a"}),
        "a": make_answer(meta={"next_cursor": "b"}),
        "b": make_answer(1, 2),
    }

    assert follow(answers, **CURSOR) == [1, 1, 2]


@pytest.mark.parametrize("place", [AnswerPlace(header="Link"), AnswerPlace(path="$.links.next")])
def test_a_link_is_followed_as_it_is_written(place: AnswerPlace) -> None:
    answers = {None: make_answer(1, links={"next": "/l?p=2&x=a%20b"}), "/l?p=2&x=a%20b": make_answer(2, links={})}
    headers = {None: '</l?p=9>; rel="last", </l?p=2&x=a%20b>; rel="prefetch next"'}
    if place.header:
        answers[None] = make_answer(1)

    assert follow(answers, headers=headers, style=PagingStyle.LINK, first=None, next=place) == [1, 2]


@pytest.mark.parametrize(
    ("answers", "paging", "words"),
    [
        (
            {None: make_answer(1, meta={"next_cursor": "a"}), "a": make_answer(2, meta={"next_cursor": "a"})},
            CURSOR,
            "page 2 leads to one that was read before, at $.meta.next_cursor",
        ),
        (
            {None: make_answer(1, meta={"next_cursor": True})},
            CURSOR,
            "page 1 has something at $.meta.next_cursor that is no cursor",
        ),
        (
            {None: make_answer(1, meta={"next_cursor": {"href": "/x"}})},
            CURSOR | {"style": PagingStyle.LINK},
            "page 1 has something at $.meta.next_cursor that is no link",
        ),
        (
            {None: make_answer(1, more=True)},
            CURSOR | {"more": "$.more"},
            "page 1 says at $.more that another one follows, and names none at $.meta.next_cursor",
        ),
        (
            {None: make_answer(1, more="yes")},
            CURSOR | {"more": "$.more"},
            "page 1 has something at $.more that is neither true nor false",
        ),
        (
            {None: make_answer(1, total=3)},
            CURSOR | {"total": ITEMS},
            "$.meta.next_cursor says that this was all, and 1 of 3 different items came",
        ),
        ({0: make_answer(more=True)}, OFFSET | {"more": "$.more"}, "page 1 is empty, and $.more is true"),
        (
            {0: make_answer(1, more=True), 1: make_answer(1, more=True)},
            OFFSET | {"more": "$.more"},
            "page 2 only repeats earlier items, and $.more is true",
        ),
        (
            {0: make_answer(1, 2), 2: make_answer(2, 3), 4: make_answer()},
            OFFSET,
            "its pages overlap: 1 items came again, and an empty page does not tell if all came",
        ),
    ],
)
def test_what_does_not_lead_to_the_end_is_told(answers: Any, paging: Any, words: str) -> None:
    assert explain_follow(answers, **paging) == words
