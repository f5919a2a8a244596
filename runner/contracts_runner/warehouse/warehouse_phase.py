"""The warehouse phase from the outside: prepare, count, load, verify; gives events and never an exception."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from contracts_runner.faults import Fault, guard
from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.model.json import Json
from contracts_runner.model.nouns import count_noun
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.warehouse import WarehouseContract, iter_tables
from contracts_runner.model.warehouse_kinds import Delta
from contracts_runner.project.hooks import HERE, HookError, Hooks, HookTimeoutError, read_row_counts
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import Event, FaultRecorded, WarehouseLoaded, WarehouseSnapshot
from contracts_runner.results.rows import Moment
from contracts_runner.warehouse.account import Account, examine_account, render_account_sql
from contracts_runner.warehouse.catalogue import (
    Counts,
    MissingDatabaseError,
    count_tables,
    fits,
    load_catalogue,
    require_catalogue,
)
from contracts_runner.warehouse.checks.context import Finding, FindPrevious, PageSource
from contracts_runner.warehouse.client import Warehouse, choose_database, connect
from contracts_runner.warehouse.dsn import EmbeddedDsn, ServerDsn, parse_dsn
from contracts_runner.warehouse.errors import WarehouseQueryError, WarehouseUnavailable, describe_missing
from contracts_runner.warehouse.verification import Verification

_Result = TypeVar("_Result")


class WarehousePhase(AbstractContextManager["WarehousePhase"]):
    """The warehouse in one run; call `close` at the end, or use it as a context manager.

    `settings` is None where there is no warehouse of that name; `clock` gives the current time, aware; `folder` is
    that of the run.
    """

    def __init__(
        self,
        settings: WarehouseSettings | None,
        contracts: Sequence[WarehouseContract],
        *,
        hooks: Hooks = HERE,
        redactor: Redactor,
        clock: Callable[[], datetime],
        environment: str = "",
        name: str = "",
        find_previous: FindPrevious = lambda _: None,
        folder: Path | None = None,
    ) -> None:
        # None where there is nothing to connect to.
        self._settings = settings if settings is not None and settings.dsn is not None else None
        self._missing = describe_missing(settings, name)
        self._contracts = contracts
        self._hooks = hooks
        self._redactor = redactor
        self._clock = clock
        self._environment = environment
        self._find_previous = find_previous
        self._folder = folder
        self._warehouse: Warehouse | None = None
        self._before: Counts | None = None
        self._prepare_problem = ""
        self._load_problem = ""
        # Scenarios run on several threads, and there is one connection.
        self._lock = threading.Lock()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def skip_reason(self) -> str:
        """Why all checks are skipped; "" when there is something to connect to."""
        return self._missing if self._settings is None else ""

    @property
    def has_load(self) -> bool:
        """True when the environment names a loader that can be run."""
        return self._settings is not None and self._settings.load is not None

    @property
    def is_lasting(self) -> bool:
        """True when the tables outlive the process, so that a resumed run finds what it had loaded."""
        try:
            dsn = self._parse_dsn()
        except WarehouseUnavailable:
            return False
        return isinstance(dsn, ServerDsn) or (dsn is not None and dsn.path is not None)

    def recall_before(self, tables: Mapping[str, int | None]) -> None:
        """Take the counts before the load from the run that is being resumed."""
        self._before = Counts(tables=dict(tables), notes=())

    def prepare(self) -> FaultRecorded | None:
        """Call the environment's `prepare` function. If it fails, every check is errored with its reason, and what the
        function did is returned."""
        if self._settings is None or self._settings.prepare is None:
            return None
        name = self._settings.prepare
        place = self._attempt(lambda: self._call_hook(name), self._take_prepare_problem)
        if place is None:
            return None
        return FaultRecorded(where="hook prepare", message=self._redactor.text(self._prepare_problem), location=place)

    def _take_prepare_problem(self, problem: Exception | Fault) -> str | None:
        """Keep why the warehouse was not prepared; return file:line if that is the function's fault, "" if unknown."""
        self._prepare_problem = f"the warehouse was not prepared: {problem}"
        match problem:
            case HookError() | Fault():
                return problem.place
        return None

    def probe(self) -> tuple[bool | None, str]:
        """Return whether the warehouse can be used, None without one, and its version and number of tables, or why
        not."""
        if self._settings is None:
            return None, self._missing
        return self._attempt(self._probe, lambda problem: (False, self._redactor.text(str(problem))))

    def _probe(self) -> tuple[bool, str]:
        warehouse = self._open()
        [[version]] = warehouse.query("SELECT version()")
        try:
            content = count_noun(len(require_catalogue(warehouse)), "table")
        except MissingDatabaseError:
            if not self._has_maker:
                raise
            content = "not there yet"
        return True, f"version {version}, database {warehouse.database}: {content}"

    @property
    def kept_settings(self) -> Mapping[str, str]:
        """Settings of ours that the account may not set and has already; none without an open connection."""
        return self._warehouse.kept if self._warehouse is not None else {}

    def examine_account(self) -> Account | None:
        """Return what the account may do with the tables of the contracts, None where nothing is configured.

        Raises WarehouseUnavailable, WarehouseQueryError.
        """
        if self._settings is None:
            return None
        warehouse = self._open()
        named = [(database or warehouse.database, table) for database, table in self._iter_tables()]
        return examine_account(warehouse, list(dict.fromkeys(named)))

    def render_account_statements(self) -> str:
        """Return the statements for an account that may do no more than it must; "" for what is not a server.

        Does not connect: they are needed most where there is no account yet. Raises WarehouseUnavailable for a DSN
        that cannot be read.
        """
        dsn = self._parse_dsn()
        if self._settings is None or not isinstance(dsn, ServerDsn):
            return ""
        others = [database for database, _ in self._iter_tables() if database]
        databases = dict.fromkeys([choose_database(self._settings, dsn), *others])
        return render_account_sql(databases, self._settings.query_limits)

    def snapshot(self, moment: Moment) -> WarehouseSnapshot:
        """Count the tables that the contracts name; where nothing could be counted, the note says why."""
        counts = self._count(list(self._list_counted()))
        if moment == Moment.BEFORE:
            self._before = counts
        note = "; ".join(filter(None, [self._prepare_problem, *counts.notes]))
        return WarehouseSnapshot(moment=moment, tables=counts.tables, note=self._redactor.text(note))

    @property
    def is_counting_each(self) -> bool:
        """True when the environment says `snapshot: each`, and has a warehouse."""
        return self._settings is not None and self._settings.is_counting_each

    def snapshot_scenario(self, scenario: str, tables: Sequence[str], moment: Moment) -> WarehouseSnapshot:
        """Count the tables that a scenario names; from whatever thread."""
        with self._lock:
            counts = self._count([(None, table) for table in tables])
        note = self._redactor.text("; ".join(counts.notes))
        return WarehouseSnapshot(moment=moment, tables=counts.tables, note=note, scenario=scenario)

    def load(self, *, base_url: str, credentials: Mapping[str, Json]) -> WarehouseLoaded:
        """Run the environment's loader against the API at `base_url`; only when `has_load`."""
        started = time.perf_counter()
        rows = self._attempt(lambda: self._run_loader(base_url, credentials), self._take_load_problem)
        return WarehouseLoaded(
            outcome=Outcome.ERRORED if self._load_problem else Outcome.PASSED,
            message=self._load_problem,
            rows=rows,
            duration_ms=round((time.perf_counter() - started) * 1000, 3),
        )

    def _take_load_problem(self, problem: Exception | Fault) -> Mapping[str, int]:
        self._load_problem = self._redactor.text(str(problem))
        return {}

    def verify(self, emit: Callable[[Event], None], sources: Mapping[str, PageSource] | None = None) -> None:
        """Run every check of every contract and emit a WarehouseCheckFinished for each, in the order of the files.

        `sources` gives the API by the key of its spec; a check that needs a missing one is skipped.
        """
        verification = self._build_verification(sources or {})
        finding = self._find_obstacle()
        if finding is None:
            verification.run(self._open(), emit, self._connect)
        else:
            verification.settle_all(finding, emit)

    def leave_out(self, emit: Callable[[Event], None], reason: str) -> None:
        """Emit a blocked row for every check: what it depends on is not there."""
        finding = Finding(outcome=Outcome.BLOCKED, message=reason)
        self._build_verification({}).settle_all(finding, emit)

    def close(self) -> None:
        """Close the connection; safe to call twice."""
        if self._warehouse is not None:
            self._warehouse.close()
            self._warehouse = None

    def _build_verification(self, sources: Mapping[str, PageSource]) -> Verification:
        return Verification(
            contracts=self._contracts,
            redactor=self._redactor,
            clock=self._clock,
            before=self._before,
            environment=self._environment,
            find_previous=self._find_previous,
            folder=self._folder,
            sources=sources,
            max_lag_seconds=self._settings.max_lag_seconds if self._settings else None,
        )

    def _find_obstacle(self) -> Finding | None:
        """Return the finding that all checks share when none of them can be run."""
        if self.skip_reason:
            return Finding(outcome=Outcome.SKIPPED, message=self.skip_reason)
        problem = self._attempt(self._find_connection_problem, str)
        if problem:
            return Finding(outcome=Outcome.ERRORED, message=problem)
        if self._prepare_problem:
            return Finding(outcome=Outcome.ERRORED, message=self._prepare_problem)
        if self._load_problem:
            return Finding(outcome=Outcome.BLOCKED, message=f"the load failed: {self._load_problem}")
        return None

    def _find_connection_problem(self) -> str:
        # A query, because a connection that was open before may be dead by now.
        self._open().query("SELECT 1")
        return ""

    def _run_loader(self, base_url: str, credentials: Mapping[str, Json]) -> Mapping[str, int]:
        if self._settings is None or self._settings.load is None:
            raise HookError("the environment names no loader")
        if self._prepare_problem:
            raise HookError(self._prepare_problem)
        result = self._call_hook(self._settings.load, base_url=base_url, credentials=credentials, now=self._clock)
        return read_row_counts(self._settings.load, result)

    def _call_hook(self, name: str, **arguments: Any) -> Any:
        """Call a hook with the connection; one that did not return keeps it, and another one is opened when needed."""
        warehouse = self._open()
        try:
            return self._hooks.call(name, client=warehouse.raw_client, database=warehouse.database, **arguments)
        except HookTimeoutError:
            self._warehouse = None
            raise

    def _count(self, names: Sequence[tuple[str | None, str]]) -> Counts:
        if self._settings is None:
            return Counts(tables={}, notes=(self._missing,))

        def count() -> Counts:
            warehouse = self._open()
            load = load_catalogue if self._has_maker else require_catalogue
            catalogue = load(warehouse, (database for database, _ in names if database))
            return count_tables(warehouse, names, catalogue)

        return self._attempt(count, lambda problem: Counts(tables={}, notes=(str(problem),)))

    @property
    def _has_maker(self) -> bool:
        """True where a hook may make the database."""
        return self._settings is not None and bool(self._settings.prepare or self._settings.load)

    def _attempt(self, work: Callable[[], _Result], settle: Callable[[Exception | Fault], _Result]) -> _Result:
        """Return what `work` returns, or what `settle` makes of the reason why it does not."""

        def try_it() -> _Result:
            try:
                return work()
            except (WarehouseUnavailable, WarehouseQueryError, HookError) as problem:
                return settle(problem)

        return guard(try_it, settle)

    def _list_counted(self) -> Iterator[tuple[str | None, str]]:
        """Yield the database and the name, or pattern, of what is counted; a name is one of the file's table first."""
        for contract in self._contracts:
            for name in contract.snapshots:
                yield contract.tables.get(name), name
                if "*" in name:
                    yield from ((base, table) for table, base in contract.tables.items() if base and fits(table, name))
            # A delta needs both counts, whether or not its author wanted to see them.
            yield from ((check.database, check.table) for check in contract.checks if isinstance(check.kind, Delta))

    def _iter_tables(self) -> Iterator[tuple[str | None, str]]:
        """Yield the tables that the checks read, with their databases; None for the environment's."""
        for contract in self._contracts:
            for check in contract.checks:
                yield from iter_tables(check)

    def _open(self) -> Warehouse:
        """Return the connection, made when it is first needed: a failed attempt is repeated at the next stage."""
        if self._warehouse is None:
            self._warehouse = self._connect()
        return self._warehouse

    def _connect(self) -> Warehouse:
        if self._settings is None:
            raise WarehouseUnavailable(self._missing)
        return connect(self._settings)

    def _parse_dsn(self) -> EmbeddedDsn | ServerDsn | None:
        """Return the DSN, None without one; raises WarehouseUnavailable if it cannot be read."""
        text = self._settings.dsn if self._settings is not None else None
        return parse_dsn(text) if text is not None else None
