"""What `contracts run --dry-run` prints."""

from collections.abc import Sequence

from contracts_runner.engine.selection import Selection
from contracts_runner.model.warehouse import WarehouseContract
from contracts_runner.run.plan import PropertyPlan, RunPlan
from contracts_runner.run.preview.requests import RequestPrinter
from contracts_runner.run.preview.scenarios import ScenarioPreview
from contracts_runner.run.preview.warehouse import WarehousePreview


def show_plan(plan: RunPlan) -> str:
    """Return what would be sent, as lines."""
    environment = plan.environment
    printer = RequestPrinter(plan)
    # All is planned, and recorded once, before anything is shown: what one request marks as personal, an earlier one
    # may repeat.
    scenarios, warehouse = ScenarioPreview(plan, printer), WarehousePreview(plan, printer)
    lines = [f"dry run: nothing was sent. Environment {environment.name}, writes: {environment.writes}"]
    lines += [*scenarios.iter_lines(), *warehouse.iter_lines()]
    if plan.properties is not None:
        lines += _list_properties(plan.properties)
    lines.append(_count(plan.selection, plan.warehouses))
    return "\n".join(lines)


def _list_properties(plan: PropertyPlan) -> list[str]:
    settings = plan.settings
    lines = [f"properties: {', '.join(settings.phases)}; up to {settings.max_examples} examples of an operation"]
    for operations in plan.operations.values():
        lines += [f"    {operation.label}: {operation.method} {operation.path}" for operation in operations]
    return lines


def _count(selection: Selection, warehouses: Sequence[WarehouseContract]) -> str:
    checks = sum(len(contract.checks) for contract in warehouses)
    return f"{len(selection.scenarios)} scenarios, {checks} warehouse checks; {selection.deselected} not selected"
