"""Reads the pages of one walk in their order. Where the first one says how many there are, the next ones are asked for
at the same time; what was sent is recorded in the order of the pages all the same."""

from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field

from contracts_runner.engine.listing_request import Question
from contracts_runner.engine.page_asking import Attempt, PageAsker
from contracts_runner.engine.page_recording import PageRecorder
from contracts_runner.engine.walk import IncompleteListingError, Page, count_pages, iter_pages
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Operation, PagingStyle


@dataclass(frozen=True, slots=True)
class Pool:
    """Threads that ask for pages; `width` of one walk at a time."""

    executor: Executor
    width: int


@dataclass(slots=True)
class _Ahead:
    """A page that was asked for, by what was to lead to it; `attempts` are not recorded yet."""

    at: Json
    attempts: list[Attempt]
    future: Future[Page]


@dataclass(slots=True, kw_only=True, eq=False, weakref_slot=True)
class PageReader:
    """One walk, for one thread; `pool` is None where each page is asked for when it is wanted."""

    operation: Operation
    question: Question
    asker: PageAsker
    recorder: PageRecorder
    pool: Pool | None
    artifacts: list[str] = field(default_factory=list)  # of what was sent so far
    _pages: int | None = None  # how many there are, as the first one says
    _size: int = 0  # of the first one
    _is_busy: bool = False  # the service asked for a pause
    _ahead: dict[int, _Ahead] = field(default_factory=dict)

    def iter_bodies(self) -> Iterator[Json]:
        """Yield the bodies of the pages; raises as engine/walk.py and engine/page_asking.py do."""
        try:
            yield from iter_pages(self.operation.paging, self.question.list_path, self._fetch)
        except Exception as error:
            if isinstance(error, IncompleteListingError):
                error.operation = self.question.operation
            self.settle()
            raise
        self.settle()

    def settle(self) -> None:
        """Record what was asked for and is not wanted any more."""
        for number in sorted(self._ahead):
            ahead = self._ahead.pop(number)
            if not ahead.future.cancel():
                ahead.future.exception()
                self._record_all(ahead)

    def _fetch(self, number: int, at: Json) -> Page:
        if number in self._ahead and self._ahead[number].at != at:
            # Pages are not as long as the first one: what leads to the next is known only from the one before.
            self.pool = None
            self.settle()
        if number > 1:
            self._begin(number)
        if number in self._ahead:
            ahead = self._ahead.pop(number)
            ahead.future.exception()
            self._record_all(ahead)
            page = ahead.future.result()
        else:
            page = self.asker.ask(self.operation, self.question, number, at, self._record)
        if number == 1:
            self._pages, self._size = count_pages(self.operation.paging, self.question.list_path, page)
        return page

    def _begin(self, first: int) -> None:
        """Ask for pages from this one on."""
        paging = self.operation.paging
        if self.pool is None or self._pages is None or self._is_busy or paging is None or paging.next:
            return
        step = 1 if paging.style is PagingStyle.PAGE else self._size
        for number in range(first, min(first + self.pool.width, self._pages + 1)):
            if number in self._ahead:
                continue
            if not self.asker.budget.allows(len(self._ahead) + 1):
                return
            at, attempts = (paging.first or 0) + (number - 1) * step, list[Attempt]()
            future = self.pool.executor.submit(
                self.asker.ask, self.operation, self.question, number, at, attempts.append
            )
            self._ahead[number] = _Ahead(at, attempts, future)

    def _record_all(self, ahead: _Ahead) -> None:
        for attempt in ahead.attempts:
            self._record(attempt)

    def _record(self, attempt: Attempt) -> None:
        self._is_busy = self._is_busy or attempt.wait_seconds is not None
        self.artifacts.append(self.recorder.record(attempt, self._pages))
