"""Every style of paging beside every manner of a service: all items come, or the reason says why it is not sure."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from contracts_runner.engine.walk import IncompleteListingError
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.warehouse_kinds import Asks
from contracts_runner.openapi.spec import Spec
from helpers.engine import reply
from helpers.pages import Reader
from helpers.specs import load_document, make_document

SIZE = 3
ITEMS = [{"id": number, "tags": ["a"] * (number % 2)} for number in range(1, 11)]

# What x-paging says of the way from page to page; `{at}` is that parameter.
STYLES: Mapping[str, Mapping[str, Any]] = {
    "page": {"name": "at"},
    "page-0": {"name": "at", "start": 0},
    "page-sized": {"name": "at", "size": {"name": "size", "value": 50}},
    "offset": {"style": "offset", "name": "at"},
    "offset-1": {"style": "offset", "name": "at", "start": 1},
    "cursor": {"style": "cursor", "name": "at", "next": "$.meta.next"},
    "cursor-flag": {"style": "cursor", "name": "at", "next": "$.meta.next", "more": "$.meta.more"},
    "link": {"style": "link", "next": "$.meta.next"},
    "link-header": {"style": "link", "next": {"header": "Link"}},
    "link-query": {"style": "link", "next": "$.meta.next"},
    "link-whole": {"style": "link", "next": "$.meta.next"},
    "link-fragment": {"style": "link", "next": "$.meta.next"},
}
# Where the answers say how many there are.
TOTALS: Mapping[str, Any] = {
    "none": None,
    "body": "$.page.total",
    "text": "$.page.total",
    "header": {"header": "X-Items"},
    "pages": {"pages": "$.page.pages"},
    "pages-header": {"pages": {"header": "X-Pages"}},
}
NAMED = tuple(style for style in STYLES if style.startswith(("cursor", "link")))


@dataclass
class Listing:
    """The service: its answers by what is asked for. A manner changes the lists, or what is said of them."""

    style: str
    total: str
    lists: list[list[Any]] = field(default_factory=lambda: [ITEMS[at : at + SIZE] for at in range(0, len(ITEMS), SIZE)])
    says_items: Callable[[int], int] = lambda _: len(ITEMS)
    says_pages: Callable[[int], int] = lambda _: -(-len(ITEMS) // SIZE)
    is_ignoring: bool = False  # what is asked for
    circle: str = ""  # the name of the page to which the last one leads
    is_renaming: bool = False  # each time that it leads there
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    renamed: int = 0

    def find_index(self, request: Request) -> int:
        asked = dict(parse_qsl(urlsplit(request.url).query))
        asked |= json.loads(request.body) if request.body else {}
        at = asked.get("at")
        if at is None or self.is_ignoring:
            return 0
        if self.style in NAMED:
            return int(str(at).lstrip("c"))
        first = {"page-0": 0, "offset": 0}.get(self.style, 1)
        if not self.style.startswith("offset"):
            return int(at) - first
        lengths = [sum(map(len, self.lists[:number])) for number in range(len(self.lists) + 1)]
        return lengths.index(int(at) - first) if int(at) - first in lengths else len(self.lists)

    def answer(self, request: Request) -> Response:
        index = self.find_index(request)
        items = self.lists[index] if index < len(self.lists) else []
        count: Any = self.says_items(index)
        page = {"total": str(count) if self.total == "text" else count, "pages": self.says_pages(index)}
        meta = {"next": self.name_next(index, request), "more": bool(self.circle) or index + 1 < len(self.lists)}
        if self.style not in NAMED:
            meta = {}
        headers = {"X-Items": str(count), "X-Pages": str(page["pages"]), **self.headers}
        if self.style == "link-header":
            link, meta = meta.pop("next"), {}
            headers |= {"Link": f'</list>; rel="first", <{link}>; rel="next"'} if link else {}
        body = {"data": {"items": items}, "page": page, "meta": meta, **self.extra}
        return reply(body=body, **{name.replace("-", "_"): value for name, value in headers.items()})

    def name_next(self, index: int, request: Request) -> Any:
        name = f"c{index + 1}" if index + 1 < len(self.lists) else self.circle
        if self.is_renaming:
            self.renamed += 1
            name = f"{'0' * self.renamed}{name.lstrip('c')}"
        if not name or not self.style.startswith("link"):
            return name or None
        query = "?" + urlencode({"at": name, "x": "a b"})
        match self.style:
            case "link-query":
                return query
            case "link-whole":
                return request.url.partition("?")[0] + query
            case "link-fragment":
                return f"/list{query}#page-{index}"
        return f"/list{query}"


def reverse_meanwhile(listing: Listing) -> None:
    listing.lists = [ITEMS[:3], ITEMS[3:6], ITEMS[::-1][6:9], ITEMS[::-1][9:]]


def lose_one(listing: Listing) -> None:
    listing.lists = [ITEMS[:3], ITEMS[4:6], ITEMS[6:9], ITEMS[9:]]


def skip_page(listing: Listing) -> None:
    listing.lists = [ITEMS[:3], ITEMS[6:9], ITEMS[9:]]


def go_round(listing: Listing) -> None:
    listing.circle = "c1"


def grow(listing: Listing) -> None:
    listing.lists = [*listing.lists[:3], [*ITEMS[9:], {"id": 11}, {"id": 12}], [{"id": 13}]]
    listing.says_items = lambda index: (10, 11, 12)[min(index, 2)] + (index > 2)
    listing.says_pages = lambda index: 4 + (index > 1)


def shrink(listing: Listing) -> None:
    listing.lists = [ITEMS[:3], ITEMS[4:7], ITEMS[7:]]
    listing.says_items = lambda index: 10 - (index > 0)
    listing.says_pages = lambda index: 4 - (index > 0)


# Manner -> what makes it of the service.
MANNERS: Mapping[str, Callable[[Listing], None]] = {
    "sound": lambda _: None,
    "one page": lambda each: _replace(each, lists=[ITEMS], says_pages=lambda _: 1),
    "empty": lambda each: _replace(each, lists=[[]], says_items=lambda _: 0, says_pages=lambda _: 0),
    "pages of other lengths": lambda each: _replace(each, lists=[ITEMS[:3], ITEMS[3:4], ITEMS[4:8], ITEMS[8:]]),
    "empty last page": lambda each: each.lists.append([]),
    "grows": grow,
    "repeats an item": lambda each: _replace(each, lists=[ITEMS[:3], ITEMS[3:6], ITEMS[5:9], ITEMS[9:]]),
    "ignores what is asked": lambda each: _replace(each, is_ignoring=True),
    "pages overlap, one is lost": lambda each: _replace(
        each, lists=[ITEMS[:3], ITEMS[2:5], ITEMS[5:6] + ITEMS[7:9], ITEMS[9:]]
    ),
    "sorted otherwise meanwhile": reverse_meanwhile,
    "one is lost": lose_one,
    "page is skipped": skip_page,
    "shrinks": shrink,
    "goes round": go_round,
    "goes round under new names": lambda each: _replace(each, circle="c1", is_renaming=True),
    "says too many": lambda each: _replace(each, says_items=lambda _: 12, says_pages=lambda _: 5),
    "says too few": lambda each: _replace(each, says_items=lambda _: 2, says_pages=lambda _: 1),
    "says what no count is": lambda each: _replace(each, says_items=lambda _: -1, says_pages=lambda _: -1),
    "names another page": lambda each: _replace(each, extra={"links": {"next": "/list?at=2"}}),
    "announces more": lambda each: _replace(each, headers={"X-Total-Count": "12"}),
}


def _replace(listing: Listing, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(listing, name, value)


def iter_operations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (id, x-paging) of each operation of the document, a search by POST for those whose page is in the body."""
    for (style, paging), (total, place), placement in product(STYLES.items(), TOTALS.items(), ("query", "body")):
        is_first = style in ("page", "cursor", "link")  # of its kind: the others differ in what leads on
        if not is_first and (placement == "body" or total in ("text", "header", "pages-header")):
            continue
        # A link has no place of its own.
        if placement == "body" and style == "link":
            continue
        own = {} if style.startswith("link") else {"in": placement}
        yield f"{style}.{total}.{placement}", {**own, **paging, **({"total": place} if place else {})}


def make_operation(identifier: str, paging: Mapping[str, Any]) -> dict[str, Any]:
    schema = {"content": {"application/json": {"schema": {"type": "object"}}}}
    placement = paging.get("in", "query")
    names = [name for name in ("at", "size") if placement == "query"]
    return {
        "post" if placement == "body" else "get": {
            "operationId": identifier,
            "x-effect": "read",
            "parameters": [{"name": name, "in": "query", "schema": {}} for name in names],
            **({"requestBody": schema} if placement == "body" else {}),
            "responses": {"200": {"description": "A page.", **schema}},
            "x-paging": paging,
        }
    }


OPERATIONS = dict(iter_operations())


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Spec]:
    """One spec for each operation: all have the path /list, so that links lead there."""
    folder = tmp_path_factory.mktemp("specs")
    found = {}
    for identifier, paging in OPERATIONS.items():
        (folder / identifier).mkdir()
        document = make_document(paths={"/list": make_operation(identifier, paging)})
        found[identifier] = load_document(folder / identifier, document)
    return found


ALL = [item["id"] for item in ITEMS]
LOST = [number for number in ALL if number != 4]
# Manner -> what becomes of pages by number or offset, and of those that the page before names: without a total, with
# one of items, with one of pages. Items, or a part of the reason why they are not all.
EXPECTED: Mapping[str, tuple[tuple[Any, Any, Any], tuple[Any, Any, Any]]] = {
    "sound": ((ALL, ALL, ALL), (ALL, ALL, ALL)),
    "one page": ((ALL, ALL, ALL), (ALL, ALL, ALL)),
    "empty": (([], [], []), ([], [], [])),
    "pages of other lengths": ((ALL, ALL, ALL), (ALL, ALL, ALL)),
    "empty last page": ((ALL, ALL, ALL), (ALL, ALL, ALL)),
    "grows": (([*ALL, 11, 12, 13],) * 3, ([*ALL, 11, 12, 13],) * 3),
    "repeats an item": (
        ("its pages overlap: 1 items came again", ALL, "its pages overlap: 1 items came again"),
        ([*ALL[:6], *ALL[5:]], ALL, [*ALL[:6], *ALL[5:]]),
    ),
    "ignores what is asked": (
        (
            "page 2 only repeats earlier items, and 3 different items came",
            "page 2 only repeats earlier items, and 3 of 10 different items came",
            "page 2 only repeats earlier items, and 2 of 4 pages came",
        ),
        ("page 2 leads to one that was read before, at ",) * 3,
    ),
    # Cursors stand for a place in the listing: what they repeat is no sign of what they leave out.
    "pages overlap, one is lost": (
        ("its pages overlap: 1", "page 5 is empty, and 9 of 10 different items came", "its pages overlap: 1"),
        ([1, 2, 3, 3, 4, 5, 6, 8, 9, 10], "says that this was all, and 9 of 10", [1, 2, 3, 3, 4, 5, 6, 8, 9, 10]),
    ),
    "sorted otherwise meanwhile": (
        (
            "page 3 only repeats earlier items, and 6 different",
            "page 3 only repeats earlier items, and 6 of 10",
            "page 3 only repeats earlier items, and 3 of 4 pages",
        ),
        ([*ALL[:6], 4, 3, 2, 1], "says that this was all, and 6 of 10", [*ALL[:6], 4, 3, 2, 1]),
    ),
    # Where nothing counts the items, nothing in the answers tells that one is not there.
    "one is lost": (
        (LOST, "page 5 is empty, and 9 of 10 different items came", LOST),
        (LOST, "says that this was all, and 9 of 10 different items came", LOST),
    ),
    "page is skipped": (
        (
            [*ALL[:3], *ALL[6:]],
            "page 4 is empty, and 7 of 10 different items came",
            [*ALL[:3], *ALL[6:]],
        ),
        ([*ALL[:3], *ALL[6:]], "says that this was all, and 7 of 10", "says that this was all, and 3 of 4 pages"),
    ),
    "shrinks": (
        (LOST, "it changed meanwhile, from 10 to 9 items", "it changed meanwhile, from 4 to 3 pages"),
        (LOST, "it changed meanwhile, from 10 to 9 items", "it changed meanwhile, from 4 to 3 pages"),
    ),
    "goes round": ((ALL, ALL, ALL), ("leads to one that was read before, at ",) * 3),
    "goes round under new names": ((ALL, ALL, ALL), ("the last 10 pages only repeat earlier items: ",) * 3),
    "says too many": (
        (ALL, "page 5 is empty, and 10 of 12 different items came", ALL),
        (ALL, "says that this was all, and 10 of 12 different items", "says that this was all, and 4 of 5 pages came"),
    ),
    # A total that is less than what came is none; by the number of pages the first one was all.
    "says too few": ((ALL, ALL, ALL[:3]), (ALL, ALL, ALL)),
    "says what no count is": (
        (ALL, "that is not a count of items", "that is not a count of pages"),
        (ALL, "that is not a count of items", "that is not a count of pages"),
    ),
    "names another page": (("x-paging does not follow: $.links.next is not empty",) * 3,) * 2,
    "announces more": (("X-Total-Count says 12, and 10 different items came",) * 3,) * 2,
}


def read(spec: Spec, identifier: str, manner: str, *, jobs: int) -> list[Any] | str:
    """Return the ids that a walk brings, or why it did not end."""
    style, total, _ = identifier.split(".")
    listing = Listing(style, total)
    MANNERS[manner](listing)
    reader = Reader(spec, listing.answer, jobs=jobs)
    try:
        with reader.api:
            found = list(reader.api.iter_items(Asks(operation=identifier, rows="$.data.items[*]")))
    except IncompleteListingError as error:
        return str(error)
    finally:
        assert len(reader.pages) == len(reader.transport.sent)
    return [item["id"] for item in found]


@pytest.mark.thorough
@pytest.mark.parametrize("manner", MANNERS)
def test_all_items_come_or_the_reason_is_told_in_every_style(specs: Mapping[str, Spec], manner: str) -> None:
    for identifier, spec in specs.items():
        style, total, _ = identifier.split(".")
        by_total = EXPECTED[manner][style in NAMED]
        expected = by_total[{"none": 0, "pages": 2, "pages-header": 2}.get(total, 1)]
        for jobs in (1,) if style in NAMED else (1, 3):
            came = read(spec, identifier, manner, jobs=jobs)
            assert came == expected or (isinstance(expected, str) and expected in came), (identifier, jobs, came)
