"""What one user of a load does at a time: a scenario, after those that it needs, and never beside one with the same
word of `exclusive`."""

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from contracts_runner.engine.needs import Given, Needs, add_needed, list_needs
from contracts_runner.engine.scenarios import ScenarioRunner
from contracts_runner.faults import guard
from contracts_runner.model.contract import Scenario
from contracts_runner.model.outcome import Outcome
from contracts_runner.run.plan import RunPlan
from contracts_runner.run.scenario_worlds import is_writing

_WITH_OTHERS = "sent for those that need it"


def iter_left_out(plan: RunPlan, *, is_shared: bool) -> Iterator[tuple[str, str]]:
    """Yield (scenario, why it is no load by itself); `is_shared`: several processes send the load."""
    reasons = {scenario.id: _find_reason(plan, scenario, is_shared) for scenario in plan.selection.scenarios}
    users: dict[str, list[str]] = {}
    for scenario in plan.selection.scenarios:
        for needed in plan.needs.get(scenario.id, ()):
            users.setdefault(needed, []).append(scenario.id)
    for scenario in plan.selection.scenarios:
        if reason := reasons[scenario.id]:
            yield scenario.id, reason
        elif any(not reasons[user] for user in users.get(scenario.id, ())):
            yield scenario.id, _WITH_OTHERS


def _find_reason(plan: RunPlan, scenario: Scenario, is_shared: bool) -> str:
    for each in order_round(scenario, plan.project.scenarios):
        name = "it" if each is scenario else f"'{each.id}', which it needs,"
        hindrance = plan.find_hindrance(each)
        if is_writing(plan.project.specs, each):
            return f"{name} writes"
        if each.exclusive and is_shared:
            return f"{name} is exclusive, and workers do not know of one another"
        if hindrance is not None:
            return hindrance[1] if each is scenario else f"{name} is {hindrance[0]}: {hindrance[1]}"
    return ""


def order_round(scenario: Scenario, every: tuple[Scenario, ...]) -> tuple[Scenario, ...]:
    """Return a scenario and all that it needs, each after those that it needs itself."""
    waiting, ordered = [*add_needed([scenario], every)], list[Scenario]()
    while waiting:
        names = {each.id for each in waiting}
        ready = [each for each in waiting if names.isdisjoint(list_needs(each))]
        ordered += ready
        waiting = [each for each in waiting if each not in ready]
    return tuple(ordered)


class Rounds:
    """The rounds of all users. `build_runner` gives the runner of a scenario, `on_fault` hears of one that broke."""

    def __init__(
        self,
        rounds: Mapping[str, tuple[Scenario, ...]],
        build_runner: Callable[[Scenario], ScenarioRunner],
        on_fault: Callable[[str], None],
    ) -> None:
        self._rounds, self._on_fault = rounds, on_fault
        every = {each.id: each for ordered in rounds.values() for each in ordered}
        self._runners = {name: build_runner(each) for name, each in every.items()}
        self._words = {each.exclusive: threading.Lock() for each in every.values() if each.exclusive}

    def send(self, identifier: str) -> None:
        """Run a scenario once."""
        ordered = self._rounds[identifier]
        needs = Needs({each.id: list_needs(each) for each in ordered})
        with contextlib.ExitStack() as stack:
            # In one order: so nobody waits for who waits for him.
            for word in sorted({each.exclusive for each in ordered if each.exclusive}):
                stack.enter_context(self._words[word])
            for scenario in ordered:
                self._run(scenario, needs)
            for scenario in reversed(ordered):
                if needs.is_open(scenario.id):
                    self._guard(scenario.id, partial(needs.finish, scenario.id))

    def _run(self, scenario: Scenario, needs: Needs) -> None:
        runner = dataclasses.replace(self._runners[scenario.id], needs=needs)
        hindrance = needs.find_obstacle(scenario.id)
        if hindrance is not None:
            needs.give(scenario.id, Given(outcome=hindrance[0]))
            work: Callable[[], object] = partial(runner.leave_out, scenario, *hindrance)
        elif needs.is_needed(scenario.id):
            needs.give(scenario.id, Given(outcome=Outcome.ERRORED))  # unless it comes to its end
            work = lambda: needs.give(scenario.id, runner.begin(scenario))  # noqa: E731 - one of three
        else:
            work = partial(runner.run, scenario)
        self._guard(scenario.id, work)

    def _guard(self, identifier: str, work: Callable[[], object]) -> None:
        guard(work, lambda _: self._on_fault(identifier))
