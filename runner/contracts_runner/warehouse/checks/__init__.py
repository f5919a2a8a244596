"""The checks of docs/design.md, Warehouse contract: each kind to the function that decides."""

from typing import assert_never

from contracts_runner.model import warehouse_kinds as kinds
from contracts_runner.warehouse.checks.context import CheckContext, Finding
from contracts_runner.warehouse.checks.keys import check_references, check_unique
from contracts_runner.warehouse.checks.personal import check_no_raw_pii
from contracts_runner.warehouse.checks.reconcile import check_reconcile
from contracts_runner.warehouse.checks.structure import check_columns, check_engine, check_exists, check_order_by
from contracts_runner.warehouse.checks.sums import check_sum_of_items, check_sum_of_table
from contracts_runner.warehouse.checks.timing import check_freshness, check_job_status
from contracts_runner.warehouse.checks.values import check_accepted, check_matches, check_not_null, check_range
from contracts_runner.warehouse.checks.volume import check_delta, check_duplicate_backlog, check_row_count


def run_check(context: CheckContext) -> Finding:
    """Return what the check finds; raises WarehouseUnavailable, WarehouseQueryError."""
    match context.check.kind:
        case kinds.Exists():
            return check_exists(context)
        case kinds.Engine() as kind:
            return check_engine(context, kind)
        case kinds.OrderBy() as kind:
            return check_order_by(context, kind)
        case kinds.Columns() as kind:
            return check_columns(context, kind)
        case kinds.RowCount() as kind:
            return check_row_count(context, kind)
        case kinds.Delta() as kind:
            return check_delta(context, kind)
        case kinds.NotNull() as kind:
            return check_not_null(context, kind)
        case kinds.Unique() as kind:
            return check_unique(context, kind)
        case kinds.Freshness() as kind:
            return check_freshness(context, kind)
        case kinds.Accepted() as kind:
            return check_accepted(context, kind)
        case kinds.Range() as kind:
            return check_range(context, kind)
        case kinds.Matches() as kind:
            return check_matches(context, kind)
        case kinds.References() as kind:
            return check_references(context, kind)
        case kinds.Reconcile() as kind:
            return check_reconcile(context, kind)
        case kinds.SumOfItems() as kind:
            return check_sum_of_items(context, kind)
        case kinds.SumOfTable() as kind:
            return check_sum_of_table(context, kind)
        case kinds.JobStatus() as kind:
            return check_job_status(context, kind)
        case kinds.NoRawPii() as kind:
            return check_no_raw_pii(context, kind)
        case kinds.DuplicateBacklog() as kind:
            return check_duplicate_backlog(context, kind)
        case kind:
            assert_never(kind)
