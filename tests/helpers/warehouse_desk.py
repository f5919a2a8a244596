"""What the tests of the warehouse phase share: a fixed time, tables, checks, and the rows that a run of them emits."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from contracts_runner.engine.jsonpath import find_all
from contracts_runner.errors import SourceLocation
from contracts_runner.model.environment import RedactionMode, WarehouseSettings
from contracts_runner.model.json import Json
from contracts_runner.model.warehouse import TableCheck, WarehouseContract
from contracts_runner.model.warehouse_kinds import Asks
from contracts_runner.project.contract.warehouse_contracts import read_warehouse_contract
from contracts_runner.reading.yaml_source import parse_yaml
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import Event, WarehouseCheckFinished
from contracts_runner.results.lines import as_json
from contracts_runner.warehouse.checks.context import FindPrevious, PageSource
from contracts_runner.warehouse.warehouse_phase import WarehousePhase
from helpers.engine import FAULT

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def make_warehouse_check(
    kind: str, options: Json, *, table: str = "orders", id: str | None = None, **modifiers: Json
) -> TableCheck:
    """Return the check as `project` reads it; `id` may be None for any kind."""
    check = {"id": id or "W.1", kind: options, **modifiers}
    text = json.dumps({"warehouse": "shop", "tables": {table: {"checks": [check]}}}, ensure_ascii=False)
    contract, problems = read_warehouse_contract(parse_yaml(text, "contracts/warehouse.yaml"))
    assert contract is not None
    assert problems == []
    return replace(contract.checks[-1], id=id, location=SourceLocation("contracts/warehouse.yaml", 7))


def make_redactor(**secrets: str) -> Redactor:
    """Return a redactor that also replaces these secrets, by name."""
    return Redactor(mode=RedactionMode.FULL, secrets=secrets, key=b"")


def make_warehouse_contract(*checks: TableCheck, snapshots: Sequence[str] = ()) -> WarehouseContract:
    """Return a contract with these checks."""
    return WarehouseContract(
        spec="shop",
        tables={check.table: check.database for check in checks},
        checks=checks,
        snapshots=tuple(snapshots),
        location=SourceLocation("contracts/warehouse.yaml", 1),
    )


@dataclass(frozen=True)
class FakeSource:
    """An API whose items are given, by operation; `rows` picks from each item as a page of its own."""

    items: Mapping[str, Sequence[Json]]
    asked: list[Any] = field(default_factory=list)

    def iter_items(self, asks: Asks) -> Iterator[Json]:
        self.asked.append((asks.operation, asks.body, asks.for_each))
        yield from find_all(asks.rows, {"data": list(self.items[asks.operation])})

    @property
    def evidence(self) -> None:
        return None


@dataclass
class Desk:
    """A database, and phases over it."""

    client: Any
    database: str
    phases: list[WarehousePhase] = field(default_factory=list)

    def run(self, *statements: str) -> None:
        """Run statements; `DB` in one stands for the database."""
        for statement in statements:
            self.client.command(statement.replace("DB.", f"{self.database}."))

    def phase(
        self,
        *checks: TableCheck,
        snapshots: Sequence[str] = (),
        redactor: Redactor | None = None,
        find_previous: FindPrevious = lambda _: None,
        **settings: Any,
    ) -> WarehousePhase:
        """Return a phase over the database at NOW."""
        phase = WarehousePhase(
            WarehouseSettings(**{"dsn": "chdb://memory", "database": self.database, **settings}),
            [make_warehouse_contract(*checks, snapshots=snapshots)],
            redactor=redactor or make_redactor(),
            clock=lambda: NOW,
            find_previous=find_previous,
        )
        self.phases.append(phase)
        return phase

    def verify(self, *checks: TableCheck, source: PageSource | None = None) -> list[Mapping[str, Json]]:
        """Run the checks and return their rows."""
        return collect_rows(self.phase(*checks), source)

    def verify_one(
        self, kind: str, options: Json, *, source: PageSource | None = None, **words: Any
    ) -> Mapping[str, Json]:
        """Run one check of the table `orders` and return its row."""
        return self.verify(make_warehouse_check(kind, options, **words), source=source)[0]

    def close(self) -> None:
        for phase in self.phases:
            phase.close()


def collect_rows(phase: WarehousePhase, source: PageSource | None = None) -> list[Mapping[str, Json]]:
    """Verify and return the rows of the checks."""
    events: list[Event] = []
    phase.verify(events.append, {"shop": source} if source else {})
    assert all(isinstance(event, WarehouseCheckFinished) for event in events)
    assert not [event for event in events if isinstance(event, WarehouseCheckFinished) and FAULT in event.row.message]
    return [as_json(event.row) for event in events if isinstance(event, WarehouseCheckFinished)]
