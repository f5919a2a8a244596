"""The published history: what earlier runs have found, for `against: previous` and for the ledger of a new run."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from contracts_runner.dataclass import dataclass
from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.model.phase import Phase
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.warehouse.checks.context import PreviousFigure
from contracts_runner.warehouse.client import Warehouse, connect
from contracts_runner.warehouse.errors import WarehouseQueryError, WarehouseUnavailable

_Answer = TypeVar("_Answer")

# A figure is looked for in the last so many runs, which the sorting key finds; a new check has none in all of them.
_MOST_RUNS = 100
_HAS_FIGURES = (
    "SELECT count() FROM system.columns\n"
    "WHERE database = {db:String} AND table = 'contract_results' AND name = 'figure'"
)
_LAST = (
    "SELECT figure, run_id, formatDateTime(started_at, '%Y-%m-%dT%H:%i:%S', 'UTC')\n"
    "FROM {db:Identifier}.contract_results FINAL\n"
    "WHERE environment = {environment:String} AND phase = {phase:String} AND id = {id:String}\n"
    "  AND subject = {table:String} AND rule = {check:String} AND figure != '' AND run_id != {run:String}\n"
    "  AND (started_at, run_id) IN (\n"
    "    SELECT started_at, run_id FROM {db:Identifier}.contract_runs FINAL\n"
    "    WHERE complete AND environment = {environment:String} ORDER BY started_at DESC LIMIT {most:UInt32})\n"
    "ORDER BY started_at DESC LIMIT 1"
)
_OUTCOMES = (
    "SELECT run_id, max(toUnixTimestamp64Milli(started_at)), groupArray(phase), groupArray(id), groupArray(outcome)\n"
    "FROM {db:Identifier}.contract_results FINAL\n"
    "WHERE (started_at, run_id) IN (\n"
    "  SELECT started_at, run_id FROM {db:Identifier}.contract_runs FINAL\n"
    "  WHERE complete AND environment = {environment:String} AND run_id != {run:String}\n"
    "  ORDER BY started_at DESC LIMIT {most:UInt32})\n"
    "GROUP BY run_id"
)


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """A published run: when it began, as results.json writes it, and (phase, id, outcome) of each row."""

    id: str
    started_at: str
    rows: tuple[tuple[str, str, str], ...]


def has_figures(warehouse: Warehouse) -> bool:
    """Return whether the results are there, with a column for figures; raises WarehouseQueryError."""
    [[count]] = warehouse.query(_HAS_FIGURES, {"db": warehouse.database})
    return int(count) > 0


def find_published_figure(
    target: WarehouseSettings, check: TableCheck, *, environment: str, run_id: str
) -> PreviousFigure | None:
    """Return the figure of a check in the last published run of the environment that is complete and has one, but not
    in the run `run_id`. Raises WarehouseQueryError, which says that it is about the history."""
    return _ask(target, lambda warehouse: _find(warehouse, check, environment, run_id))


def find_published_runs(target: WarehouseSettings, *, environment: str, run_id: str, most: int) -> list[PublishedRun]:
    """Return the last complete runs of the environment, but for the run `run_id`. Raises WarehouseQueryError."""
    names: dict[str, str | int] = {"environment": environment, "run": run_id, "most": most}
    return _ask(target, lambda warehouse: _list_runs(warehouse, names))


def _ask(target: WarehouseSettings, ask: Callable[[Warehouse], _Answer]) -> _Answer:
    try:
        warehouse = connect(target)
        try:
            return ask(warehouse)
        finally:
            warehouse.close()
    except (WarehouseUnavailable, WarehouseQueryError) as problem:
        raise WarehouseQueryError(f"the published history cannot be read: {problem}") from problem


def _list_runs(warehouse: Warehouse, names: Mapping[str, str | int]) -> list[PublishedRun]:
    if not has_figures(warehouse):
        return []
    found = warehouse.query(_OUTCOMES, {"db": warehouse.database, **names})
    return [
        PublishedRun(str(run), _render_time(int(at)), tuple(zip(phases, ids, outcomes, strict=True)))
        for run, at, phases, ids, outcomes in found
    ]


def _render_time(milliseconds: int) -> str:
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _find(warehouse: Warehouse, check: TableCheck, environment: str, run_id: str) -> PreviousFigure | None:
    if not has_figures(warehouse):
        return None
    names = {"environment": environment, "phase": Phase.WAREHOUSE.value, "run": run_id, "most": _MOST_RUNS}
    of = {"db": warehouse.database, "id": check.name, "table": check.table, "check": check.word}
    for figure, run, started_at in warehouse.query(_LAST, {**names, **of}):
        return PreviousFigure(number=Decimal(figure), run=run, started_at=f"{started_at}Z")
    return None
