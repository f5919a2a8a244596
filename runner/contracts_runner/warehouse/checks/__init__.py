"""The warehouse checks: the word in a contract to the function that decides (docs/design.md, Warehouse contract)."""

from collections.abc import Callable, Mapping

from contracts_runner.warehouse.checks.context import CheckContext, Finding
from contracts_runner.warehouse.checks.keys import check_references, check_unique
from contracts_runner.warehouse.checks.personal import check_no_raw_pii
from contracts_runner.warehouse.checks.reconcile import check_reconcile
from contracts_runner.warehouse.checks.structure import check_columns, check_engine, check_exists, check_order_by
from contracts_runner.warehouse.checks.sums import check_sum_equals
from contracts_runner.warehouse.checks.timing import check_freshness, check_job_status
from contracts_runner.warehouse.checks.values import check_accepted, check_matches, check_not_null, check_range
from contracts_runner.warehouse.checks.volume import check_delta, check_duplicate_backlog, check_row_count

CHECKS: Mapping[str, Callable[[CheckContext], Finding]] = {
    "exists": check_exists,
    "engine": check_engine,
    "order_by": check_order_by,
    "columns": check_columns,
    "row_count": check_row_count,
    "delta": check_delta,
    "not_null": check_not_null,
    "unique": check_unique,
    "freshness": check_freshness,
    "accepted": check_accepted,
    "range": check_range,
    "matches": check_matches,
    "references": check_references,
    "reconcile": check_reconcile,
    "sum_equals": check_sum_equals,
    "job_status": check_job_status,
    "no_raw_pii": check_no_raw_pii,
    "duplicate_backlog": check_duplicate_backlog,
}
