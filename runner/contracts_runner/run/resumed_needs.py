"""What the scenarios of a resumed run still have of those that they need.

What was captured comes back from the ledger. Where redaction hides it there, or the cleanup has run since, the needed
scenario is run again if it only reads or is a login; else who needs it is errored. So is one that keeps cookies, which
are in no ledger; and one that an interrupt ended before its last step, and that has cleaned up.
"""

from collections.abc import Iterable, Mapping, Sequence

from contracts_runner.engine.needs import Given, Needs
from contracts_runner.engine.outgoing import find_operation
from contracts_runner.engine.progress import Progress
from contracts_runner.engine.secret_captures import find_secret_captures
from contracts_runner.model.contract import Scenario, Step
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Effect
from contracts_runner.run.plan import RunPlan
from contracts_runner.run.resume import Resumption
from contracts_runner.run.scenario_worlds import find_worlds


def build_needs(plan: RunPlan, resume: Resumption | None) -> tuple[Needs, frozenset[str]]:
    """Return who needs whom of what is not finished, and the scenarios that are run again for them."""
    if resume is None:
        return Needs(plan.needs), frozenset()
    progress = resume.progress
    finished = {identifier for identifier, each in progress.items() if each.is_finished}
    finished |= {phase for phase in Phase if resume.has_finished(phase)}
    again, given = _recall_all(plan, progress, [user for user in plan.needs if user not in finished])
    again |= {each.id for each in plan.selection.scenarios if _begins_again(plan, progress.get(each.id), each)}
    needs = Needs({user: ids for user, ids in plan.needs.items() if user not in finished or user in again})
    for identifier, each in given.items():
        needs.give(identifier, each)
    return needs, frozenset(again)


def _recall_all(
    plan: RunPlan, progress: Mapping[str, Progress], users: Iterable[str]
) -> tuple[set[str], dict[str, Given]]:
    """Return the scenarios that are run again for users, and what the finished ones that are not give them."""
    scenarios = {scenario.id: scenario for scenario in plan.selection.scenarios}
    worlds = find_worlds(plan)
    again: set[str] = set()
    given: dict[str, Given] = {}
    waiting = list(users)
    while waiting:
        for identifier in plan.needs.get(waiting.pop(), ()):
            found = progress.get(identifier)
            if found is None or identifier in again or identifier in given:
                continue
            is_gone = _is_lost(found, scenarios[identifier]) and is_repeatable(plan, scenarios[identifier])
            if identifier in worlds or is_gone:
                again.add(identifier)
                waiting.append(identifier)
            elif found.is_finished:
                given[identifier] = _recall(found, scenarios[identifier])
    return again, given


def _is_lost(found: Progress, scenario: Scenario) -> bool:
    has_ended = len(found.rows) >= len(scenario.steps)
    return has_ended and found.outcome.traits.goes_on and (bool(found.withheld) or found.has_cleaned_up)


def _begins_again(plan: RunPlan, found: Progress | None, scenario: Scenario) -> bool:
    """True for one that has not ended and cannot go on: its cookies are not in the ledger, or it has cleaned up."""
    if found is None or found.is_finished:
        return False
    if scenario.keeps_cookies:
        return is_repeatable(plan, scenario)
    sent = [scenario.steps[number - 1] for number, row in found.rows.items() if row.attempts and not row.cleanup]
    return bool(found.kept_back) and found.has_cleaned_up and is_repeatable(plan, scenario, sent)


def is_repeatable(plan: RunPlan, scenario: Scenario, steps: Sequence[Step] | None = None) -> bool:
    """True for one that only reads (in `steps`, if given), or is a login: something that it captures is sent as a
    credential."""
    specs = plan.project.specs
    looked_at = scenario.steps if steps is None else steps
    is_reading = all(find_operation(specs, step).effect is Effect.READ for step in looked_at)
    return is_reading or bool(find_secret_captures(plan.project.scenarios, plan.environment)[scenario.id])


def _recall(found: Progress, scenario: Scenario) -> Given:
    problem = "its cleanup has run, and the run was resumed" if found.has_cleaned_up else ""
    steps = (
        scenario.steps[number - 1] for number, row in found.rows.items() if row.left_out is True and not row.cleanup
    )
    left_out = {each.name: step.name for step in steps for each in step.captures if each.name not in found.captured}
    return Given(
        outcome=found.outcome, captures=found.captured, lost=found.withheld, left_out=left_out, problem=problem
    )
