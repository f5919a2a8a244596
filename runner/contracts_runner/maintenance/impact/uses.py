"""What each scenario and warehouse check uses of the operations, to the field."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from contracts_runner.maintenance.impact.answer_uses import AnswerUses, Side
from contracts_runner.maintenance.impact.changes import NAMED_BY_ID, OPERATION, Use
from contracts_runner.maintenance.impact.check_uses import ItemPath, find_check, list_item_paths, note_asked
from contracts_runner.maintenance.impact.content_walk import ContentWalk, Pairs
from contracts_runner.maintenance.impact.document_changes import OperationPair
from contracts_runner.maintenance.impact.request_uses import RequestUses, Sides
from contracts_runner.maintenance.impact.written_uses import Uses
from contracts_runner.maintenance.lint.declared_responses import DeclaredResponses
from contracts_runner.maintenance.lint.schema_paths.paths import is_singular
from contracts_runner.model.contract import Capture, Scenario, Take
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.model.warehouse import TableCheck, find_asks
from contracts_runner.model.warehouse_kinds import Asks
from contracts_runner.openapi.explain_text import render_path
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.files import ProjectFiles
from contracts_runner.project.project import Project
from contracts_runner.reading.places import Place, StepSite, iter_sites, iter_written


@dataclass(frozen=True, slots=True)
class _Captured:
    """Where a captured value is from: what its scenario used to get it, and the places that it can be at."""

    label: str
    capture: Capture
    uses: frozenset[Use]
    places: tuple[tuple[ContentWalk, Pairs], ...]


# Id of a scenario and name of a capture -> where the value can be from.
_Captures = Mapping[tuple[str, str], Sequence[_Captured]]


@dataclass
class UseFinder:
    """Finds it for the contracts of one spec; `found`: label of an operation -> id -> what it uses."""

    project: Project
    key: str
    operations: Sequence[OperationPair]
    old: Spec
    new: Spec
    found: dict[str, dict[str, Uses]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Uses)))
    order: dict[str, int] = field(default_factory=dict)  # id -> its number in the order of the files

    def __post_init__(self) -> None:
        self._responses = (DeclaredResponses(self.old), DeclaredResponses(self.new))
        self._by_old = {pair.old.label: pair for pair in self.operations if pair.old}
        self._by_new = {pair.new.label: pair for pair in self.operations if pair.new}
        self._files = ProjectFiles(self.project.root)

    def run(self) -> None:
        """Look at all scenarios and checks."""
        documents = self.project.documents
        written = [
            (scenario, list(iter_sites(scenario, place)))
            for contract in self.project.contracts
            for scenario, place in iter_written(contract, documents[contract.location.path])
        ]
        checks = (check.name for contract in self.project.warehouses for check in contract.checks)
        ids = dict.fromkeys([*(_get_id(scenario) for scenario, _ in written), *checks])
        self.order = {identifier: number for number, identifier in enumerate(ids)}
        captures: dict[tuple[str, str], list[_Captured]] = defaultdict(list)
        for scenario, sites in written:
            for site in sites:
                if site.step.spec == self.key and (pair := self._find(site.step.operation)):
                    for each in self._note_step(_get_id(scenario), site, pair):
                        captures[_get_id(scenario), each.capture.name].append(each)
        for scenario, sites in written:
            for site in sites:
                self._note_references(scenario, site, captures)
                self._note_credentials(scenario, site, captures)
        for contract in self.project.warehouses:
            for check in contract.checks:
                if contract.spec == self.key and (asks := find_asks(check)):
                    place = find_check(check, Place(documents[contract.location.path], ()))
                    self._note_check(check, asks, place)

    def _find(self, name: str) -> OperationPair | None:
        for spec, known in ((self.old, self._by_old), (self.new, self._by_new)):
            if found := spec.find_operation(name):
                return known.get(found.label)
        return None

    def note_named(self, identifier: str, place: Place) -> None:
        """Note the operations that are named at a place, one or by a pattern, by somebody else."""
        self.order.setdefault(identifier, len(self.order))
        name = str(place.find())
        if named := self._find(name):
            uses, sides = self._open(identifier, named)
            RequestUses(named, sides, uses, self._files).note_name(place)
            return
        for pair in self.operations:
            fitting = [fnmatchcase(side.label, name) for side in (pair.old, pair.new) if side]
            if any(fitting):
                uses = self.found[pair.label][identifier]
                uses.add(OPERATION)
                if not all(fitting):
                    uses.write(NAMED_BY_ID, None)

    def _open(self, identifier: str, pair: OperationPair) -> tuple[Uses, Sides]:
        old, new = pair.old, pair.new
        sides = (
            Side(self.old.operations[old.label], self._responses[0]) if old else None,
            Side(self.new.operations[new.label], self._responses[1]) if new else None,
        )
        return self.found[pair.label][identifier], sides

    def _note_step(self, identifier: str, site: StepSite, pair: OperationPair) -> Iterator[_Captured]:
        uses, sides = self._open(identifier, pair)
        RequestUses(pair, sides, uses, self._files).note_step(site)
        for part, place in site.iter_parts():
            if part.expect is None:
                continue
            answers = AnswerUses(pair, sides, part.expect, uses, place.at("expect"))
            answers.note_expectation()
            if site.step.retry:
                for walk in answers.walks:
                    answers.note_bodies(walk, site.step.retry.give_up, site.place.at("retry", "give_up"))
            for capture in site.step.captures:
                own = AnswerUses(pair, sides, part.expect)
                places = own.note_capture(capture, site.place.at("capture", capture.name))
                uses.join(own.uses)
                yield _Captured(pair.label, capture, frozenset(own.uses), tuple(places))

    def _note_references(self, scenario: Scenario, site: StepSite, captures: _Captures) -> None:
        identifier = _get_id(scenario)
        for _, reference in site.iter_references():
            owner, name, below = identifier, reference.name, reference.path
            if reference.path and (needed := scenario.needs.get(reference.name)):
                owner, name, below = needed, str(reference.path[0]), reference.path[1:]
            for found in captures.get((owner, name), ()):
                self._note_captured(identifier, found, below, is_other=owner != identifier)

    def _note_captured(self, identifier: str, found: _Captured, below: Pointer, *, is_other: bool) -> None:
        uses = self.found[found.label][identifier]
        if is_other:
            uses |= {OPERATION, *found.uses}
        is_list = found.capture.take is Take.ALL or (found.capture.take is None and not is_singular(found.capture.path))
        path = below[1:] if is_list and below and isinstance(below[0], int) else below
        for walk, places in found.places:
            own = ContentWalk(walk.content, walk.document, uses)
            own.note_whole(own.follow(render_path(path), places))

    def _note_credentials(self, scenario: Scenario, site: StepSite, captures: _Captures) -> None:
        """Note the captures that give the credentials which a step names, or else its operation."""
        parts = [part.auth for part, _ in site.iter_parts()] + [site.step.defaults.auth]
        names = {name for auth in parts if auth for name in ([auth] if isinstance(auth, str) else auth)}
        pair = self._find(site.step.operation) if site.step.spec == self.key and not names else None
        for side in self._open(_get_id(scenario), pair)[1] if pair else ():
            names |= {name for alternative in (side.operation.security if side else ()) for name in alternative}
        for name, owner, text in self._list_given():
            for (identifier, capture), found in captures.items():
                if name in names and identifier == owner and f"${{{capture}" in text:
                    for each in found:
                        self._note_captured(_get_id(scenario), each, (), is_other=True)

    def _list_given(self) -> list[tuple[str, str, str]]:
        """Return the credentials that a scenario gives: name, id of the scenario, text with captures."""
        environments = self.project.settings.document.value.get("environments", {})
        return [
            (name, str(value["from"]), str(value.get("value")))
            for environment in environments.values()
            if isinstance(environment, Mapping) and isinstance(environment.get("credentials"), Mapping)
            for name, value in environment["credentials"].items()
            if isinstance(value, Mapping) and "from" in value
        ]

    def _note_check(self, check: TableCheck, asks: Asks, place: Place | None) -> None:
        each = asks.for_each
        given = [*asks.parameters, *(each.parameters if each else ())]
        self._note_asked(check.name, asks, list_item_paths(check, asks, place), given, place)
        if each:
            at = place and place.at("for_each")
            paths = [
                ItemPath(path, at and at.at(key, name))
                for key, named in (("parameters", each.parameters), ("keep", each.keep))
                for name, path in named.items()
            ]
            self._note_asked(check.name, each.asks, paths, (), at)

    def _note_asked(
        self, identifier: str, asks: Asks, paths: Sequence[ItemPath], given: Sequence[str], place: Place | None
    ) -> None:
        if pair := self._find(asks.operation):
            uses, sides = self._open(identifier, pair)
            uses.add(OPERATION)
            note_asked(RequestUses(pair, sides, uses, self._files), asks, paths, given, place)


def _get_id(scenario: Scenario) -> str:
    """Return the id that its author wrote."""
    return scenario.of or scenario.id
