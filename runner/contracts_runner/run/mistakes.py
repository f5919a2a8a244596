"""Which mistakes a run has to do with: those of contract files and of requests that what is selected has. It warns of
the other files; `contracts check` finds the same with everything selected, in each environment."""

import dataclasses
import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from contracts_runner.engine.captured_check import check_captured
from contracts_runner.engine.credential_check import check_asked_credentials, check_own_credentials
from contracts_runner.engine.environment_check import check_environment
from contracts_runner.engine.outgoing import find_operation
from contracts_runner.errors import Problem, ProjectError, Rule, Severity, SourceLocation, UsageError
from contracts_runner.model.contract import Scenario
from contracts_runner.model.environment import Environment, WritePolicy
from contracts_runner.model.spec import Operation
from contracts_runner.model.warehouse import WarehouseContract, iter_asked
from contracts_runner.project.project import Project
from contracts_runner.properties.selection import build_settings, find_unknown_operations, select_operations
from contracts_runner.reporting.text import make_visible


def find_mistakes(
    project: Project,
    environment: Environment,
    *,
    scenarios: Sequence[Scenario],
    warehouses: Sequence[WarehouseContract],
    generated: Mapping[str, Sequence[Operation]],
) -> Iterator[Problem]:
    """Yield what cannot be sent in an environment of scenarios, of what warehouse checks ask, and of generated requests
    (by the key of their spec).

    Values that are known only when a step runs are left to the engine; what `writes` keeps back is left out.
    """
    yield from check_captured(project, environment)
    yield from check_environment(project, scenarios, environment)
    yield from _check_addresses(project, environment, scenarios, warehouses, generated)
    yield from _check_warehouse_names(project, environment, warehouses)
    for key, spec in project.specs.items():
        if warehouses:
            from contracts_runner.engine.asked_check import check_asked

            yield from check_asked(warehouses, spec)
        yield from check_own_credentials(generated.get(key, ()), spec, environment)
        if environment.warehouses:
            yield from check_asked_credentials(warehouses, spec, environment)


def find_all_mistakes(project: Project, environment: Environment) -> Iterator[Problem]:
    """Yield the same for all that the project has, and what its probes cannot send where `--writes probe` is given."""
    project = project.place(environment)
    scenarios, generated = project.scenarios, find_generated(project, environment)
    if environment.properties is not None:
        # A spec that cannot be read has its own mistakes.
        if project.specs.keys() == project.settings.specs.keys():
            yield from find_unknown_operations(project.specs, environment)
        try:
            build_settings(environment)
        except UsageError as error:
            yield Problem(location=environment.location, message=str(error), rule=Rule.REFERENCE)
    yield from find_mistakes(
        project, environment, scenarios=scenarios, warehouses=project.warehouses, generated=generated
    )
    probed = [each for each in scenarios if any(step.probe for step in (*each.steps, *each.cleanup))]
    yield from check_environment(project, probed, dataclasses.replace(environment, writes=WritePolicy.PROBE))


def find_generated(project: Project, environment: Environment) -> dict[str, tuple[Operation, ...]]:
    """Return the operations, by the key of their spec, for which an environment has requests generated."""
    try:
        settings = build_settings(environment) if environment.properties is not None else None
    except UsageError:
        settings = None  # its `writes` leave no phase
    return {key: select_operations(spec, settings) for key, spec in project.specs.items()} if settings else {}


def _check_warehouse_names(
    project: Project, environment: Environment, contracts: Iterable[WarehouseContract]
) -> Iterator[Problem]:
    """Yield the contracts that do not say for which of several warehouses they are."""
    names = ", ".join(environment.warehouses)
    for contract in contracts if len(environment.warehouses) > 1 else ():
        if not contract.name:
            location = project.documents[contract.location.path].location(("warehouse",))
            message = f"the environment '{environment.name}' has several warehouses ({names}), and the file names none"
            hint = f"write `warehouse: {{spec: {contract.spec}, name: {next(iter(environment.warehouses))}}}`"
            yield Problem(location=location, message=message, hint=hint, rule=Rule.REFERENCE)


def _check_addresses(
    project: Project,
    environment: Environment,
    scenarios: Iterable[Scenario],
    warehouses: Iterable[WarehouseContract],
    generated: Mapping[str, Sequence[Operation]],
) -> Iterator[Problem]:
    """Yield the operations that there is no address for."""
    used = [operation for operations in generated.values() for operation in operations]
    for scenario in scenarios:
        used += [find_operation(project.specs, step) for step in (*scenario.steps, *scenario.cleanup)]
    for contract in warehouses if environment.warehouses else ():
        spec = project.specs.get(contract.spec)
        asked = (name for check in contract.checks for name in iter_asked(check))
        used += filter(None, map(spec.find_operation, asked) if spec else ())
    for operation in used:
        if operation.unmapped:
            message = f"{operation.label} {operation.unmapped}"
            hint = f"add to its `servers`: {{{json.dumps(operation.servers[0])}: ADDRESS}}"
            yield Problem(location=environment.location, message=message, hint=hint, rule=Rule.SERVERS)


def split_mistakes(
    project: Project, chosen: Collection[SourceLocation], *, is_everything: bool
) -> tuple[list[Problem], list[Problem]]:
    """Return the mistakes of what is chosen, then the others.

    `chosen` are the places of the selected scenarios, warehouse checks and `known` entries. A mistake that none of them
    alone has is that of its whole file; a file in which nothing could be read is chosen if everything is.
    """
    entries = set(_iter_entries(project))
    chosen_files = {location.path for location in chosen}
    if is_everything:
        chosen_files |= project.documents.keys() - {location.path for location in entries}
    needed: list[Problem] = []
    others: list[Problem] = []
    for problem in project.mistakes:
        is_own = problem.owner in entries
        is_needed = problem.owner in chosen if is_own else problem.location.path in chosen_files
        if problem.severity is Severity.ERROR:
            (needed if is_needed else others).append(problem)
    return needed, others


def print_warnings(problems: Iterable[Problem]) -> None:
    """Print mistakes that do not keep a command from its work, on stderr."""
    for problem in ProjectError(problems).problems:
        print(make_visible(f"warning: {problem}"), file=sys.stderr)


def _iter_entries(project: Project) -> Iterator[SourceLocation]:
    yield from (scenario.location for scenario in project.scenarios)
    yield from (known.location for known in project.known_properties)
    yield from (check.location for contract in project.warehouses for check in contract.checks)
