"""What a project has: its scenarios and warehouse checks, as `contracts list` shows them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from contracts_runner.engine.outgoing import decide_scenario, find_operation
from contracts_runner.engine.selection import select_scenarios
from contracts_runner.errors import SourceLocation, UsageError
from contracts_runner.maintenance.environments import read_open_environment
from contracts_runner.model.contract import Scenario
from contracts_runner.model.environment import Environment
from contracts_runner.model.spec import Operation
from contracts_runner.model.warehouse import find_asks
from contracts_runner.project.project import Project
from contracts_runner.reading.suggest import suggest_or_list


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioEntry:
    """A scenario. `known`: (environments, last day).

    `is_blocked`: the write policy of the chosen environment keeps some of its requests back; None without a choice.
    """

    id: str
    title: str
    contract: str
    location: SourceLocation
    tags: tuple[str, ...]
    operations: tuple[str, ...]
    known: tuple[tuple[tuple[str, ...], date], ...] = ()
    is_blocked: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckEntry:
    """A warehouse check; `operation` is the one that its table is compared with."""

    id: str
    table: str
    kind: str
    operation: str | None
    location: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Scenarios and warehouse checks in the order of their files."""

    scenarios: tuple[ScenarioEntry, ...]
    checks: tuple[CheckEntry, ...]


def take_inventory(project: Project, *, environment: str | None, tags: Sequence[str]) -> Inventory:
    """Return what there is; with tags only scenarios, because warehouse checks have none.

    With an environment, `known` holds only its entries, and warehouse checks are there only if it has a warehouse.
    Raises UsageError for an unknown environment or tag.
    """
    chosen = _find_environment(project, environment) if environment else None
    selection = select_scenarios(project.contracts, root=project.root, tags=tags)
    is_verified = not tags and (chosen is None or chosen.warehouse is not None)
    return Inventory(
        scenarios=tuple(_build_scenario(project, scenario, chosen) for scenario in selection.scenarios),
        checks=tuple(_iter_checks(project)) if is_verified else (),
    )


def list_operations(project: Project, scenario: Scenario) -> list[Operation]:
    """Return the operations of a scenario's steps and its cleanup, each one once, in their order."""
    spec = project.specs[scenario.spec]
    steps = (*scenario.steps, *scenario.cleanup)
    operations = {operation.label: operation for step in steps for operation in [find_operation(spec, step)]}
    return list(operations.values())


def _find_environment(project: Project, name: str) -> Environment | None:
    if name not in project.settings.environments:
        hint = suggest_or_list(name, project.settings.environments)
        raise UsageError(f"there is no environment '{name}'; {hint}")
    return read_open_environment(project.settings, name)[0]


def _build_scenario(project: Project, scenario: Scenario, environment: Environment | None) -> ScenarioEntry:
    operations = list_operations(project, scenario)
    return ScenarioEntry(
        id=scenario.id,
        title=scenario.title,
        contract=scenario.contract,
        location=scenario.location,
        tags=scenario.tags,
        operations=tuple(operation.label for operation in operations),
        known=tuple(
            (entry.environments, entry.until)
            for entry in scenario.known
            if environment is None or environment.name in entry.environments
        ),
        is_blocked=None if environment is None else _is_blocked(project, scenario, environment),
    )


def _is_blocked(project: Project, scenario: Scenario, environment: Environment) -> bool:
    """True if a step of the scenario would not leave the process."""
    spec = project.specs[scenario.spec]
    return any(outgoing.is_kept_back for outgoing in decide_scenario(scenario, spec, environment))


def _iter_checks(project: Project) -> Iterator[CheckEntry]:
    for contract in project.warehouses:
        for check in contract.checks:
            asks = find_asks(check)
            yield CheckEntry(
                id=check.name,
                table=check.table,
                kind=check.word,
                operation=asks.operation if asks else None,
                location=check.location,
            )
