"""The published history: what earlier runs have found, for `against: previous`."""

from decimal import Decimal

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.model.phase import Phase
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.warehouse.checks.context import PreviousFigure
from contracts_runner.warehouse.client import Warehouse, connect
from contracts_runner.warehouse.errors import WarehouseQueryError, WarehouseUnavailable

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
    "    SELECT started_at, run_id FROM {db:Identifier}.contract_runs FINAL WHERE complete)\n"
    "ORDER BY started_at DESC LIMIT 1"
)


def has_figures(warehouse: Warehouse) -> bool:
    """Return whether the results are there, with a column for figures; raises WarehouseQueryError."""
    [[count]] = warehouse.query(_HAS_FIGURES, {"db": warehouse.database})
    return int(count) > 0


def find_published_figure(
    target: WarehouseSettings, check: TableCheck, *, environment: str, run_id: str
) -> PreviousFigure | None:
    """Return the figure of a check in the last published run of the environment that is complete and has one, but not
    in the run `run_id`. Raises WarehouseQueryError, which says that it is about the history."""
    try:
        warehouse = connect(target)
        try:
            return _find(warehouse, check, environment, run_id)
        finally:
            warehouse.close()
    except (WarehouseUnavailable, WarehouseQueryError) as problem:
        raise WarehouseQueryError(f"the published history cannot be read: {problem}") from problem


def _find(warehouse: Warehouse, check: TableCheck, environment: str, run_id: str) -> PreviousFigure | None:
    if not has_figures(warehouse):
        return None
    names = {"environment": environment, "phase": Phase.WAREHOUSE.value, "run": run_id}
    of = {"db": warehouse.database, "id": check.name, "table": check.table, "check": check.word}
    for figure, run, started_at in warehouse.query(_LAST, {**names, **of}):
        return PreviousFigure(number=Decimal(figure), run=run, started_at=f"{started_at}Z")
    return None
