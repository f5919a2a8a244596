"""The warehouses of an environment in one run: a pass of the phase for each, with the contracts that name it.

A sole warehouse has no name in what is recorded; of several each table says which one it is in.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from contracts_runner.model.environment import Environment
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import find_worst
from contracts_runner.model.warehouse import WarehouseContract, name_place
from contracts_runner.project.hooks import HERE, Hooks
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import Event, FaultRecorded, WarehouseLoaded, WarehouseSnapshot
from contracts_runner.results.rows import Moment

if TYPE_CHECKING:
    from contracts_runner.warehouse.checks.context import FindPrevious, PageSource
    from contracts_runner.warehouse.warehouse_phase import WarehousePhase


class Warehouses(AbstractContextManager["Warehouses"]):
    """The phases by the names of their warehouses, "" for a sole one; without warehouse and contract there is none. See
    WarehousePhase for what the methods do."""

    def __init__(
        self,
        environment: Environment,
        contracts: Iterable[WarehouseContract],
        *,
        hooks: Hooks = HERE,
        redactor: Redactor,
        clock: Callable[[], datetime],
        find_previous: "FindPrevious" = lambda _: None,
        folder: Path | None = None,
    ) -> None:
        groups: dict[str, list[WarehouseContract]] = {name: [] for name in environment.warehouses}
        for contract in contracts:
            groups.setdefault(_choose_name(environment, contract), []).append(contract)

        def open_phase(name: str, group: Sequence[WarehouseContract]) -> "WarehousePhase":
            # All that knows of tables is imported where there may be some.
            from contracts_runner.warehouse.warehouse_phase import WarehousePhase

            return WarehousePhase(
                environment.find_warehouse(name),
                group,
                hooks=hooks,
                redactor=redactor,
                clock=clock,
                environment=environment.name,
                name=name,
                find_previous=find_previous,
                folder=folder,
            )

        self.phases = {name if len(groups) > 1 else "": open_phase(name, group) for name, group in groups.items()}

    def __exit__(self, *_: object) -> None:
        for phase in self.phases.values():
            phase.close()

    def find_skip_reason(self, name: str) -> str:
        """Return why the checks of a contract with such a name for its warehouse are skipped, "" if they are not."""
        phase = self.phases.get(name) or next(iter(self.phases.values()))
        return phase.skip_reason

    @property
    def has_load(self) -> bool:
        """True when any warehouse has a loader."""
        return any(phase.has_load for phase in self.phases.values())

    @property
    def is_lasting(self) -> bool:
        """True when the tables of all outlive the process."""
        return all(phase.is_lasting for phase in self.phases.values())

    @property
    def is_counting_each(self) -> bool:
        """True when any is counted around scenarios."""
        return any(phase.is_counting_each for phase in self.phases.values())

    def prepare(self) -> Iterator[FaultRecorded]:
        """Prepare each; yields what a function did that failed."""
        yield from filter(None, (phase.prepare() for phase in self.phases.values()))

    def recall_before(self, tables: Mapping[str, int | None]) -> None:
        """Give each the counts before the load that a run had recorded."""
        for name, phase in self.phases.items():
            start = name_place(name, "")
            phase.recall_before(
                {table.removeprefix(start): rows for table, rows in tables.items() if table.startswith(start)}
            )

    def snapshot(self, moment: Moment) -> WarehouseSnapshot:
        """Count the tables of each."""
        return _join({name: phase.snapshot(moment) for name, phase in self.phases.items()})

    def snapshot_scenario(self, scenario: str, tables: Sequence[str], moment: Moment) -> WarehouseSnapshot:
        """Count the tables that a scenario names, in each that is counted around scenarios."""
        counting = {name: phase for name, phase in self.phases.items() if phase.is_counting_each}
        return _join({name: phase.snapshot_scenario(scenario, tables, moment) for name, phase in counting.items()})

    def load(self, *, base_url: str, credentials: Mapping[str, Json]) -> WarehouseLoaded:
        """Run the loaders, one after another; only when `has_load`."""
        loaded = {
            name: phase.load(base_url=base_url, credentials=credentials)
            for name, phase in self.phases.items()
            if phase.has_load
        }
        return WarehouseLoaded(
            outcome=find_worst(each.outcome for each in loaded.values()),
            message="; ".join(name_place(name, each.message) for name, each in loaded.items() if each.message),
            rows={name_place(name, table): rows for name, each in loaded.items() for table, rows in each.rows.items()},
            duration_ms=sum(each.duration_ms for each in loaded.values()),
        )

    def verify(self, emit: Callable[[Event], None], sources: "Mapping[str, PageSource]") -> None:
        """Check the tables of each; one that cannot be reached leaves the others alone."""
        for phase in self.phases.values():
            phase.verify(emit, sources)

    def leave_out(self, emit: Callable[[Event], None], reason: str) -> None:
        """Emit a blocked row for every check."""
        for phase in self.phases.values():
            phase.leave_out(emit, reason)


def _choose_name(environment: Environment, contract: WarehouseContract) -> str:
    """Return the name of the group of a contract: one without a name is for the only warehouse."""
    if not environment.warehouses or "" in environment.warehouses:
        return ""
    return contract.name or next(iter(environment.warehouses))


def _join(taken: Mapping[str, WarehouseSnapshot]) -> WarehouseSnapshot:
    first = next(iter(taken.values()))
    return WarehouseSnapshot(
        moment=first.moment,
        tables={name_place(name, table): rows for name, each in taken.items() for table, rows in each.tables.items()},
        note="; ".join(name_place(name, each.note) for name, each in taken.items() if each.note),
        scenario=first.scenario,
    )
