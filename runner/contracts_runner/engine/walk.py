"""The pages of a listing one by one, until its own rule says that it is complete and nothing in the answers says
otherwise (docs/design.md, Spec extensions)."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from contracts_runner.engine.jsonpath import NothingFoundError, find
from contracts_runner.engine.page_signs import TOTAL_HEADER, find_sign, read_count, read_total_header
from contracts_runner.engine.text_set import TextSet
from contracts_runner.errors import TransportError
from contracts_runner.model.exchange import Response
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Paging, Total, TotalUnit

MAX_PAGES = 10_000


class IncompleteListingError(TransportError):
    """A listing was not read to its end; the message says why."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the listing was not read to its end, because {why}")


@dataclass(frozen=True, slots=True)
class Page:
    """An answer to the question for one page, and its JSON."""

    response: Response
    body: Json


def iter_pages(paging: Paging | None, list_path: str, fetch: Callable[[int], Page]) -> Iterator[Json]:
    """Yield the bodies of the pages 1, 2, …, which `fetch` gives, to the end of the list at `list_path`.

    The total of `paging` is read from each page, because the service goes on working meanwhile; without `paging` the
    first page is all. Raises IncompleteListingError where it is not clear that all items came.
    """
    walk = _Walk(paging, list_path)
    for number in range(1, MAX_PAGES + 1):
        page = fetch(number)
        is_last = walk.take(page, number)
        if is_last:
            walk.check_end(page)
        yield page.body
        if is_last:
            return
    raise IncompleteListingError(f"{MAX_PAGES} pages have not brought it: {walk.describe()}")


@dataclass(slots=True)
class _Walk:
    """What the pages until now have brought, and what they say that there is."""

    paging: Paging | None
    list_path: str
    number: int = 0
    items: int = 0  # different ones
    repeated: int = 0  # how often an item came again
    total: int = 0  # as the latest page says
    largest_total: int = 0
    announced: int = 0  # the largest X-Total-Count
    _seen: TextSet = field(default_factory=TextSet)

    def take(self, page: Page, number: int) -> bool:
        """Count a page; returns whether it is the last one by the rule of `x-paging`."""
        self.number = number
        items = _read_list(page.body, self.list_path, number)
        fresh = self._count(items)
        self.announced = max(self.announced, read_total_header(page.response) or 0)
        if self.paging is None:
            return True
        self.total = _read_total(page, self.paging.total, number)
        self.largest_total = max(self.total, self.largest_total)
        is_last = self._find_length(self.paging.total.unit) >= self.total
        if not is_last:
            self._check_progress(len(items), fresh, self.paging.total.unit)
        return is_last

    def check_end(self, page: Page) -> None:
        """Look for what says that the last page is not the last; raises IncompleteListingError."""
        if sign := find_sign(page.body, page.response):
            raise IncompleteListingError(f"page {self.number} names another one that x-paging does not follow: {sign}")
        if self.announced > self.items:
            raise IncompleteListingError(f"{TOTAL_HEADER} says {self.announced}, and {self.items} different items came")
        if self.paging is None:
            return
        unit = self.paging.total.unit
        if self.largest_total > self._find_length(unit):
            totals = f"from {self.largest_total} to {self.total} {unit}"
            raise IncompleteListingError(f"it changed meanwhile, {totals}, and what moved may not have come")
        if unit is TotalUnit.PAGES and self.repeated:
            raise IncompleteListingError(
                f"its pages overlap: {self.repeated} items came again, and a number of pages does not tell if all came"
            )

    def describe(self) -> str:
        """Return how much has come, as in "10 of 45 different items came"."""
        if self.paging is not None and self.paging.total.unit is TotalUnit.PAGES:
            return f"{self.number} of {self.total} pages came"
        return f"{self.items} of {self.total} different items came"

    def _count(self, items: list[Json]) -> int:
        """Count the items of a page; returns how many had not come before."""
        before = self.items
        for item in items:
            text = json.dumps(item, sort_keys=True)
            if text in self._seen:
                self.repeated += 1
            else:
                self.items += 1
                self._seen.add(text)
        return self.items - before

    def _find_length(self, unit: TotalUnit) -> int:
        """Return how much has come, in what the total counts."""
        return self.number if unit is TotalUnit.PAGES else self.items

    def _check_progress(self, size: int, fresh: int, unit: TotalUnit) -> None:
        """Raise IncompleteListingError for a page, of `size` items of which so many are `fresh`, after which the others
        cannot bring what is missing."""
        if not size:
            raise IncompleteListingError(f"page {self.number} is empty, and {self.describe()}")
        if not fresh:
            raise IncompleteListingError(f"page {self.number} only repeats earlier items, and {self.describe()}")
        most = MAX_PAGES * (1 if unit is TotalUnit.PAGES else size)
        if self.number == 1 and self.total > most:
            pages = "" if unit is TotalUnit.PAGES else f" in pages of {size}"
            raise IncompleteListingError(f"{self.total} {unit}{pages} are more than {MAX_PAGES} pages")


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
        value = find(total.path, page.body) if total.path else page.response.header(total.header)
    except NothingFoundError as error:
        raise IncompleteListingError(f"page {number} has no total: {error}") from error
    count = read_count(value)
    if count is None:
        raise IncompleteListingError(f"page {number} has something at {total} that is not a count of {total.unit}")
    return count
