"""Runs the checks of the contracts and makes a row of each, in the order of the contracts.

See docs/design.md, Files of a run.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from msgspec import UNSET

from contracts_runner.dataclass import dataclass
from contracts_runner.faults import Fault, guard
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.warehouse import TableCheck, WarehouseContract, find_asks, iter_tables
from contracts_runner.model.warehouse_kinds import Exists
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import Event, WarehouseCheckFinished
from contracts_runner.results.rows import WARNING, WarehouseRow
from contracts_runner.warehouse.acceptance import accept
from contracts_runner.warehouse.account import find_policies, require_right
from contracts_runner.warehouse.catalogue import Counts, Place, TableInfo, find_buffers, require_catalogue
from contracts_runner.warehouse.checks import run_check
from contracts_runner.warehouse.checks.advice import advise
from contracts_runner.warehouse.checks.context import CheckContext, Finding, FindPrevious, Known, PageSource
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.errors import BoundMetError, WarehouseQueryError, WarehouseUnavailable
from contracts_runner.warehouse.numbers import render_decimal

# The main thread wakes up this often, so that an interrupt reaches it on every platform.
_WAKE_UP_SECONDS = 0.5
_REFUSALS = (WarehouseUnavailable, WarehouseQueryError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """One pass over all checks. `before`: row counts before the load. `sources`: key of a spec -> its API."""

    contracts: Sequence[WarehouseContract]
    redactor: Redactor
    clock: Callable[[], datetime]
    before: Counts | None
    sources: Mapping[str, PageSource]
    max_lag_seconds: float | None
    environment: str
    find_previous: FindPrevious
    folder: Path | None

    def settle_all(self, finding: Finding, emit: Callable[[Event], None]) -> None:
        """Give every check the same finding without running any."""
        for _, check, identifier in self._iter_checks():
            emit(self._build_row(identifier, check, finding))

    def run(self, warehouse: Warehouse, emit: Callable[[Event], None], connect: Callable[[], Warehouse]) -> None:
        """Run the checks; once the server is lost, the rest is errored with that reason and not tried.

        Checks that ask the API run in parallel with the others, on a second connection from `connect`.
        """
        try:
            catalogue, notes = guard(lambda: self._look_around(warehouse), _refuse, raised=_REFUSALS)
        except _REFUSALS as problem:
            self.settle_all(Finding(outcome=Outcome.ERRORED, message=str(problem)), emit)
            return
        known: Known = {}
        turns = []
        for contract, check, identifier in self._iter_checks():
            context = CheckContext(
                warehouse=warehouse,
                check=check,
                table=catalogue.get(_find_place(warehouse, check)),
                catalogue=catalogue,
                clock=self.clock,
                redact=self.redactor.text,
                folder=self.folder,
                before=self.before,
                source=self.sources.get(contract.spec),
                max_lag_seconds=self.max_lag_seconds,
                known=known,
                find_previous=self.find_previous,
            )
            turns.append((identifier, context, contract.location.path))
        with _ApiThread(connect) as api:
            for identifier, context, _ in turns:
                if find_asks(context.check) and context.table is not None:
                    api.begin(identifier, context)
            self._take_turns(turns, api, notes, emit)

    def _look_around(self, warehouse: Warehouse) -> tuple[Mapping[Place, TableInfo], Mapping[Place, str]]:
        """Return the catalogue, and what is to be said beside each verdict on a table. Raises WarehouseQueryError."""
        checks = [check for _, check, _ in self._iter_checks()]
        others = [database for check in checks for database, _ in iter_tables(check) if database]
        catalogue = require_catalogue(warehouse, others)
        named = list(dict.fromkeys(_find_place(warehouse, check) for check in checks))
        return catalogue, _join_notes(find_policies(warehouse, named), find_buffers(named, catalogue))

    def _take_turns(
        self,
        turns: Sequence[tuple[str, CheckContext, str]],
        api: "_ApiThread",
        notes: Mapping[Place, str],
        emit: Callable[[Event], None],
    ) -> None:
        missing: set[tuple[str, str]] = set()
        for identifier, context, path in turns:
            check = context.check
            if (path, check.table) in missing and not api.lost:
                finding = Finding(outcome=Outcome.BLOCKED, message=f"there is no table {context.name}")
            else:
                finding = api.find(identifier, context)
            if isinstance(check.kind, Exists) and finding.outcome is Outcome.FAILED:
                missing.add((path, check.table))
            finding = accept(finding, check, environment=self.environment, today=self.clock().astimezone(UTC).date())
            note = notes.get((context.database, check.table))
            finding = replace(finding, message="; ".join(filter(None, [finding.message, note])))
            shown = ";\n\n".join(context.shown.values())
            guard(
                lambda: emit(self._build_row(identifier, check, finding, shown)),  # noqa: B023 - called at once
                lambda fault: emit(self._build_row(identifier, check, _settle(fault))),  # noqa: B023 - called at once
            )

    def _iter_checks(self) -> Iterator[tuple[WarehouseContract, TableCheck, str]]:
        """Yield the checks with their ids; one without gets `<table>:<kind>`, and `:2` for the second of its kind."""
        seen: Counter[str] = Counter()
        for contract in self.contracts:
            for check in contract.checks:
                seen[check.name] += 1
                number = seen[check.name]
                yield contract, check, check.name if number == 1 else f"{check.name}:{number}"

    def _build_row(self, identifier: str, check: TableCheck, finding: Finding, sql: str = "") -> Event:
        return WarehouseCheckFinished(
            row=WarehouseRow(
                id=identifier,
                table=check.table,
                check=check.word,
                outcome=finding.outcome,
                expected=self.redactor.value(finding.expected),
                actual=self.redactor.value(finding.actual),
                message=self.redactor.text(finding.message),
                sql=self.redactor.text(sql),
                location=str(check.location),
                figure=UNSET if finding.figure is None else render_decimal(finding.figure),
                severity=WARNING if check.is_warning else UNSET,
                pages=finding.pages or UNSET,
                columns=finding.columns or UNSET,
                warehouse=check.warehouse or UNSET,
            )
        )


class _ApiThread(AbstractContextManager["_ApiThread"]):
    """Runs the checks that ask the API one after another on a second thread: they wait for answers, the others for
    queries. `connect` gives its connection, which two threads must not share.

    `lost`: why the server cannot be used any more; nothing is tried after that.
    """

    def __init__(self, connect: Callable[[], Warehouse]) -> None:
        self._connect = connect
        self._warehouse: Warehouse | None = None
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="warehouse-api")
        self._findings: dict[str, Future[Finding]] = {}
        self.lost = ""

    def begin(self, identifier: str, context: CheckContext) -> None:
        """Run a check when those before it have ended."""
        self._findings[identifier] = self._executor.submit(self._run, context)

    def find(self, identifier: str, context: CheckContext) -> Finding:
        """Return the finding of a check: waited for if it was begun, else run now; raises whatever recording raises."""
        future = self._findings.get(identifier)
        try:
            if self.lost:
                raise WarehouseUnavailable(self.lost)
            while future is not None and not future.done():
                wait((future,), timeout=_WAKE_UP_SECONDS)
            return future.result() if future is not None else _run_check(context)
        except WarehouseUnavailable as problem:
            self.lost = str(problem)
            return Finding(outcome=Outcome.ERRORED, message=self.lost)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # After an error no answer that is still expected is waited for; it cannot be recorded either.
        self._executor.shutdown(wait=kind is None, cancel_futures=True)
        if kind is None and self._warehouse is not None:
            self._warehouse.close()

    def _run(self, context: CheckContext) -> Finding:
        if self.lost:
            raise WarehouseUnavailable(self.lost)
        if self._warehouse is None:
            self._warehouse = guard(self._connect, _refuse, raised=_REFUSALS)
        return _run_check(replace(context, warehouse=self._warehouse))


def _join_notes(*notes: Mapping[Place, str]) -> dict[Place, str]:
    places = dict.fromkeys(place for each in notes for place in each)
    return {place: "; ".join(each[place] for each in notes if place in each) for place in places}


def _find_place(warehouse: Warehouse, check: TableCheck) -> Place:
    return check.database or warehouse.database, check.table


def _run_check(context: CheckContext) -> Finding:
    """Return what a check finds; raises WarehouseUnavailable."""
    try:
        if context.table is None:
            require_right(context.warehouse, context.database, context.check.table)
            if not isinstance(context.check.kind, Exists):
                return Finding(outcome=Outcome.FAILED, message="no such table, or the account may not see it")
        return guard(lambda: run_check(context), _settle, raised=_REFUSALS)
    except BoundMetError as problem:
        return Finding(outcome=Outcome.ERRORED, message=problem.describe(advise(context)))
    except WarehouseQueryError as problem:
        return Finding(outcome=Outcome.ERRORED, message=str(problem))


def _settle(fault: Fault) -> Finding:
    return Finding(outcome=Outcome.ERRORED, message=f"cannot be judged: {fault}")


def _refuse(fault: Fault) -> NoReturn:
    """A connection on which we break is as good as none."""
    raise WarehouseUnavailable(str(fault))
