"""Scenarios that others need: each is run once before them, its captures are theirs, and its cleanup waits for the last
of them.

`Needs` knows who needs whom, and keeps what came of it. Whoever runs scenarios (engine/threads.py) gives it the end of
their steps and takes from it those whose cleanup is due; whoever needs one, a scenario or a phase, finds its captures
here.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.model.contract import Scenario
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome

# Scenario -> the ids of those that it needs.
ListNeeds = Callable[[Scenario], Iterable[str]]


def list_needs(scenario: Scenario) -> tuple[str, ...]:
    """Return the ids that a scenario itself says it needs."""
    return tuple(dict.fromkeys(scenario.needs.values()))


def add_needed(
    chosen: Iterable[Scenario], every: Iterable[Scenario], list_needs: ListNeeds = list_needs
) -> tuple[Scenario, ...]:
    """Return the chosen scenarios and all that they need, directly or not, in the order of `every`."""
    by_id = {scenario.id: scenario for scenario in every}
    found: dict[str, None] = {}
    waiting = [scenario.id for scenario in chosen]
    while waiting:
        identifier = waiting.pop()
        if identifier not in found and identifier in by_id:
            found[identifier] = None
            waiting += list_needs(by_id[identifier])
    return tuple(scenario for identifier, scenario in by_id.items() if identifier in found)


def group_by_needs(needed: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return scenario -> the same one for all that are tied by needs, itself for one that is tied to none."""
    groups = {identifier: identifier for identifier in needed}
    for user, ids in needed.items():
        for identifier in ids:
            kept, other = groups[user], groups[identifier]
            groups |= {each: kept for each, group in groups.items() if group == other}
    return groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a scenario has come to when its steps have ended. `lost`: capture -> why its value cannot be known;
    `left_out`: capture -> step of the steps that `when` has left out.
    `finish` runs its cleanup and records its end; None where there is nothing left to do. `problem` is why what it has
    made is not there any more."""

    outcome: Outcome
    captures: Mapping[str, Json] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    finish: Callable[[], object] | None = None
    problem: str = ""


def explain_need(identifier: str, outcome: Outcome) -> str:
    """Return why nothing is sent of what needs a scenario that came to this."""
    return f"not sent: scenario '{identifier}', which it needs, is {outcome}"


class Needs:
    """Who needs whom in one run, and what was given; for all threads.

    `needed`: user -> the ids of the scenarios that it needs. A user is a scenario's id, or the name of a phase.
    """

    def __init__(self, needed: Mapping[str, Iterable[str]]) -> None:
        self._needed = {user: tuple(ids) for user, ids in needed.items()}
        self._users: dict[str, set[str]] = {}
        for user, ids in self._needed.items():
            for identifier in ids:
                self._users.setdefault(identifier, set()).add(user)
        self._given: dict[str, Given] = {}
        self._finished: set[str] = set()
        self._lock = threading.Lock()

    def is_needed(self, identifier: str) -> bool:
        """True if somebody needs the scenario and has not ended yet."""
        with self._lock:
            return bool(self._users.get(identifier))

    def is_ready(self, user: str, awaited: Collection[str]) -> bool:
        """True if the steps of all that it needs have ended, of the `awaited` ones: no other will be run."""
        with self._lock:
            return not any(each in awaited and each not in self._given for each in self._needed.get(user, ()))

    def find_obstacle(self, user: str) -> tuple[Outcome, str] | None:
        """Return what a user is then and why nothing of it is sent: what it needs is neither passed nor known, or what
        that has made is gone; None if all is there."""
        with self._lock:
            for identifier in self._needed.get(user, ()):
                given = self._given.get(identifier)
                needed = f"not sent: scenario '{identifier}', which it needs,"
                if given is None:
                    return Outcome.BLOCKED, f"{needed} was not run"
                if not given.outcome.traits.goes_on:
                    return Outcome.BLOCKED, explain_need(identifier, given.outcome)
                if given.problem:
                    return Outcome.ERRORED, f"{needed} cannot be used: {given.problem}"
        return None

    def give(self, identifier: str, given: Given) -> None:
        """Keep what a scenario has come to, if anybody needs it; what was given before is replaced."""
        with self._lock:
            if identifier in self._users:
                self._given[identifier] = given
                self._finished.discard(identifier)

    def find(self, identifier: str) -> Given | None:
        """Return what a scenario has come to, None as long as its steps have not ended."""
        with self._lock:
            return self._given.get(identifier)

    def is_open(self, identifier: str) -> bool:
        """True if the scenario has ended its steps, and not yet its cleanup."""
        with self._lock:
            given = self._given.get(identifier)
            return bool(given and given.finish) and identifier not in self._finished

    def release(self, user: str) -> None:
        """Note that a user has ended, its cleanup included."""
        with self._lock:
            for users in self._users.values():
                users.discard(user)

    def list_due(self) -> list[str]:
        """Return the scenarios that nobody needs any more, and that are not finished."""
        with self._lock:
            return [
                identifier
                for identifier, given in self._given.items()
                if given.finish and identifier not in self._finished and not self._users.get(identifier)
            ]

    def finish(self, identifier: str) -> None:
        """Run the cleanup of a scenario; it is finished then, also where that breaks."""
        given = self.find(identifier)
        try:
            if given and given.finish:
                given.finish()
        finally:
            with self._lock:
                self._finished.add(identifier)
