"""Each planted fault of a walk over the API, or of a value, is seen and told in its words; what is harmless is not.

Where a walk is at fault the table holds what the API shows, as after a loader that saw no more than we do: that both
agree is no proof.
"""

import gzip
import itertools
import json
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from helpers.paged_shop import COUNT, PagedApi, Shop, check_shop, make_item, make_row, serve_shops, write
from helpers.warehouse_desk import Desk

pytestmark = pytest.mark.thorough

Plant = Callable[[Shop], None]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PagedApi]:
    with serve_shops(tmp_path_factory.mktemp("shop")) as served:
        yield served


def walk(style: str, *, lose: tuple[int, ...] = (), **changes: Any) -> Plant:
    """Plant what the service does with its pages; the orders that it then never shows are lost in the table, too."""

    def plant(shop: Shop) -> None:
        shop.style = style
        shop.lose(*lose)
        for name, value in changes.items():
            setattr(shop, name, value)

    return plant


def pages(*lists: str) -> list[list[Any]]:
    """Return lists of orders by their numbers: "123" is the first three."""
    return [[make_item(int(number)) for number in numbers] for numbers in lists]


def held(column: str, sql: str, number: int = 3) -> Plant:
    """Plant another value in the table."""

    def plant(shop: Shop) -> None:
        shop.rows[number - 1][column] = sql

    return plant


def told(member: str, value: Any, number: int = 3) -> Plant:
    """Plant another value in the API."""

    def plant(shop: Shop) -> None:
        shop.items[number - 1][member] = value

    return plant


def both(*plants: Plant) -> Plant:
    def plant(shop: Shop) -> None:
        for each in plants:
            each(shop)

    return plant


def set_shop(**changes: Any) -> Plant:
    return walk("page", **changes)


def drop(member: str) -> Plant:
    return lambda shop: shop.items[2].pop(member)


def repeat_row(shop: Shop) -> None:
    shop.rows.append({**make_row(3), "amount": "4"})


def shift_group(shop: Shop) -> None:
    # Each order has its amount, and the sums of both groups are wrong.
    shop.rows[0]["status"], shop.rows[1]["status"] = shop.rows[1]["status"], shop.rows[0]["status"]


def write_as_object(body: Any) -> bytes:
    data = {str(number): each for number, each in enumerate(body["data"])}
    return json.dumps({**body, "data": data}).encode()


def load_all_but_a_young_one(shop: Shop) -> None:
    shop.lose_rows(8)
    shop.items[7] |= {"at": "2026-11-20T11:30:00Z", "amount": 0}
    shop.options = {"changed": "$.at", "within": "1h"}


def load_paid_ones(shop: Shop) -> None:
    shop.lose_rows(2, 4, 6, 7, 8)
    shop.rows_path = "$.data[?@.paid == true && @.id < 7]"


REST = (4, 5, 6, 7, 8)
ZEROS = itertools.count(1)
EACH = {"operation": "page", "rows": "$.data[*]", "parameters": {"id": "$.id"}}
UNREAD = "the listing was not read to its end, because "

# Name, what is planted, a part of what is said of it.
WALKS: list[tuple[str, Plant, str]] = [
    ("first page is cut", walk("page", lists=pages("12", "456", "78"), lose=(3,)), "7 of 8 different items came"),
    ("first page is cut, offsets", walk("offset", lists=pages("12", "456", "78"), lose=(3,)),
     "7 of 8 different items"),
    ("first page is cut, total in a header", walk("header", lists=pages("12", "456", "78"), lose=(3,)), "7 of 8"),
    ("last page is cut", walk("page", lists=pages("123", "456", "7"), lose=(8,)), "page 4 is empty, and 7 of 8"),
    ("last page is not there", walk("page", lists=pages("123", "456"), lose=(7, 8)), "page 3 is empty, and 6 of 8"),
    ("page is repeated for ever", walk("page", lists=pages(*["123"] * 3), lose=REST),
     "page 2 only repeats"),
    ("page is repeated once", walk("page", lists=pages("123", "123", "78"), lose=(4, 5, 6)), "page 2 only repeats"),
    ("page is repeated, nothing counts", walk("empty", lists=pages(*["123"] * 3), lose=REST),
     "only repeats"),
    ("pages are counted, and overlap", walk("pages", lists=pages("123", "345", "78"), lose=(6,)),
     "its pages overlap"),
    ("page is skipped", walk("page", lists=pages("123", "78"), lose=(4, 5, 6)), "page 3 is empty, and 5 of 8"),
    ("page is empty amid others", walk("page", lists=pages("123", "", "78"), lose=(4, 5, 6)),
     "page 2 is empty, and 3"),
    ("offset is ignored", walk("offset", answers={}, lists=pages("12345678"), total=lambda _: 20), "8 of 20"),
    ("item is lost at a border", walk("page", lists=pages("123", "567", "8"), lose=(4,)), "7 of 8 different items"),
    ("order changes meanwhile", walk("page", lists=pages("123", "456", "21"), lose=(7, 8)), "page 3 only repeats"),
    ("item is deleted meanwhile", walk("page", lists=pages("123", "567", "8"), lose=(4,),
     total=lambda at: 8 - (at > 0)),
     "it changed meanwhile, from 8 to 7 items"),
    ("total is too large", set_shop(total=lambda _: 9), "page 4 is empty, and 8 of 9 different items came"),
    ("total is no number", set_shop(total=lambda _: "many"), "something at $.total that is not a count of items"),
    ("total is gone on the second page", set_shop(total=lambda at: None if at else 8),
     "page 2 has something at $.total"),
    ("more is no truth value", walk("more", says=lambda _: {"more": "yes"}), "neither true nor false"),
    ("more is true after the last page", walk("more", says=lambda _: {"more": True}), "page 4 is empty, and $.more"),
    ("cursor goes round", walk("cursor", next=lambda at: f"c{(at + 1) % 3}"), "leads to one that was read before"),
    ("cursor goes round under new names", walk("cursor", next=lambda at: "0" * next(ZEROS) + str((at + 1) % 3)),
     "the last 10 pages only repeat earlier items"),
    ("cursor ends too early", walk("cursor", next=lambda _: None, says=lambda _: {"has_more": True}, lose=REST),
     "x-paging does not follow: $.has_more is true"),
    ("cursor is an object", walk("cursor", next=lambda _: {"after": 1}), "something at $.next that is no cursor"),
    ("link leads to another host", walk("link", next=lambda _: "http://127.0.0.1:9/link?at=1"),
     "an address that the environment does not name"),
    ("link leads to another operation", walk("link", next=lambda _: "/offset?at=3"),
     "does not lead to the path of link"),
    ("listing has pages that nobody knows of", walk("whole", lists=pages("123"),
     says=lambda _: {"meta": {"nextPage": 2}}, lose=REST),
     "x-paging does not follow: $.meta.nextPage is not empty"),
    ("header names another page", walk("whole", lists=pages("123"), headers={"Link": '</whole?at=2>; rel="next"'},
     lose=REST),
     "the header Link has rel=next"),
    ("header counts more", walk("whole", lists=pages("123"), headers={"X_Total_Count": "8"}, lose=REST),
     "X-Total-Count says 8, and 3 different items came"),
    ("page fails", set_shop(answers={1: [write({}, status=500)]}), "page 2 is not a success: status 500"),
    ("page is an error that calls itself 200", set_shop(answers={1: [write({"status": "error"})]}),
     "page 2 is not a success"),
    ("page is a login", set_shop(answers={1: [write(b"<html>", media_type="text/html")]}), "not JSON but text/html"),
    ("page leads elsewhere", set_shop(answers={1: [write({}, status=302, Location="/login")]}), "status 302"),
    ("page is cut amid its JSON", set_shop(answers={1: [write(b'{"data": [{"id": 4}, {"id"')]}), "page 2"),
    ("page is shorter than it says", set_shop(answers={1: [write({}).replace(b"Length: 2",
     b"Length: 20\r\nConnection: close")]}), "page 2 did not come"),
    ("page breaks its schema", set_shop(answers={1: [write({"data": [{"id": "4"}], "total": 8})]}),
     "is not as the spec says"),
    ("text has half a character", set_shop(encode=lambda body: json.dumps({**body, "note": "\ud83d"}).encode()),
     "page 1 is not a success: the body holds a lone surrogate"),
    ("service is busy for ever", set_shop(answers={1: [write({}, status=429, Retry_After="30")] * 9}), "`patience`"),
    ("service is busy, and does not say how long", set_shop(answers={1: [write({}, status=429)]}), "status 429"),
    ("one of many walks fails", walk("one", asks={"for_each": EACH}, answers={5: [write({}, status=503)]}),
     "status 503"),
    ("there are more walks than may be", walk("one", asks={"for_each": {**EACH, "at_most": 7}}), "7 times (at_most)"),
]  # fmt: skip
VALUES: list[tuple[str, Plant, str]] = [
    ("listed twice with different values", walk("page", lists=[*pages("123", "456", "78")[:2], [make_item(7),
     make_item(8), {**make_item(7), "amount": "9"}]]),
     "the API lists 7 twice with different"),
    ("key is null", told("id", None), "it has no key at $.id, but nothing"),
    ("key is not there", drop("id"), "it has no key at $.id, but nothing"),
    ("row is lost", lambda shop: shop.rows.pop(), "1 items of page are not in orders"),
    ("row is too many", lambda shop: shop.rows.append(make_row(9)), "1 keys of orders are not in page"),
    ("row is there twice, once with another value", repeat_row, "1 have another amount"),
    ("decimal is rounded", held("amount", "toDecimal64('3.13', 3)"), "1 have another amount"),
    ("decimal has digits that the column drops", told("amount", "3.1251"), "1 have another amount"),
    ("amount is in cents", held("amount", "312.5"), "1 have another amount"),
    ("float has another last bit", held("ratio", "0.1 + 0.2 + 0.00000000000000001"), "1 have another ratio"),
    ("zero is negative", held("zero", "-0.0"), "1 have another zero"),
    ("number lost its last bit", held("big", "toInt64(toFloat64(9007199254740995))"), "1 have another big"),
    ("time zone is shifted", held("at", "toDateTime64('2026-03-03 13:15:00.123456', 6, 'UTC')"), "1 have another at"),
    ("fraction is cut", held("at", "toDateTime64('2026-03-03 10:15:00.123', 6, 'UTC')"), "1 have another at"),
    ("wall clock is that of UTC", held("wall", "toDateTime('2026-03-03 10:15:00')"), "1 have another wall"),
    ("time has no zone", told("at", "2026-03-03T10:15:00"), "1 have another at"),
    ("day is off by one", held("day", "toDate('2026-03-02')"), "1 have another day"),
    ("seconds are taken for milliseconds", held("ms", "1772359200"), "1 have another ms"),
    ("truth is turned", held("paid", "false"), "1 have another paid"),
    ("truth is turned in a text", told("flag", False), "1 have another flag"),
    ("truth is another text", held("flag", "'True'"), "1 have another flag"),
    ("truth is a word", told("paid", "yes"), "1 have another paid"),
    ("array is in another order", held("tags", "['b3', 'a']"), "1 have another tags"),
    ("array lost an element", held("tags", "['a']"), "1 have another tags"),
    ("map lost a member", held("props", "map('k', 'v3')"), "1 have another props"),
    ("nested member is not there", told("place", {"city": "msk"}), "1 have another place"),
    ("word is in another case", told("status", "Paid"), "1 have another status"),
    ("text is composed otherwise", held("name", f"'{unicodedata.normalize('NFD', 'Ёлка №3')}'"),
     "1 have another name"),
    ("text has a blank at its end", held("name", "'Ёлка №3 '"), "1 have another name"),
    ("text was read in another encoding", held("name", f"'{'Ёлка №3'.encode().decode('latin-1')}'"),
     "1 have another name"),
    ("text is escaped", both(told("name", "a & b"), held("name", "'a &amp; b'")), "1 have another name"),
    ("text is cut", held("name", "'Ёлка'"), "1 have another name"),
    ("leading zeros are lost", held("code", "'3'"), "1 have another code"),
    ("identifier is another", held("uuid", "toUUID('00000000-0000-4000-8000-abcdef000030')"), "1 have another uuid"),
    ("address is another", held("ip", "toIPv6('2001:db8::30')"), "1 have another ip"),
    ("null became zero", held("left", "CAST(0, 'Nullable(Int32)')"), "1 have another left"),
    ("null became 1970", both(told("day", None), held("day", "toDate('1970-01-01')")), "1 have another day"),
    ("null became a word", held("note", "CAST('null', 'Nullable(String)')"), "1 have another note"),
    ("value became null", both(told("left", 0), held("left", "CAST(NULL, 'Nullable(Int32)')")),
     "1 have another left"),
    ("groups are exchanged", shift_group, "2 have another status"),
]  # fmt: skip
HARMLESS: list[tuple[str, Plant]] = [
    ("nothing", lambda _: None),
    ("members in another order", lambda shop: shop.items.__setitem__(2, dict(reversed(shop.items[2].items())))),
    ("items in another order", lambda shop: shop.items.reverse()),
    ("members that nobody compares", both(told("extra", {"next": "c9"}), told("colour", "red", 5))),
    ("number written otherwise", both(told("amount", 3.125), told("big", "9007199254740997", 5), told("ratio",
     "3e-1"))),
    ("whole number with a point", both(told("left", 5.0), held("left", "CAST(5, 'Nullable(Int32)')"), told("amount",
     "1.1250", 1))),
    ("same instant in another zone", told("at", "2026-03-03T13:15:00.1234560+03:00")),
    ("time in the basic form", told("at", "20260303T101500.123456Z")),
    ("identifier in capitals", told("uuid", "00000000-0000-4000-8000-ABCDEF000003")),
    ("address with its zeros", told("ip", "2001:0db8:0:0:0:0:0:0003")),
    ("map and object in another order", both(told("props", {"l": "w", "k": "v3"}), told("place", {"zip": "003",
     "city": "msk"}))),
    ("truth as a number", told("paid", 1)),
    ("page is longer than before", set_shop(lists=pages("123", "4", "5678"))),
    ("all on one page", set_shop(lists=pages("12345678"))),
    ("last page is empty", walk("cursor", lists=pages("123", "456", "78", ""))),
    ("pages are counted from zero", walk("zero")),
    ("repeated item, and all came", walk("page", lists=pages("123", "3456", "78"))),
    ("total is less than what came", set_shop(total=lambda _: 2)),
    ("total is a text", set_shop(total=lambda _: "8")),
    ("total grows", set_shop(total=lambda at: (6, 7, 8)[at], lists=pages("123", "456", "78"))),
    ("service is busy once", set_shop(answers={1: [write({}, status=429, Retry_After="2"), write({}, status=503,
     Retry_After="5")]})),
    ("service closes after each page", set_shop(headers={"Connection": "close"})),
    ("body is compressed", set_shop(encode=lambda body: gzip.compress(json.dumps(body).encode()),
     headers={"Content_Encoding": "gzip"})),
    ("body is written in other letters", set_shop(encode=lambda body: json.dumps(body, indent=3).encode())),
    ("list is an object", set_shop(encode=write_as_object)),
    ("link is relative", walk("link", next=lambda at: f"?at=c{at + 1}#top" if at < 2 else None)),
    ("link is null at the end", walk("link", next=lambda at: f"link?at={at + 1}" if at < 2 else "")),
    ("header names other pages", walk("page",
     headers={"Link": '</page?at=1>; rel="first", </page?at=3>; rel="last"'})),
    ("young item is not loaded", load_all_but_a_young_one),
    ("rows are filtered", load_paid_ones),
    ("each has a walk of its own", walk("one", asks={"for_each": {**EACH, "at_most": COUNT}})),
]  # fmt: skip


@pytest.mark.parametrize(("plant", "words"), [case[1:] for case in WALKS], ids=[case[0] for case in WALKS])
def test_a_fault_of_a_walk_is_no_verdict_on_the_table(desk: Desk, api: PagedApi, plant: Plant, words: str) -> None:
    shop = Shop()
    plant(shop)

    rows = check_shop(desk, api, shop, ["id", "amount", "status"])

    assert [(row["outcome"], row["message"]) for row in rows] == [("errored", rows[0]["message"])] * 2
    assert UNREAD in rows[0]["message"]
    assert words in rows[0]["message"]


@pytest.mark.parametrize(("plant", "words"), [case[1:] for case in VALUES], ids=[case[0] for case in VALUES])
def test_a_fault_of_a_value_is_told_with_its_column(desk: Desk, api: PagedApi, plant: Plant, words: str) -> None:
    shop = Shop()
    plant(shop)

    reconcile, _ = check_shop(desk, api, shop)

    assert reconcile["outcome"] in ("failed", "errored")
    assert words in reconcile["message"]


@pytest.mark.parametrize("plant", [case[1] for case in HARMLESS], ids=[case[0] for case in HARMLESS])
def test_what_is_harmless_is_not_told(desk: Desk, api: PagedApi, plant: Plant) -> None:
    shop = Shop()
    plant(shop)

    assert [(row["outcome"], row["message"]) for row in check_shop(desk, api, shop)] == [("passed", "")] * 2


def test_the_tables_are_long_enough() -> None:
    assert len(WALKS) + len(VALUES) >= 60
    assert len(HARMLESS) >= 20
