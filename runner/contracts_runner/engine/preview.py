"""What a scenario would send: the requests that a run makes of it, as far as they are known before the first answer."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts_runner.engine.outgoing import OutgoingStep, decide_scenario, decide_step, explain_cause
from contracts_runner.engine.requests import Preparer, UnsentError
from contracts_runner.engine.scope import PreviewScope
from contracts_runner.errors import BlockedError
from contracts_runner.model.contract import Scenario
from contracts_runner.model.exchange import Request
from contracts_runner.model.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One step. `outcome` and `reason` say why it is not sent; `request` is None where it cannot be made."""

    outgoing: OutgoingStep
    request: Request | None = None
    outcome: Outcome | None = None
    reason: str = ""


def plan_scenario(scenario: Scenario, preparer: Preparer, *, permit: Callable[[Request], None]) -> list[PlannedStep]:
    """Return the steps in their order, as they go if every answer is as expected, then those of the cleanup.

    What is known only when a step runs is the text of its expression. `permit` raises BlockedError for a request that
    may not leave. Without a request that leaves there is no cleanup.
    """
    scope = PreviewScope(variables=preparer.environment.variables)

    def plan(outgoing: OutgoingStep) -> PlannedStep:
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

    planned: list[PlannedStep] = []
    for outgoing in decide_scenario(scenario, preparer.spec, preparer.environment):
        earlier = [(step.outgoing.step.name, step.outcome or Outcome.PASSED) for step in planned]
        reason = explain_cause(earlier) or (outgoing.reason if outgoing.probed_before else "")
        blocked = PlannedStep(outgoing=outgoing, outcome=Outcome.BLOCKED, reason=reason)
        planned.append(blocked if reason else plan(outgoing))
    if all(step.outcome for step in planned):
        return planned
    cleanup = [decide_step(step, preparer.spec, preparer.environment) for step in scenario.cleanup]
    return [*planned, *map(plan, cleanup)]
