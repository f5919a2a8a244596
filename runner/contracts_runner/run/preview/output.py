"""What `contracts run --dry-run` prints."""

from collections.abc import Sequence

from contracts_runner.engine.selection import Selection
from contracts_runner.model.nouns import count_noun
from contracts_runner.model.phase import Phase
from contracts_runner.model.warehouse import WarehouseContract
from contracts_runner.run.plan import RunPlan
from contracts_runner.run.preview.properties import iter_property_lines
from contracts_runner.run.preview.requests import RequestPrinter
from contracts_runner.run.preview.scenarios import ScenarioPreview
from contracts_runner.run.preview.tokens import iter_token_lines
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
        lines += iter_property_lines(plan, plan.properties, printer)
    lines += iter_token_lines(plan, printer.base_url)
    lines.append(_count(plan.selection, plan.warehouses))
    return "\n".join(lines)


def _count(selection: Selection, warehouses: Sequence[WarehouseContract]) -> str:
    checks = sum(len(contract.checks) for contract in warehouses)
    scenarios = count_noun(len(selection.scenarios), Phase.SCENARIOS.noun)
    return f"{scenarios}, {count_noun(checks, Phase.WAREHOUSE.noun)}; {selection.deselected} not selected"
