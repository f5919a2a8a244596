"""What a project has: its scenarios and warehouse checks, as `contracts list` shows them."""

from collections.abc import Sequence

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.outgoing import decide_scenario, find_operation
from contracts_runner.engine.selection import select_scenarios
from contracts_runner.maintenance.environments import read_open_environment
from contracts_runner.model.contract import KnownDeviation, Scenario
from contracts_runner.model.environment import Environment
from contracts_runner.model.spec import Operation
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.project.project import Project


@dataclass(frozen=True, slots=True)
class ScenarioEntry:
    """A scenario with the operations of its steps and its cleanup, each once, and the deviations that are known.

    `is_blocked`: the write policy of the chosen environment keeps some of its requests back; None without a choice.
    """

    scenario: Scenario
    operations: tuple[Operation, ...]
    known: tuple[KnownDeviation, ...]
    is_blocked: bool | None


@dataclass(frozen=True, slots=True)
class Inventory:
    """Scenarios and warehouse checks in the order of their files."""

    scenarios: tuple[ScenarioEntry, ...]
    checks: tuple[TableCheck, ...]


def take_inventory(project: Project, *, environment: str | None = None, tags: Sequence[str] = ()) -> Inventory:
    """Return what there is; with tags only scenarios, because warehouse checks have none.

    With an environment, `known` holds only its entries, and warehouse checks are listed only if it has a warehouse.
    Raises UsageError for an unknown environment or tag.
    """
    chosen = _find_environment(project, environment) if environment else None
    selection = select_scenarios(project.contracts, root=project.root, tags=tags, list_needs=lambda _: ())
    is_verified = not tags and (chosen is None or bool(chosen.warehouses))
    checks = (check for contract in project.warehouses for check in contract.checks)
    return Inventory(
        scenarios=tuple(_build_entry(project, scenario, chosen) for scenario in selection.scenarios),
        checks=tuple(checks) if is_verified else (),
    )


def _find_environment(project: Project, name: str) -> Environment | None:
    project.settings.require_environment(name)
    return read_open_environment(project.settings, name)[0]


def _build_entry(project: Project, scenario: Scenario, environment: Environment | None) -> ScenarioEntry:
    operations = [find_operation(project.specs, step) for step in (*scenario.steps, *scenario.cleanup)]
    unique = tuple({operation.label: operation for operation in operations}.values())
    if environment is None:
        return ScenarioEntry(scenario, unique, scenario.known, is_blocked=None)
    known = tuple(entry for entry in scenario.known if environment.name in entry.environments)
    is_blocked = any(outgoing.is_kept_back for outgoing in decide_scenario(scenario, project.specs, environment))
    return ScenarioEntry(scenario, unique, known, is_blocked)
