"""Which scenarios have a world of their own in a sandbox, and which share one."""

import hashlib
from collections.abc import Mapping

from contracts_runner.engine.needs import group_by_needs
from contracts_runner.engine.outgoing import find_operation
from contracts_runner.model.contract import Scenario
from contracts_runner.model.spec import Effect
from contracts_runner.openapi.spec import Specs
from contracts_runner.run.plan import RunPlan


def name_world(owner: str) -> str:
    """Return the name of the world that a sandbox keeps for a scenario, or for a part of the property phase."""
    return hashlib.sha256(owner.encode()).hexdigest()[:16]


def is_writing(specs: Specs, scenario: Scenario) -> bool:
    """Tell whether a scenario has a step that writes: then it gets an own world in a sandbox."""
    steps = (*scenario.steps, *scenario.cleanup)
    return any(find_operation(specs, step).effect is Effect.WRITE for step in steps)


def find_worlds(plan: RunPlan) -> Mapping[str, str]:
    """Return scenario -> the one whose world it is in, of those that write, and of all that are tied to one that does
    by needs: what they make is there for them alone, as long as the process."""
    if not plan.environment.is_simulated:
        return {}
    specs, scenarios = plan.project.specs, plan.selection.scenarios
    groups = group_by_needs(plan.needs)
    writing = {groups[each.id] for each in scenarios if is_writing(specs, each)}
    return {each.id: groups[each.id] for each in scenarios if groups[each.id] in writing}
