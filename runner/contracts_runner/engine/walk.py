"""The pages of a listing one by one, until its own rule says that it is complete and nothing in the answers says
otherwise (docs/design.md, Spec extensions)."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.jsonpath import NothingFoundError, find
from contracts_runner.engine.page_signs import (
    LINK_HEADER,
    TOTAL_HEADER,
    find_next_link,
    find_sign,
    read_count,
    read_total_header,
)
from contracts_runner.engine.text_set import TextSet
from contracts_runner.errors import TransportError
from contracts_runner.model.exchange import Response
from contracts_runner.model.json import Json
from contracts_runner.model.spec import AnswerPlace, Paging, PagingStyle, Total, TotalUnit
from contracts_runner.reading.jsonpaths import compile_jsonpath

MAX_PAGES = 10_000
# In a row, of a cursor or link that goes round in a circle under ever new names.
MAX_STALE_PAGES = 10


class IncompleteListingError(TransportError):
    """A listing was not read to its end; the message says why. `operation` is the one that lists it, where known."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the listing was not read to its end, because {why}")
        self.operation = ""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer to the question for one page, and its JSON."""

    response: Response
    body: Json


def iter_pages(paging: Paging | None, list_path: str, fetch: Callable[[int, Json], Page]) -> Iterator[Json]:
    """Yield the bodies of the pages to the end of the list at `list_path`. `fetch` gives a page by its number, from 1,
    and by what leads to it: a page number, an offset, a cursor, a link; None where nothing is sent for that.

    What `paging` names is read from each page, because the service goes on working meanwhile; without `paging` the
    first page is all. Where a total counts the items, one that comes again is the same one, and left out. Raises
    IncompleteListingError where it is not clear that all items came.
    """
    walk = _Walk(paging, list_path)
    at: Json = paging.first if paging else None
    for number in range(1, MAX_PAGES + 1):
        page = fetch(number, at)
        at = walk.take(page, number)
        if at is None:
            walk.check_end(page)
        yield walk.leave_out_repeated(page.body)
        if at is None:
            return
    raise IncompleteListingError(f"{MAX_PAGES} pages have not brought it: {walk.describe()}")


def count_pages(paging: Paging | None, list_path: str, first: Page) -> tuple[int | None, int]:
    """Return how many pages there are, as the first one says, None where it does not; and how many items it has."""
    try:
        size = len(_read_list(first.body, list_path, 1))
        total = _read_total(first, paging.total, 1) if paging and paging.total else None
    except IncompleteListingError:
        return None, 0
    if paging is None or total is None or not size:
        return None, size
    unit = paging.total.unit if paging.total else TotalUnit.PAGES
    return (total if unit is TotalUnit.PAGES else -(-total // size)), size


@dataclass(slots=True)
class _Walk:
    """What the pages until now have brought, and what they say that there is."""

    paging: Paging | None
    list_path: str
    number: int = 0
    length: int = 0  # of all pages, repeated items too
    items: int = 0  # different ones
    repeated: int = 0  # how often an item came again
    total: int = 0  # as the latest page says
    largest_total: int = 0
    announced: int = 0  # the largest X-Total-Count
    stale: int = 0  # pages in a row that only repeated items
    _repeats: list[int] = field(default_factory=list)  # which items of the latest page came before
    _seen: TextSet = field(default_factory=TextSet)
    _followed: TextSet = field(default_factory=TextSet)

    def take(self, page: Page, number: int) -> Json:
        """Count a page; returns what leads to the next one, None after the last one by the rule of `x-paging`."""
        self.number = number
        items = _read_list(page.body, self.list_path, number)
        fresh = self._count(items)
        self.announced = max(self.announced, read_total_header(page.response) or 0)
        if self.paging is None:
            return None
        if self.paging.total:
            self.total = _read_total(page, self.paging.total, number)
            self.largest_total = max(self.total, self.largest_total)
        at = self._find_next(self.paging, page, len(items), fresh)
        if at is not None:
            self._check_progress(self.paging, len(items), fresh)
        return at

    def leave_out_repeated(self, body: Json) -> Json:
        """Return the body of the latest page without the items that came before, where a total counts the items."""
        total = self.paging.total if self.paging else None
        if total is None or total.unit is not TotalUnit.ITEMS or not self._repeats:
            return body
        [node] = compile_jsonpath(self.list_path).find(body)
        listed: Json = node.value
        repeats = set(self._repeats)
        kept: Json = [item for index, item in enumerate(listed) if index not in repeats]
        if isinstance(listed, Mapping):
            kept = {name: listed[name] for name in kept}
        return _replace(body, node.location, kept)

    def check_end(self, page: Page) -> None:
        """Look for what says that the last page is not the last; raises IncompleteListingError."""
        if sign := find_sign(page.body, page.response, _list_followed(self.paging)):
            raise IncompleteListingError(f"page {self.number} names another one that x-paging does not follow: {sign}")
        if self.announced > self.items:
            raise IncompleteListingError(f"{TOTAL_HEADER} says {self.announced}, and {self.items} different items came")
        if self.paging is None:
            return
        total, rule = self.paging.total, self._find_rule(self.paging)
        if total and self.largest_total > self._find_length(total):
            if self.largest_total == self.total:
                raise IncompleteListingError(f"{rule} says that this was all, and {self.describe()}")
            totals = f"from {self.largest_total} to {self.total} {total.unit}"
            raise IncompleteListingError(f"it changed meanwhile, {totals}, and what moved may not have come")
        if self.repeated and not self.paging.next and (total is None or total.unit is TotalUnit.PAGES):
            raise IncompleteListingError(
                f"its pages overlap: {self.repeated} items came again, and {rule} does not tell if all came"
            )

    def describe(self) -> str:
        """Return how much has come, as in "10 of 45 different items came"."""
        total = self.paging.total if self.paging else None
        if total is None:
            return f"{self.items} different items came"
        if total.unit is TotalUnit.PAGES:
            return f"{self.number} of {self.total} pages came"
        return f"{self.items} of {self.total} different items came"

    def _find_next(self, paging: Paging, page: Page, size: int, fresh: int) -> Json:
        """Return what leads to the page after one of so many items, of which so many are fresh, None if it is the last
        one."""
        is_more = _read_more(page, paging.more, self.number) if paging.more else None
        if paging.next:
            return None if is_more is False else self._read_next(paging, page, is_needed=is_more is True)
        if is_more is None and paging.total:
            is_more = self._find_length(paging.total) < self.total
            if paging.total.unit is TotalUnit.ITEMS and self.items > self.largest_total:
                # It counts something else: only a page that brings nothing new is the end.
                is_more = bool(fresh)
        if is_more is False or (is_more is None and not size):
            return None
        return (paging.first or 0) + (self.number if paging.style is PagingStyle.PAGE else self.length)

    def _read_next(self, paging: Paging, page: Page, *, is_needed: bool) -> Json:
        assert paging.next is not None
        value = _find_value(page, paging.next)
        if value is None or value == "":
            if is_needed:
                names = f"says at {paging.more} that another one follows, and names none at {paging.next}"
                raise IncompleteListingError(f"page {self.number} {names}")
            return None
        is_link = paging.style is PagingStyle.LINK
        if isinstance(value, bool) or not isinstance(value, str if is_link else str | int):
            raise IncompleteListingError(f"page {self.number} has something at {paging.next} that is no {paging.style}")
        if (text := json.dumps(value)) in self._followed:
            raise IncompleteListingError(f"page {self.number} leads to one that was read before, at {paging.next}")
        self._followed.add(text)
        return value

    def _find_rule(self, paging: Paging) -> str:
        """Return what ends the walk, as an author would name it."""
        if paging.more or paging.next:
            return paging.more or str(paging.next)
        if paging.total:
            return "a number of pages" if paging.total.unit is TotalUnit.PAGES else str(paging.total)
        return "an empty page"

    def _count(self, items: list[Json]) -> int:
        """Count the items of a page; returns how many had not come before."""
        self.length += len(items)
        self._repeats = []
        for index, item in enumerate(items):
            text = json.dumps(item, sort_keys=True)
            if text in self._seen:
                self._repeats.append(index)
            else:
                self._seen.add(text)
        self.repeated += len(self._repeats)
        self.items += len(items) - len(self._repeats)
        return len(items) - len(self._repeats)

    def _find_length(self, total: Total) -> int:
        """Return how much has come, in what the total counts."""
        return self.number if total.unit is TotalUnit.PAGES else self.items

    def _check_progress(self, paging: Paging, size: int, fresh: int) -> None:
        """Raise IncompleteListingError for a page, of `size` items of which so many are `fresh`, after which the others
        cannot bring what is missing."""
        if paging.next:
            self._check_circle(size, fresh)
            return
        if not size:
            raise IncompleteListingError(f"page {self.number} is empty, and {self._describe_more(paging)}")
        if not fresh:
            repeats = f"page {self.number} only repeats earlier items"
            raise IncompleteListingError(f"{repeats}, and {self._describe_more(paging)}")
        if self.number > 1 or paging.total is None:
            return
        unit = paging.total.unit
        if self.total > MAX_PAGES * (1 if unit is TotalUnit.PAGES else size):
            pages = "" if unit is TotalUnit.PAGES else f" in pages of {size}"
            raise IncompleteListingError(f"{self.total} {unit}{pages} are more than {MAX_PAGES} pages")

    def _check_circle(self, size: int, fresh: int) -> None:
        """Raise IncompleteListingError for many pages in a row that only repeat items. A few may: services go on
        working; an empty page may lead to others, where a service filters what it has found."""
        self.stale = 0 if fresh else self.stale + bool(size)
        if self.stale >= MAX_STALE_PAGES:
            raise IncompleteListingError(f"the last {self.stale} pages only repeat earlier items: {self.describe()}")

    def _describe_more(self, paging: Paging) -> str:
        return f"{paging.more} is true" if paging.more else self.describe()


def _replace(body: Json, place: Sequence[str | int], value: Json) -> Json:
    """Return a body with another value at a place."""
    if not place:
        return value
    copied = body.copy()
    copied[place[0]] = _replace(body[place[0]], place[1:], value)
    return copied


def _list_followed(paging: Paging | None) -> list[str]:
    """Return the places that say by the rule of `x-paging` whether another page follows."""
    if paging is None:
        return []
    paths = [paging.more, paging.next.path if paging.next else ""]
    headers = [LINK_HEADER] if paging.next and paging.next.header.lower() == LINK_HEADER.lower() else []
    return [*(str(compile_jsonpath(path)) for path in paths if path), *headers]


def _find_value(page: Page, place: AnswerPlace) -> Json:
    """Return what an answer has at a place, None without it; of the header Link the target of its next one."""
    if place.header:
        is_link = place.header.lower() == LINK_HEADER.lower()
        return find_next_link(page.response) if is_link else page.response.header(place.header)
    try:
        return find(place.path, page.body)
    except NothingFoundError:
        return None


def _read_more(page: Page, path: str, number: int) -> bool:
    value = _find_value(page, AnswerPlace(path=path))
    if not isinstance(value, bool):
        raise IncompleteListingError(f"page {number} has something at {path} that is neither true nor false")
    return value


def _read_list(body: Json, path: str, number: int) -> list[Json]:
    """Return the items of a page; of an object its values, as PHP writes a list."""
    try:
        found = find(path, body)
    except NothingFoundError as error:
        raise IncompleteListingError(f"page {number} has no list: {error}") from error
    if isinstance(found, Mapping):
        return list(found.values())
    if not isinstance(found, list):
        raise IncompleteListingError(f"page {number} has no list at {path}")
    return found


def _read_total(page: Page, total: Total, number: int) -> int:
    try:
        value = find(total.path, page.body) if total.path else _find_value(page, total)
    except NothingFoundError as error:
        raise IncompleteListingError(f"page {number} has no total: {error}") from error
    count = read_count(value)
    if count is None:
        raise IncompleteListingError(f"page {number} has something at {total} that is not a count of {total.unit}")
    return count
