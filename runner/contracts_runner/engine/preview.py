"""What a scenario or a warehouse check would send: the requests of a run, as far as they are known before the first
answer."""

from collections.abc import Callable

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.conditions import find_exclusion, list_captures_left_out
from contracts_runner.engine.listing_request import (
    NotAskedError,
    Question,
    build_page_request,
    build_question,
    find_asked,
)
from contracts_runner.engine.outgoing import OutgoingStep, decide_scenario, decide_step, explain_cause
from contracts_runner.engine.request_values import list_held_names
from contracts_runner.engine.requests import Preparer, UnsentError
from contracts_runner.engine.scope import PreviewScope, UnresolvedError, ValueSource
from contracts_runner.errors import BlockedError, TransportError
from contracts_runner.model.contract import Scenario
from contracts_runner.model.exchange import Request
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import Operation
from contracts_runner.model.warehouse_kinds import Asks
from contracts_runner.openapi.spec import Spec
from contracts_runner.reading.expressions import ROW


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One step. `outcome` and `reason` say why it is not sent; `request` is None where it cannot be made."""

    outgoing: OutgoingStep
    request: Request | None = None
    outcome: Outcome | None = None
    reason: str = ""


def plan_scenario(
    scenario: Scenario, preparer: Preparer, *, permit: Callable[[Request], object], values: ValueSource
) -> list[PlannedStep]:
    """Return the steps in their order, as they go if every answer is as expected, then those of the cleanup.

    What is known only when a step runs is the text of its expression. `permit` raises BlockedError for a request that
    may not leave. Without a request that leaves there is no cleanup.
    """
    scope = PreviewScope(variables=preparer.environment.variables, source=values)
    scope.define(scenario.variables)
    scope.expect(scenario.needs)
    if scenario.row is not None:
        scope.share(ROW, scenario.row)

    def plan(outgoing: OutgoingStep) -> PlannedStep:
        try:
            missing = list_captures_left_out((step.outgoing.step for step in left_out), scope)
            schemas = preparer.specs[outgoing.step.spec].schemas
            held = list_held_names(outgoing.step, outgoing.operation, preparer.files) if missing else ()
            if exclusion := find_exclusion(outgoing.step, missing, scope, schemas, held):
                left_out.append(PlannedStep(outgoing=outgoing, outcome=Outcome.SKIPPED, reason=exclusion))
                return left_out[-1]
        except UnresolvedError as error:
            return PlannedStep(outgoing=outgoing, outcome=Outcome.ERRORED, reason=f"`when` cannot be judged: {error}")
        try:
            request, _ = preparer.prepare(outgoing, scope, scenario=scenario.id)
        except UnsentError as error:
            return PlannedStep(outgoing=outgoing, outcome=error.outcome, reason=str(error))
        try:
            permit(request)
        except BlockedError as error:
            return PlannedStep(outgoing=outgoing, request=request, outcome=Outcome.BLOCKED, reason=str(error))
        scope.expect(capture.name for capture in outgoing.step.captures)
        return PlannedStep(outgoing=outgoing, request=request)

    left_out: list[PlannedStep] = []
    planned: list[PlannedStep] = []
    for outgoing in decide_scenario(scenario, preparer.specs, preparer.environment):
        earlier = [
            (step.outgoing.step.name, step.outcome or Outcome.PASSED) for step in planned if step not in left_out
        ]
        reason = explain_cause(earlier) or (outgoing.reason if outgoing.probed_before else "")
        blocked = PlannedStep(outgoing=outgoing, outcome=Outcome.BLOCKED, reason=reason)
        planned.append(blocked if reason else plan(outgoing))
    if all(step.outcome for step in planned):
        return planned
    cleanup = [decide_step(step, preparer.specs, preparer.environment) for step in scenario.cleanup]
    return [*planned, *map(plan, cleanup)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWalk:
    """The first page of a walk over the pages of an operation. `problem` says why it does not come; `request` is None
    where it cannot be made."""

    asks: Asks
    operation: Operation
    question: Question
    request: Request | None = None
    problem: NotAskedError | TransportError | None = None

    @property
    def expressions(self) -> list[str]:
        """What takes the place of an item's values; empty for a walk that goes once."""
        return [str(value) for value in self.question.parameters.values()]


def plan_walks(asks: Asks, spec: Spec, preparer: Preparer, *, permit: Callable[[Request], object]) -> list[PlannedWalk]:
    """Return the walks that answer what a check asks.

    With `for_each` they are two: over its items, and the one that each item makes, with `${JSONPath}` for what comes
    from the item. The second is left out where the first does not go out. `permit` is as for `plan_scenario`.
    """
    if asks.for_each is None:
        return [_plan_walk(asks, build_question(asks), spec, preparer, permit)]
    outer = _plan_walk(asks, build_question(asks.for_each.asks), spec, preparer, permit)
    if outer.problem is not None:
        return [outer]
    parameters = {name: f"${{{path}}}" for name, path in asks.for_each.parameters.items()}
    return [outer, _plan_walk(asks, build_question(asks, parameters), spec, preparer, permit)]


def _plan_walk(
    asks: Asks, question: Question, spec: Spec, preparer: Preparer, permit: Callable[[Request], object]
) -> PlannedWalk:
    # A project whose checks name an unknown operation is not run.
    operation = find_asked(question, spec)
    request, problem = None, None
    try:
        request, _ = build_page_request(
            operation,
            question,
            1,
            spec=spec,
            environment=preparer.environment,
            base_url=preparer.base_url,
            headers=preparer.headers,
        )
        permit(request)
    except (NotAskedError, TransportError) as error:
        problem = error
    return PlannedWalk(asks=asks, operation=operation, question=question, request=request, problem=problem)
