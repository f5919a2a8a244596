"""What a run will do: environment, scenarios, warehouse checks; all mistakes are found before anything is sent."""

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from contracts_runner.engine.authorization import choose_schemes
from contracts_runner.engine.selection import Selection, is_check_match, select_scenarios
from contracts_runner.engine.steps import find_operation
from contracts_runner.errors import Problem, ProjectError, UsageError
from contracts_runner.model.contract import Scenario
from contracts_runner.model.environment import Environment, PublishSettings, WritePolicy
from contracts_runner.model.spec import Effect
from contracts_runner.model.warehouse import TableCheck, WarehouseContract
from contracts_runner.project.project import Project
from contracts_runner.project.references.references import check_environment
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.properties.selection import OperationFilter, is_operation_match, list_tags
from contracts_runner.run.generation import PropertyPlan, plan_properties, show_properties
from contracts_runner.run.history import find_target

if TYPE_CHECKING:
    from contracts_runner.run.resume import Resumption


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The command line of a run, parsed."""

    environment: str | None
    selectors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    phases: tuple[str, ...]
    is_phase_chosen: bool = False
    jobs: int | None = None
    seed: int = 1
    shard: tuple[int, int] | None = None
    is_fail_fast: bool = False
    output: Path | None = None
    formats: tuple[str, ...] = ()
    writes: WritePolicy | None = None
    is_missing_skipped: bool = False
    is_strict: bool = False
    is_published: bool = False
    property_phases: tuple[str, ...] = ()
    resume: "Resumption | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """What is going to happen."""

    project: Project
    environment: Environment
    options: RunOptions
    selection: Selection
    warehouses: tuple[WarehouseContract, ...]
    history: PublishSettings | None = None  # where the results are published
    properties: PropertyPlan | None = None

    @property
    def has_warehouse(self) -> bool:
        """True if the warehouse phase is part of the run."""
        return any(contract.checks or contract.snapshots for contract in self.warehouses)


def plan_run(project: Project, options: RunOptions) -> RunPlan:
    """Return the plan; raises UsageError or ProjectError for everything that can be known before the first request."""
    name = options.environment or project.settings.default_environment
    environment = resolve_environment(project.settings, name, os.environ)
    environment = dataclasses.replace(
        environment, writes=options.writes or environment.writes, jobs=options.jobs or environment.jobs
    )
    properties = plan_properties(
        project,
        environment,
        is_wanted="properties" in options.phases,
        is_chosen=options.is_phase_chosen or bool(options.property_phases),
        phases=options.property_phases,
        chosen=OperationFilter(patterns=options.selectors, tags=options.tags, shard=options.shard),
    )
    selection, warehouses = _select(project, options, environment, properties)
    problems = check_environment(project, selection.scenarios, environment)
    if not options.is_missing_skipped:
        problems = [*problems, *_report_missing(environment)]
    if problems:
        raise ProjectError(problems)
    return RunPlan(
        project=project,
        environment=environment,
        options=options,
        selection=selection,
        warehouses=warehouses,
        properties=properties,
        history=find_target(environment, is_asked=options.is_published, root=project.root),
    )


def _select(
    project: Project, options: RunOptions, environment: Environment, properties: PropertyPlan | None
) -> tuple[Selection, tuple[WarehouseContract, ...]]:
    def is_chosen(check: TableCheck) -> bool:
        patterns = options.selectors
        return not patterns or any(is_check_match(check, pattern, project.root) for pattern in patterns)

    def is_known(pattern: str) -> bool:
        if properties is not None and is_operation_match(project.specs.values(), pattern):
            return True
        checks = (check for contract in project.warehouses for check in contract.checks)
        return any(is_check_match(check, pattern, project.root) for check in checks)

    is_verifying = "warehouse" in options.phases and (environment.warehouse is not None or options.is_phase_chosen)
    warehouses: tuple[WarehouseContract, ...] = ()
    if is_verifying and not options.tags:
        warehouses = tuple(
            dataclasses.replace(contract, checks=tuple(filter(is_chosen, contract.checks)))
            for contract in project.warehouses
            if not options.selectors or any(map(is_chosen, contract.checks))
        )
    selection = select_scenarios(
        project.contracts,
        root=project.root,
        patterns=options.selectors,
        tags=options.tags,
        shard=options.shard,
        is_known=is_known,
        is_known_tag=lambda tag: properties is not None and tag in list_tags(project.specs.values()),
    )
    if "scenarios" not in options.phases:
        selection = Selection((), selection.deselected + len(selection.scenarios))
    has_checks = any(contract.checks for contract in warehouses)
    if not selection.scenarios and not has_checks and properties is None:
        raise UsageError("nothing is selected: `contracts run --dry-run` without arguments shows what there is")
    return selection, warehouses


def _report_missing(environment: Environment) -> list[Problem]:
    return [
        Problem(
            location=environment.location,
            message=f"the credential '{credential}' of environment '{environment.name}' is missing: "
            f"${variable} is not set",
            hint="set it in the process environment or in .env, or run with --skip-missing",
            rule="missing-credential",
        )
        for credential, variable in environment.missing_credentials.items()
    ]


def find_missing_credentials(project: Project, environment: Environment, scenario: Scenario) -> list[str]:
    """Return the names of the credentials that the scenario needs and the environment lacks."""
    spec = project.specs[scenario.spec]
    needed: dict[str, None] = {}
    for step in (*scenario.steps, *scenario.cleanup):
        operation = find_operation(spec, step)
        if step.auth in ("none", "invalid"):
            continue
        names = (step.auth,) if step.auth else choose_schemes(operation, environment.credentials)
        needed.update(dict.fromkeys(names))
    return [name for name in needed if name in environment.missing_credentials]


def show_plan(plan: RunPlan) -> str:
    """Return what would be sent, a line each."""
    environment = plan.environment
    lines = [f"dry run: nothing was sent. Environment {environment.name}, writes: {environment.writes}"]
    for scenario in plan.selection.scenarios:
        lines.append(f"{scenario.id}  {scenario.title}  ({scenario.location})")
        spec = plan.project.specs[scenario.spec]
        for step in (*scenario.steps, *scenario.cleanup):
            operation = find_operation(spec, step)
            is_kept_back = operation.effect is Effect.WRITE and environment.writes is WritePolicy.BLOCK
            mark = "  [write: kept back]" if is_kept_back else "  [write]" * (operation.effect is Effect.WRITE)
            lines.append(f"    {step.name}: {operation.method} {operation.path}{mark}")
    for contract in plan.warehouses:
        lines += [f"{check.id or check.table}  {check.table}: {check.word}" for check in contract.checks]
    if plan.properties is not None:
        lines += show_properties(plan.properties)
    lines.append(_count(plan.selection, plan.warehouses))
    return "\n".join(lines)


def _count(selection: Selection, warehouses: Sequence[WarehouseContract]) -> str:
    checks = sum(len(contract.checks) for contract in warehouses)
    return f"{len(selection.scenarios)} scenarios, {checks} warehouse checks; {selection.deselected} not selected"
