"""All items of an operation, page after page: what a warehouse check compares its table with.

See docs/design.md, Warehouse contract.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import field
from itertools import count, islice
from typing import Self
from weakref import WeakSet

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.jsonpath import find_all
from contracts_runner.engine.listing_request import Question, build_question, find_asked, find_first, iter_parameters
from contracts_runner.engine.page_asking import PageAsker
from contracts_runner.engine.page_reading import PageReader, Pool
from contracts_runner.engine.page_recording import PageRecorder
from contracts_runner.engine.ports import Clock, Emit, Signer, Transport, WriteArtifact
from contracts_runner.engine.request_budget import RequestBudget
from contracts_runner.engine.shared_walk import Room, SharedWalk
from contracts_runner.engine.text_set import TextSet
from contracts_runner.engine.walk import IncompleteListingError
from contracts_runner.model.environment import Environment
from contracts_runner.model.json import Json
from contracts_runner.model.warehouse_kinds import Asks, ForEach
from contracts_runner.openapi.spec import Spec
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.rows import PagesRow

# Kept of walks, compressed, so that several checks ask the API once.
KEPT_BYTES = 64 * 1024 * 1024


@dataclass(kw_only=True)
class ApiPages(AbstractContextManager["ApiPages"]):
    """The API of one spec as the warehouse phase reads it; for one thread, and a context manager. `headers` go with
    every request. As many requests as the environment has `jobs` are made at a time. `numbers` are those of the
    requests in their artifacts.

    A walk is kept while there is room, a broken one as its reason: later checks of the same operation see the same
    items, which are asked for once, or the same reason.
    """

    spec: Spec
    environment: Environment
    base_url: str
    transport: Transport
    headers: Mapping[str, str]
    redactor: Redactor
    clock: Clock
    write_artifact: WriteArtifact
    emit: Emit
    signer: Signer | None = None
    budget: RequestBudget = field(default_factory=RequestBudget)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _asker: PageAsker = field(init=False)
    _recorder: PageRecorder = field(init=False)
    _walks: dict[str, SharedWalk] = field(default_factory=dict)
    _room: Room = field(init=False)
    _pool: Pool | None = None
    _readers: WeakSet[PageReader] = field(default_factory=WeakSet)
    _looked_at: dict[str, SharedWalk] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._asker = PageAsker(
            spec=self.spec,
            environment=self.environment,
            base_url=self.base_url,
            transport=self.transport,
            headers=self.headers,
            clock=self.clock,
            signer=self.signer,
            gate=threading.Semaphore(self.environment.jobs),
            budget=self.budget,
        )
        self._recorder = PageRecorder(
            spec=self.spec,
            redactor=self.redactor,
            write_artifact=self.write_artifact,
            emit=self.emit,
            numbers=self.numbers,
        )
        self._room = Room(KEPT_BYTES)
        if (jobs := self.environment.jobs) > 1:
            self._pool = Pool(ThreadPoolExecutor(jobs, thread_name_prefix="pages"), jobs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # After an error no answer that is still expected is waited for; it cannot be recorded either.
        for reader in self._readers if kind is None else ():
            reader.settle()
        if self._pool is not None:
            self._pool.executor.shutdown(wait=kind is None, cancel_futures=True)

    def iter_items(self, asks: Asks) -> Iterator[Json]:
        """Yield what the JSONPath `rows` finds on each page; `body` goes with each request.

        With `for_each` there is a walk for each item of another operation, and for each value where a parameter's path
        finds several; an item that is an object has the parameters, and what is kept of the other, as members.

        A walk ends as `x-paging` says; an operation without it is asked once. Raises IncompleteListingError where a
        page did not come as the spec says, or where others may follow, or where a bound is met; TransportError,
        BlockedError for what is not sent; NotAskedError.
        """
        self._looked_at.clear()
        yield from self._iter_items(asks)

    @property
    def evidence(self) -> PagesRow | None:
        """The requests that brought what the latest `iter_items` gave, or kept it from coming; None without any."""
        artifacts = [walk.artifacts for walk in self._looked_at.values() if walk.artifacts]
        if not artifacts:
            return None
        return PagesRow(count=sum(map(len, artifacts)), first=artifacts[0][0], last=artifacts[-1][-1])

    def _iter_items(self, asks: Asks) -> Iterator[Json]:
        for_each = asks.for_each
        if for_each is None:
            yield from self._iter_rows(build_question(asks))
            return
        for kept, parameters in self._iter_occasions(asks, for_each):
            for item in self._iter_rows(build_question(asks, parameters)):
                yield {**item, **kept, **parameters} if isinstance(item, Mapping) else item

    def _iter_occasions(self, asks: Asks, for_each: ForEach) -> Iterator[tuple[Mapping[str, Json], Mapping[str, Json]]]:
        """Yield what is kept, and the parameters, for each time that the operation is asked, the same ones once; with
        `at_most` all are known before the first is yielded. Raises IncompleteListingError for more than `at_most`."""
        occasions = self._iter_different(for_each)
        if for_each.at_most is None:
            yield from occasions
            return
        bounded = list(islice(occasions, for_each.at_most + 1))
        if len(bounded) > for_each.at_most:
            raise IncompleteListingError(
                f"for_each may ask {asks.operation} {for_each.at_most} times (at_most), and {for_each.operation} gives "
                "more: raise at_most, or let its `rows` select fewer"
            )
        yield from bounded

    def _iter_different(self, for_each: ForEach) -> Iterator[tuple[Mapping[str, Json], Mapping[str, Json]]]:
        seen = TextSet()
        for element in self._iter_items(for_each.asks):
            kept = {name: find_first(path, element) for name, path in for_each.keep.items()}
            for parameters in iter_parameters(for_each.parameters, element):
                # An item that the listing has twice makes no second walk.
                if (text := json.dumps([kept, parameters], sort_keys=True)) not in seen:
                    seen.add(text)
                    yield kept, parameters

    def _iter_rows(self, question: Question) -> Iterator[Json]:
        walk = self._walks.get(question.key)
        if walk is None or walk.is_lost:
            walk = self._walks[question.key] = self._begin_walk(question)
        self._looked_at[question.key] = walk
        for body in walk:
            yield from find_all(question.rows, body)

    def _begin_walk(self, question: Question) -> SharedWalk:
        reader = PageReader(
            operation=find_asked(question, self.spec),
            question=question,
            asker=self._asker,
            recorder=self._recorder,
            pool=self._pool,
        )
        self._readers.add(reader)
        return SharedWalk(reader.iter_bodies(), self._room, reader.artifacts)
