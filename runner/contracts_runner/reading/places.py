"""Walks the steps of contracts together with the places where their authors wrote them."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem, Rule, SourceLocation
from contracts_runner.model.contract import Contract, Scenario, Step, StepVariant, Unset
from contracts_runner.model.json import Json
from contracts_runner.reading.expressions import ExpressionError, Reference, iter_texts, parse_template
from contracts_runner.reading.suggest import suggest_or_list
from contracts_runner.reading.yaml_source import Pointer, YamlDocument

# The keys of a step below which expressions may stand.
_WITH_VALUES = (
    *("parameters", "query", "headers", "media_type", "accept", "auth", "body", "body_file", "url"),
    *("expect", "when", "retry", "in", "probe"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A value in a contract file."""

    document: YamlDocument
    pointer: Pointer
    # What is there, where the way to it was gone already.
    _value: Json | Unset = field(default=Unset.UNSET, compare=False, repr=False)

    @property
    def location(self) -> SourceLocation:
        """The line of its key."""
        return self.document.location(self.pointer)

    def at(self, *parts: str | int) -> "Place":
        """Return a place below."""
        return Place(self.document, (*self.pointer, *parts), self.find(*parts))

    def find(self, *parts: str | int) -> Json:
        """Return the value at keys and indexes below, None where there is none."""
        is_there = self._value is not Unset.UNSET
        value = self._value if is_there else self.document.value
        for part in parts if is_there else (*self.pointer, *parts):
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def iter_references(self) -> Iterator[tuple["Place", Reference]]:
        """Yield the references below and the arguments of calls, each with its place; texts that cannot be read, which
        are reported, have none."""
        for pointer, text in iter_texts(self.find()):
            try:
                parts = parse_template(text) if "$" in text else ()
            except ExpressionError:
                continue
            for part in parts:
                if isinstance(part, Reference):
                    yield from ((self.at(*pointer), each) for each in part.iter_all())

    def build_problem(self, message: str, hint: str = "") -> Problem:
        """Return a mistake at this place."""
        return Problem(location=self.location, message=message, hint=hint, rule=Rule.REFERENCE)


@dataclass(frozen=True, slots=True)
class StepSite:
    """A step, its place, and the captures that earlier steps of its scenario have made: name -> step."""

    step: Step
    place: Place
    captures: dict[str, str]
    later: dict[str, str]

    def iter_parts(self) -> Iterator[tuple[Step | StepVariant, Place]]:
        """Yield the step, its variants and its probe."""
        yield self.step, self.place
        yield from ((variant, self.place.at("in", name)) for name, variant in self.step.variants.items())
        if self.step.probe:
            yield self.step.probe, self.place.at("probe")

    def iter_references(self) -> Iterator[tuple[Place, Reference]]:
        """Yield the references in all values of the step, each with its place."""
        written = self.place.find()
        for key in _WITH_VALUES:
            if key in written:
                yield from self.place.at(key).iter_references()
        # The headers that its file has for all steps, but for those that it sends itself.
        defaults = Place(self.place.document, ("defaults", "headers"))
        for name in self.step.defaults.headers:
            if name.lower() not in map(str.lower, self.step.headers):
                yield from defaults.at(name).iter_references()


def iter_scenarios(contract: Contract, document: YamlDocument) -> Iterator[tuple[Scenario, Place]]:
    """Yield each scenario with its place, which those of a table share."""
    places = find_mappings(Place(document, ("scenarios",)))
    yield from ((scenario, places[scenario.number]) for scenario in contract.scenarios)


def iter_written(contract: Contract, document: YamlDocument) -> Iterator[tuple[Scenario, Place]]:
    """Yield each scenario that is written with its place; one with a table once."""
    known: set[int] = set()
    for scenario, place in iter_scenarios(contract, document):
        if scenario.number not in known:
            known.add(scenario.number)
            yield scenario, place


def iter_sites(scenario: Scenario, place: Place) -> Iterator[StepSite]:
    """Yield the steps, then those of the cleanup, in the order in which they run."""
    places = [*find_mappings(place.at("steps")), *find_mappings(place.at("cleanup"))]
    steps = list(zip((*scenario.steps, *scenario.cleanup), places, strict=True))
    made = [(capture.name, step.name) for step, _ in steps for capture in step.captures]
    count = 0
    for step, step_place in steps:
        yield StepSite(step, step_place, captures=dict(made[:count]), later=dict(made[count:]))
        count += len(step.captures)


def find_mappings(place: Place) -> list[Place]:
    """Return the places of a list's mappings: readers leave out what is none."""
    items = place.find()
    if not isinstance(items, list):
        return []
    return [place.at(index) for index, item in enumerate(items) if isinstance(item, dict)]


def iter_unknown(text: str, names: Iterable[tuple[str, SourceLocation]], known: Collection[str]) -> Iterator[Problem]:
    """Yield a mistake for each name that is not known; `text` begins its message: "there is no spec"."""
    for name, location in names:
        if name and name not in known:
            hint = suggest_or_list(name, known)
            yield Problem(location=location, message=f"{text} '{name}'", hint=hint, rule=Rule.REFERENCE)
