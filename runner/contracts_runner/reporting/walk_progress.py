"""How far the walks over the API's pages are, in words: which page, of how many, and how much time is left."""

import time
from collections.abc import Callable
from datetime import timedelta

from msgspec import UNSET

from contracts_runner.reporting.text import flatten
from contracts_runner.results.events import PageFetched

# In a pipe, of so many pages one is told.
_TOLD = 100


class WalkProgress:
    """Takes the pages as they come; `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = 0.0
        self._count = 0

    def take(self, page: PageFetched) -> str:
        """Return where the walk is, as in `listOrders: page 3 of 40, 0:01:12 left`."""
        self._count += 1
        if page.number == 1:
            self._began = self._clock()
        of = f" of {page.pages}" if page.pages is not UNSET else ""
        wait = f", asked again in {page.wait_seconds:g} s" if page.wait_seconds is not UNSET else self._find_left(page)
        return flatten(f"{page.operation}: page {page.number}{of}{wait}")

    def is_told(self, page: PageFetched) -> bool:
        """Return whether the page that was taken last is worth a line: a pause is, and one page of many."""
        return page.wait_seconds is not UNSET or self._count % _TOLD == 0

    def _find_left(self, page: PageFetched) -> str:
        """Return the time that is left if the other pages take as long as those after the first one did."""
        if page.pages is UNSET or not 1 < page.number < page.pages:
            return ""
        each = (self._clock() - self._began) / (page.number - 1)
        return f", {timedelta(seconds=round(each * (page.pages - page.number)))} left"
