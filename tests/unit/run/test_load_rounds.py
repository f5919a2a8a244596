"""A round of a load: what a scenario needs comes before it, the cleanup of that after it, and one word is for one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from contracts_runner.engine.needs import Given, Needs
from contracts_runner.model.contract import Scenario
from contracts_runner.model.outcome import Outcome
from contracts_runner.run.load_rounds import Rounds, order_round
from helpers.contracts import make_scenario

LOGIN = make_scenario("login", exclusive="stock")
LIST = make_scenario("list", needs={"l": "login"})
READ = make_scenario("read", needs={"a": "list", "b": "login"})
EVERY = (READ, LIST, LOGIN)


@dataclass
class Runner:
    """Tells what is asked of it."""

    tell: Callable[[str], object]
    outcome: Outcome = Outcome.PASSED
    is_broken: bool = False
    needs: Needs = field(default_factory=lambda: Needs({}))

    def begin(self, scenario: Scenario) -> Given:
        self.tell(f"begin {scenario.id}")
        if self.is_broken:
            raise RuntimeError
        return Given(outcome=self.outcome, finish=lambda: self.tell(f"finish {scenario.id}"))

    def run(self, scenario: Scenario) -> None:
        self.tell(f"run {scenario.id}")

    def leave_out(self, scenario: Scenario, outcome: Outcome, _reason: str) -> None:
        self.tell(f"{outcome} {scenario.id}")


def send(**login: Any) -> list[str]:
    told = list[str]()

    def build(scenario: Scenario) -> Any:
        return Runner(told.append, **(login if scenario is LOGIN else {}))

    Rounds({"read": order_round(READ, EVERY)}, build, lambda name: told.append(f"errored {name}")).send("read")
    return told


@pytest.mark.parametrize(
    ("login", "told"),
    [
        ({}, ["begin login", "begin list", "run read", "finish list", "finish login"]),
        ({"outcome": Outcome.KNOWN}, ["begin login", "begin list", "run read", "finish list", "finish login"]),
        ({"outcome": Outcome.FAILED}, ["begin login", "blocked list", "blocked read", "finish login"]),
        ({"is_broken": True}, ["begin login", "errored login", "blocked list", "blocked read"]),
    ],
)
def test_what_is_needed_comes_before_and_is_cleaned_up_after(login: dict[str, Any], told: list[str]) -> None:
    assert send(**login) == told


def test_a_word_is_for_one_round_at_a_time_until_its_cleanup() -> None:
    told = list[str]()

    def tell_lock(text: str) -> None:
        told.append(f"{text} {[each.locked() for each in rounds._words.values()]}")

    def build(scenario: Scenario) -> Any:
        return Runner(tell_lock)

    rounds = Rounds({"read": order_round(READ, EVERY)}, build, told.append)
    rounds.send("read")

    assert [each for each in told if "[False]" in each] == []
    assert told[-1] == "finish login [True]"
    assert [each.locked() for each in rounds._words.values()] == [False]
