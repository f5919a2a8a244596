"""The checks of docs/design.md, Warehouse contract: each kind to the function that decides."""

from dataclasses import replace
from typing import assert_never

from contracts_runner.model import warehouse_kinds as kinds
from contracts_runner.model.outcome import Outcome
from contracts_runner.warehouse.checks import own_query, personal, reconcile, sums, tables, timing, values
from contracts_runner.warehouse.checks.context import CheckContext, Finding
from contracts_runner.warehouse.checks.filtering import narrow, note_filter
from contracts_runner.warehouse.checks.previous import compare_with_previous


def run_check(context: CheckContext) -> Finding:
    """Return what the check finds; raises WarehouseUnavailable, WarehouseQueryError.

    What looked at no row has found nothing out: skipped, or failed where the check says `empty: fail`.
    """
    context = narrow(context)
    finding = _allow(context, _run_kind(context))
    if finding.looked_at == 0:
        outcome = Outcome.FAILED if context.check.is_empty_failed else Outcome.SKIPPED
        finding = replace(finding, outcome=outcome, message="no rows to look at", figure=None)
    finding = compare_with_previous(context, finding)
    return note_filter(context, finding)


def _allow(context: CheckContext, finding: Finding) -> Finding:
    """Return a failed finding as passed where `at_most` allows as many; its message says so."""
    allowance = context.check.at_most
    if allowance is None or finding.outcome is not Outcome.FAILED or finding.broken is None:
        return finding
    if allowance.covers(*finding.broken):
        message = f"{finding.message}; at_most: {allowance.text} allows it"
        return replace(finding, outcome=Outcome.PASSED, message=message)
    return replace(finding, message=f"{finding.message}; at_most: {allowance.text}")


def _run_kind(context: CheckContext) -> Finding:
    match context.check.kind:
        case kinds.Exists():
            return tables.check_exists(context)
        case kinds.Engine() as kind:
            return tables.check_engine(context, kind)
        case kinds.OrderBy() as kind:
            return tables.check_order_by(context, kind)
        case kinds.Columns() as kind:
            return tables.check_columns(context, kind)
        case kinds.RowCount() as kind:
            return tables.check_row_count(context, kind)
        case kinds.Delta() as kind:
            return tables.check_delta(context, kind)
        case kinds.NotNull() as kind:
            return values.check_not_null(context, kind)
        case kinds.Unique() as kind:
            return values.check_unique(context, kind)
        case kinds.Freshness() as kind:
            return timing.check_freshness(context, kind)
        case kinds.FreshnessOfItems() as kind:
            return timing.check_freshness_of_items(context, kind)
        case kinds.Accepted() as kind:
            return values.check_accepted(context, kind)
        case kinds.Range() as kind:
            return values.check_range(context, kind)
        case kinds.Matches() as kind:
            return values.check_matches(context, kind)
        case kinds.References() as kind:
            return values.check_references(context, kind)
        case kinds.Reconcile() as kind:
            return reconcile.check_reconcile(context, kind)
        case kinds.SumOfItems() as kind:
            return sums.check_sum_of_items(context, kind)
        case kinds.SumOfTable() as kind:
            return sums.check_sum_of_table(context, kind)
        case kinds.SumOfColumn() as kind:
            return sums.check_sum_of_column(context, kind)
        case kinds.JobStatus() as kind:
            return timing.check_job_status(context, kind)
        case kinds.NoRawPii() as kind:
            return personal.check_no_raw_pii(context, kind)
        case kinds.DuplicateBacklog() as kind:
            return tables.check_duplicate_backlog(context, kind)
        case kinds.OwnQuery() as kind:
            return own_query.check_query(context, kind)
        case kind:
            assert_never(kind)
