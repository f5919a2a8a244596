"""Walks the steps of contracts together with the places where their authors wrote them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts_runner.errors import Problem, SourceLocation
from contracts_runner.model.contract import Contract, Scenario, Step
from contracts_runner.model.json import Json
from contracts_runner.reading.yaml_source import Pointer, YamlDocument


@dataclass(frozen=True, slots=True)
class Place:
    """A value in a contract file."""

    document: YamlDocument
    pointer: Pointer

    @property
    def location(self) -> SourceLocation:
        """The line of its key."""
        return self.document.location(self.pointer)

    def at(self, *parts: str | int) -> "Place":
        """Return a place below."""
        return Place(self.document, (*self.pointer, *parts))

    def find(self, *parts: str | int) -> Json:
        """Return the value at keys and indexes below, None where there is none."""
        value = self.document.value
        for part in (*self.pointer, *parts):
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def build_problem(self, message: str, hint: str = "") -> Problem:
        """Return a mistake at this place."""
        return Problem(location=self.location, message=message, hint=hint, rule="reference")


@dataclass(frozen=True, slots=True)
class StepSite:
    """A step, where it stands, and the captures that earlier steps of its scenario have made: name -> step."""

    step: Step
    place: Place
    captures: dict[str, str]
    later: dict[str, str]


def iter_scenarios(contract: Contract, document: YamlDocument) -> Iterator[tuple[Scenario, Place]]:
    """Yield each scenario with its place."""
    root = Place(document, ())
    places = find_mappings(root.at("scenarios"))
    yield from zip(contract.scenarios, places, strict=True)


def iter_sites(scenario: Scenario, place: Place) -> Iterator[StepSite]:
    """Yield the steps, then those of the cleanup, in the order in which they run."""
    steps = [*_pair(scenario.steps, place.at("steps")), *_pair(scenario.cleanup, place.at("cleanup"))]
    made = [(capture.name, step.name) for step, _ in steps for capture in step.captures]
    count = 0
    for step, step_place in steps:
        yield StepSite(step, step_place, captures=dict(made[:count]), later=dict(made[count:]))
        count += len(step.captures)


def _pair(steps: Sequence[Step], place: Place) -> Iterator[tuple[Step, Place]]:
    yield from zip(steps, find_mappings(place), strict=True)


def find_mappings(place: Place) -> list[Place]:
    """Return the places of a list's mappings: readers leave out what is none."""
    items = place.find()
    if not isinstance(items, list):
        return []
    return [place.at(index) for index, item in enumerate(items) if isinstance(item, dict)]
