"""One of our SELECTs beside rows of the API: how they get to ClickHouse.

No account needs a right for any of these ways, and nothing is written: few rows are parameters; many are external data,
which a server holds for the one query, or a file of the embedded engine's own process.
"""

from collections.abc import Mapping
from typing import Any

from contracts_runner.model.warehouse_beside import QueryLimits
from contracts_runner.warehouse.api_rows import RowPart
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.errors import BoundMetError, WarehouseQueryError
from contracts_runner.warehouse.query import pack_rows, render_source

# The name of the rows in a SELECT.
API_ROWS = "api_rows"


def select_beside(
    warehouse: Warehouse, sql: str, parameters: Mapping[str, Any], part: RowPart, *, limits: QueryLimits
) -> list[tuple[Any, ...]]:
    """Return the rows of a SELECT that reads API_ROWS as a table of texts; raises what `Warehouse.query` raises."""
    if part.buckets is not None and warehouse.is_embedded:
        with part.open_path() as path:
            source = "file({file:String}, 'Avro', {structure:String})"
            own = {"file": path, "structure": _render_structure(part)}
            return warehouse.query(sql.replace(API_ROWS, source), {**parameters, **own}, limits=limits, reads_file=True)
    if part.buckets is not None and warehouse.takes_external:
        try:
            return warehouse.query(sql, parameters, limits=limits, external=_build_external(part))
        except BoundMetError:
            raise
        except WarehouseQueryError:
            # A server may refuse it, and what stands before one may not pass it on. Another reason is told once more.
            warehouse.takes_external = False
    pieces = pack_rows(part.rows)
    source = f"({render_source(pieces, part.columns)})"
    return warehouse.query(sql.replace(API_ROWS, source), {**parameters, **pieces}, limits=limits)


def _build_external(part: RowPart) -> Any:
    from clickhouse_connect.driver.external import ExternalData

    return ExternalData(file_name=API_ROWS, data=part.container, fmt="Avro", structure=_render_structure(part))


def _render_structure(part: RowPart) -> str:
    return ", ".join(f"{name} String" for name in part.columns)
