"""What a run will do: environment, scenarios, warehouse checks; all mistakes are found before anything is sent."""

import dataclasses
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.authorization import explain_missing, find_missing
from contracts_runner.engine.credential_needs import list_operation_needs, list_scenario_needs, spread_missing
from contracts_runner.engine.needs import add_needed
from contracts_runner.engine.outgoing import decide_step
from contracts_runner.engine.selection import Selection, is_check_match, select_scenarios
from contracts_runner.errors import Problem, ProjectError, Rule, SourceLocation, UsageError, leave_out_told
from contracts_runner.model.contract import Scenario
from contracts_runner.model.environment import Environment, PublishSettings, WarehouseSettings
from contracts_runner.model.held import Held
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Operation
from contracts_runner.model.warehouse import TableCheck, WarehouseContract, iter_asked
from contracts_runner.project.project import Project
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.properties.selection import (
    GenerationSettings,
    OperationFilter,
    build_settings,
    find_unknown_operations,
    is_operation_match,
    list_tags,
    select_operations,
)
from contracts_runner.reading.variables import load_variables
from contracts_runner.results.events import BaselineRecorded
from contracts_runner.results.rows import ShardRow
from contracts_runner.results.traffic_rows import TrafficFile
from contracts_runner.run.mistakes import find_mistakes, split_mistakes
from contracts_runner.run.options import RunOptions

PUBLISH_VARIABLE = "CONTRACTS_PUBLISH_DSN"


@dataclass(frozen=True, slots=True)
class PropertyPlan:
    """How requests are generated, and the selected operations of each spec, by its key."""

    settings: GenerationSettings
    operations: Mapping[str, tuple[Operation, ...]]

    def leave_out(self, labels: Collection[str]) -> "PropertyPlan":
        """Return the plan without some operations."""
        kept = {
            key: tuple(operation for operation in operations if operation.label not in labels)
            for key, operations in self.operations.items()
        }
        return PropertyPlan(self.settings, {key: operations for key, operations in kept.items() if operations})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """What is going to happen."""

    project: Project
    environment: Environment
    options: RunOptions
    selection: Selection
    needs: Mapping[str, tuple[str, ...]]  # scenario -> those that it needs, of all that are selected
    today: date
    warehouses: tuple[WarehouseContract, ...]
    warnings: tuple[Problem, ...] = ()  # the mistakes of contract files that nothing selected has
    history: PublishSettings | None = None  # where the results are published
    properties: PropertyPlan | None = None
    baseline: BaselineRecorded | None = None
    shard: ShardRow | None = None  # which part of a selection this is
    observed: tuple[TrafficFile, ...] = ()  # recorded traffic, in the place of all that would be sent
    observed_at: str = ""  # where that went to
    command: str = ""  # the command line, where it is not one of `contracts`

    @property
    def has_warehouse(self) -> bool:
        """True if the warehouse phase is part of the run."""
        return any(contract.checks or contract.snapshots for contract in self.warehouses)

    def is_quarantined(self, scenario: Scenario) -> bool:
        """True for a scenario that is told apart, and decides nothing."""
        return scenario.quarantine is not None and scenario.quarantine.holds(self.environment.name, self.today)

    def let_go(self) -> None:
        """Give up the contracts, when all is sent: the end of a run needs their room."""
        for held in (self.project.contracts, self.selection.scenarios):
            if isinstance(held, Held):
                held.let_go()

    def find_hindrance(self, scenario: Scenario) -> tuple[Outcome, str] | None:
        """Return why nothing of the scenario can be sent, and what it is then; None if it is run."""
        return find_hindrance(scenario, self.project, self.environment, self.today)


def find_hindrance(
    scenario: Scenario, project: Project, environment: Environment, today: date
) -> tuple[Outcome, str] | None:
    """Return why nothing of a scenario can be sent in an environment, and what it is then; None if it is run."""
    if scenario.skip and scenario.skip.holds(environment.name, today):
        until = f" (until {scenario.skip.until})" if scenario.skip.until else ""
        return Outcome.SKIPPED, f"{scenario.skip.because}{until}"
    missing: dict[str, None] = {}
    for step in (*scenario.steps, *scenario.cleanup):
        spec = project.specs.get(step.spec)
        if spec is None:
            return None  # a mistake of its file
        outgoing = decide_step(step, project.specs, environment)
        if obstacle := outgoing.operation.obstacle:
            return Outcome.ERRORED, f"{outgoing.operation.label} {obstacle}"
        names = find_missing(
            outgoing.step.auth, operation=outgoing.operation, schemes=spec.security_schemes, environment=environment
        )
        missing.update(dict.fromkeys(names))
    reason = explain_missing(missing, environment)
    return (Outcome.SKIPPED, reason) if reason else None


def _list_needs(scenario: Scenario, project: Project, environment: Environment, today: date) -> tuple[str, ...]:
    """Return the ids of the scenarios that one needs; none where nothing of it is sent."""
    needed = list_scenario_needs(scenario, project.specs, environment)
    return () if not needed or find_hindrance(scenario, project, environment, today) else needed


def _list_phase_needs(
    project: Project,
    environment: Environment,
    properties: PropertyPlan | None,
    warehouses: Iterable[WarehouseContract],
) -> dict[str, tuple[str, ...]]:
    """Return phase -> the ids of the scenarios that give the credentials of its requests."""
    needed: dict[str, dict[str, None]] = {Phase.PROPERTIES: {}, Phase.WAREHOUSE: {}}
    for operations in properties.operations.values() if properties else ():
        found = list_operation_needs(operations, project.specs, environment)
        needed[Phase.PROPERTIES] |= dict.fromkeys(found)
    for contract in warehouses:
        if spec := project.specs.get(contract.spec):
            names = dict.fromkeys(name for check in contract.checks for name in iter_asked(check))
            asked = filter(None, map(spec.find_operation, names))
            needed[Phase.WAREHOUSE] |= dict.fromkeys(list_operation_needs(asked, project.specs, environment))
    return {phase: tuple(ids) for phase, ids in needed.items() if ids}


def plan_run(project: Project, options: RunOptions) -> RunPlan:
    """Return the plan; raises UsageError or ProjectError for everything that can be known before the first request."""
    name = options.environment or project.settings.default_environment
    environment = resolve_environment(project.settings, name, os.environ)
    environment = dataclasses.replace(
        environment, writes=options.writes or environment.writes, jobs=options.jobs or environment.jobs
    )
    project = project.place(environment)
    environment = spread_missing(project.scenarios, project.specs, environment)
    properties = _plan_properties(project, options, environment)
    today = datetime.now(UTC).date()
    selection, warehouses = _select(project, options, environment, properties, today)
    chosen = set(_iter_chosen(project, selection, warehouses, properties))
    mistakes, others = split_mistakes(project, chosen, is_everything=not options.is_narrowed)
    generated = properties.operations if properties else {}
    found = find_mistakes(
        project, environment, scenarios=selection.scenarios, warehouses=warehouses, generated=generated
    )
    spared = {Rule.UNDEFINED, Rule.SERVERS, *([Rule.MISSING_CREDENTIAL] if options.is_missing_skipped else [])}
    unset = [] if options.is_missing_skipped else _report_missing(environment)
    problems = [*mistakes, *leave_out_told((problem for problem in found if problem.rule not in spared), mistakes)]
    if problems or (unset and not options.is_dry_run):
        raise ProjectError([*problems, *unset])
    return RunPlan(
        project=project,
        environment=environment,
        options=options,
        selection=dataclasses.replace(selection, scenarios=Held(selection.scenarios)),
        needs={
            **{scenario.id: _list_needs(scenario, project, environment, today) for scenario in selection.scenarios},
            **_list_phase_needs(project, environment, properties, warehouses),
        },
        today=today,
        warehouses=warehouses,
        # What is not set yet is no reason to show nothing.
        warnings=(*others, *unset),
        properties=properties,
        history=_find_history(environment, is_asked=options.is_published, root=project.root),
    )


def _plan_properties(project: Project, options: RunOptions, environment: Environment) -> PropertyPlan | None:
    """Return None where the phase is not wanted, or neither configured nor chosen by name, or nothing is left of it.

    Raises ProjectError for what `properties` names and no spec has.
    """
    is_configured = environment.properties is not None or options.is_phase_chosen or options.property_phases
    is_left_out = options.chosen and not options.list_chosen(Phase.PROPERTIES)
    if Phase.PROPERTIES not in options.phases or not is_configured or is_left_out:
        return None
    problems = find_unknown_operations(project.specs, environment)
    if problems:
        raise ProjectError(problems)
    settings = build_settings(environment, phases=options.property_phases)
    chosen = OperationFilter(
        patterns=options.selectors,
        tags=options.tags,
        excluded_tags=options.excluded_tags,
        only=options.list_chosen(Phase.PROPERTIES),
    )
    found = {key: select_operations(spec, settings, chosen) for key, spec in project.specs.items()}
    operations = {key: selected for key, selected in found.items() if selected}
    return PropertyPlan(settings, operations) if operations else None


def _select(
    project: Project, options: RunOptions, environment: Environment, properties: PropertyPlan | None, today: date
) -> tuple[Selection, tuple[WarehouseContract, ...]]:
    def is_chosen(check: TableCheck) -> bool:
        patterns = options.selectors
        is_match = not patterns or any(is_check_match(check, pattern, project.root) for pattern in patterns)
        return is_match and options.chooses(Phase.WAREHOUSE, check.name)

    def is_known(pattern: str) -> bool:
        if properties is not None and is_operation_match(project.specs.values(), pattern):
            return True
        checks = (check for contract in project.warehouses for check in contract.checks)
        return any(is_check_match(check, pattern, project.root) for check in checks)

    is_verifying = Phase.WAREHOUSE in options.phases and (bool(environment.warehouses) or options.is_phase_chosen)
    warehouses: tuple[WarehouseContract, ...] = ()
    if is_verifying and not options.tags:
        warehouses = tuple(
            dataclasses.replace(contract, checks=tuple(filter(is_chosen, contract.checks)))
            for contract in project.warehouses
            if not (options.selectors or options.chosen) or any(map(is_chosen, contract.checks))
        )
    selection = select_scenarios(
        project.contracts,
        root=project.root,
        patterns=options.selectors,
        tags=options.tags,
        excluded_tags=options.excluded_tags,
        list_needs=lambda scenario: _list_needs(scenario, project, environment, today),
        is_known=is_known,
        is_known_tag=lambda tag: properties is not None and tag in list_tags(project.specs.values()),
        is_wanted=lambda scenario: options.chooses(Phase.SCENARIOS, scenario.id),
    )
    if Phase.SCENARIOS not in options.phases:
        selection = Selection((), selection.deselected + len(selection.scenarios))
    phase_needs = _list_phase_needs(project, environment, properties, warehouses)
    selection = _add_needed(selection, project, environment, phase_needs, today)
    has_checks = any(contract.checks for contract in warehouses)
    if not selection.scenarios and not has_checks and properties is None:
        raise UsageError("nothing is selected: `contracts run --dry-run` without arguments shows what there is")
    return selection, warehouses


def _add_needed(
    selection: Selection, project: Project, environment: Environment, needs: Mapping[str, Iterable[str]], today: date
) -> Selection:
    """Return the selection with the scenarios that phases need."""
    ids = set(chain.from_iterable(needs.values())).difference(each.id for each in selection.scenarios)
    wanted = [scenario for scenario in project.scenarios if scenario.id in ids]
    if not wanted:
        return selection
    chosen = [*selection.scenarios, *wanted]
    found = add_needed(chosen, project.scenarios, lambda each: _list_needs(each, project, environment, today))
    return Selection(found, selection.deselected - len(found) + len(selection.scenarios))


def _iter_chosen(
    project: Project,
    selection: Selection,
    warehouses: Iterable[WarehouseContract],
    properties: PropertyPlan | None,
) -> Iterator[SourceLocation]:
    """Yield the places of all in the contract files that the run goes by."""
    yield from (scenario.location for scenario in selection.scenarios)
    yield from (check.location for contract in warehouses for check in contract.checks)
    yield from (known.location for known in (project.known_properties if properties else ()))


def _report_missing(environment: Environment) -> list[Problem]:
    return [
        Problem(
            location=environment.location,
            message=f"the credential '{credential}' of environment '{environment.name}' is missing: "
            f"${variable} is not set",
            hint="set it in the process environment or in .env, or run with --skip-missing",
            rule=Rule.MISSING_CREDENTIAL,
        )
        for credential, variable in environment.missing_credentials.items()
    ]


def _find_history(environment: Environment, *, is_asked: bool, root: Path) -> PublishSettings | None:
    """Return where a run is published; None if nowhere.

    `publish:` of the environment, whose DSN may be missing only if nobody asked on the command line; without that
    key, `--publish` writes to the server of $CONTRACTS_PUBLISH_DSN and creates the tables. Raises UsageError.
    """
    target = environment.publish
    if target is None and is_asked:
        variables, _ = load_variables(root, os.environ)  # resolve_environment has reported the mistakes
        dsn = variables.get(PUBLISH_VARIABLE)
        settings = WarehouseSettings(
            dsn=dsn, missing=PUBLISH_VARIABLE, proxies=environment.proxies, limits=environment.limits
        )
        target = PublishSettings(target=settings, is_creating=True)
    if target is not None and target.target.dsn is None and is_asked:
        raise UsageError(
            f"--publish: ${target.target.missing} is not set; it holds the DSN of the ClickHouse to write to"
        )
    return target
