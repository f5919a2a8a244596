"""Runs the checks of the contracts and makes a row of each, in the order of the contracts.

See docs/design.md, Files of a run.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.warehouse import TableCheck, WarehouseContract, find_asks
from contracts_runner.model.warehouse_kinds import Exists
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import Event, WarehouseCheckFinished
from contracts_runner.results.rows import WarehouseRow
from contracts_runner.warehouse.api_lane import ApiLane
from contracts_runner.warehouse.catalogue import TableInfo, load_catalogue
from contracts_runner.warehouse.checks import run_check
from contracts_runner.warehouse.checks.context import CheckContext, Finding, Known, PageSource
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.errors import WarehouseQueryError, WarehouseUnavailable
from contracts_runner.warehouse.snapshots import Counts


class Verdict(NamedTuple):
    """The outcome of a check that was not run, and why."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """One pass over all checks. `before`: row counts before the load. `sources`: key of a spec -> its API."""

    contracts: Sequence[WarehouseContract]
    redactor: Redactor
    clock: Callable[[], datetime]
    before: Counts | None
    sources: Mapping[str, PageSource]
    max_lag_seconds: float | None

    def settle_all(self, verdict: Verdict, emit: Callable[[Event], None]) -> None:
        """Give every check the same outcome without running any."""
        for _, check, identifier in self._iter_checks():
            emit(self._build_row(identifier, check, Finding(outcome=verdict.outcome, message=verdict.reason), sql=""))

    def run(self, warehouse: Warehouse, emit: Callable[[Event], None], connect: Callable[[], Warehouse]) -> None:
        """Run the checks; once the server is gone, the rest is errored with that reason and not tried.

        Checks that ask the API are run beside the others, on a connection of their own from `connect`.
        """
        try:
            catalogue = load_catalogue(warehouse)
        except (WarehouseUnavailable, WarehouseQueryError) as problem:
            self.settle_all(Verdict(Outcome.ERRORED, str(problem)), emit)
            return
        known: Known = {}
        turns = [
            (identifier, self._build_context(warehouse, contract, check, catalogue, known), contract)
            for contract, check, identifier in self._iter_checks()
        ]
        with ApiLane(connect, _run_check) as lane:
            for identifier, context, _ in turns:
                if find_asks(context.check) and context.table is not None:
                    lane.begin(identifier, context)
            self._take_turns(turns, lane, emit)

    def _take_turns(
        self,
        turns: Sequence[tuple[str, CheckContext, WarehouseContract]],
        lane: ApiLane,
        emit: Callable[[Event], None],
    ) -> None:
        missing: set[tuple[str, str]] = set()
        lost = ""
        for identifier, context, contract in turns:
            check = context.check
            if lost:
                finding = Finding(outcome=Outcome.ERRORED, message=lost)
            elif (contract.location.path, check.table) in missing:
                finding = Finding(outcome=Outcome.BLOCKED, message=f"there is no table {check.table}")
            else:
                try:
                    finding = lane.finish(identifier) if lane.has(identifier) else _run_check(context)
                except WarehouseUnavailable as problem:
                    lost = lane.lost = str(problem)
                    finding = Finding(outcome=Outcome.ERRORED, message=lost)
            if isinstance(check.kind, Exists) and finding.outcome is Outcome.FAILED:
                missing.add((contract.location.path, check.table))
            emit(self._build_row(identifier, check, finding, sql=";\n\n".join(context.shown.values())))

    def _iter_checks(self) -> Iterator[tuple[WarehouseContract, TableCheck, str]]:
        """Yield the checks with their ids; one without gets `<table>:<kind>`, and `:2` for the second of its kind."""
        seen: Counter[str] = Counter()
        for contract in self.contracts:
            for check in contract.checks:
                seen[check.name] += 1
                number = seen[check.name]
                yield contract, check, check.name if number == 1 else f"{check.name}:{number}"

    def _build_context(
        self,
        warehouse: Warehouse,
        contract: WarehouseContract,
        check: TableCheck,
        catalogue: Mapping[str, TableInfo],
        known: Known,
    ) -> CheckContext:
        return CheckContext(
            warehouse=warehouse,
            check=check,
            table=catalogue.get(check.table),
            catalogue=catalogue,
            clock=self.clock,
            redact=self.redactor.text,
            before=self.before,
            source=self.sources.get(contract.spec),
            max_lag_seconds=self.max_lag_seconds,
            known=known,
        )

    def _build_row(self, identifier: str, check: TableCheck, finding: Finding, *, sql: str) -> WarehouseCheckFinished:
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
            )
        )


def _run_check(context: CheckContext) -> Finding:
    """Return what a check finds; raises WarehouseUnavailable."""
    if context.table is None and not isinstance(context.check.kind, Exists):
        return Finding(outcome=Outcome.FAILED, message="no such table, or the account may not see it")
    try:
        return run_check(context)
    except WarehouseQueryError as problem:
        return Finding(outcome=Outcome.ERRORED, message=str(problem))
