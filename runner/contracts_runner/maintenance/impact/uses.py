"""What each scenario and warehouse check uses of the operations, to the field."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from contracts_runner.engine.media_types import choose_media_type
from contracts_runner.engine.request_values import read_body
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.maintenance.impact.answer_uses import AnswerUses, Side, iter_item_walks
from contracts_runner.maintenance.impact.changes import BODY, OPERATION, Use
from contracts_runner.maintenance.impact.content_walk import ContentWalk, Pairs
from contracts_runner.maintenance.impact.document_changes import OperationPair
from contracts_runner.maintenance.lint.declared_responses import DeclaredResponses
from contracts_runner.maintenance.lint.schema_paths.paths import is_singular
from contracts_runner.maintenance.lint.schema_paths.values import is_open
from contracts_runner.model.contract import WHOLE, Capture, Expectation, Scenario, Step, StepVariant, Take, Unset
from contracts_runner.model.http import strip_parameters
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.model.spec import Paging
from contracts_runner.model.warehouse import TableCheck, find_asks
from contracts_runner.model.warehouse_kinds import AskingKind, Asks, ForEach, SumOfItems
from contracts_runner.openapi.explain_text import render_path
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.files import ProjectFiles
from contracts_runner.project.project import Project
from contracts_runner.reading.places import StepSite, iter_sites, iter_written


@dataclass(frozen=True, slots=True)
class _Captured:
    """Where a captured value is from: what its scenario used to get it, and the places that it can be at."""

    label: str
    capture: Capture
    uses: frozenset[Use]
    places: tuple[tuple[ContentWalk, Pairs], ...]


@dataclass
class UseFinder:
    """Finds it for the contracts of one spec; `found`: label of an operation -> id -> what it uses."""

    project: Project
    key: str
    operations: Sequence[OperationPair]
    old: Spec
    new: Spec
    found: dict[str, dict[str, set[Use]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))

    def __post_init__(self) -> None:
        self._responses = (DeclaredResponses(self.old), DeclaredResponses(self.new))
        self._by_old = {pair.old.label: pair for pair in self.operations if pair.old}
        self._by_new = {pair.new.label: pair for pair in self.operations if pair.new}

    def run(self) -> None:
        """Look at all scenarios and checks."""
        written = [
            (scenario, list(iter_sites(scenario, place)))
            for contract in self.project.contracts
            for scenario, place in iter_written(contract, self.project.documents[contract.location.path])
        ]
        captured: dict[tuple[str, str], list[_Captured]] = defaultdict(list)
        for scenario, sites in written:
            for site in sites:
                if site.step.spec == self.key and (pair := self._find(site.step.operation)):
                    for each in self._note_step(get_id(scenario), site, pair):
                        captured[get_id(scenario), each.capture.name].append(each)
        for scenario, sites in written:
            self._note_references(scenario, sites, captured)
        for contract in self.project.warehouses:
            for check in contract.checks:
                if contract.spec == self.key and (asks := find_asks(check)):
                    self._note_check(check, asks)

    def _find(self, name: str) -> OperationPair | None:
        for spec, known in ((self.old, self._by_old), (self.new, self._by_new)):
            if found := spec.find_operation(name):
                return known.get(found.label)
        return None

    def _list_sides(self, pair: OperationPair) -> tuple[Side | None, Side | None]:
        old, new = pair.old, pair.new
        return (
            Side(self.old.operations[old.label], self._responses[0]) if old else None,
            Side(self.new.operations[new.label], self._responses[1]) if new else None,
        )

    def _note_step(self, identifier: str, site: StepSite, pair: OperationPair) -> Iterator[_Captured]:
        uses, sides, step = self.found[pair.label][identifier], self._list_sides(pair), site.step
        uses.add(OPERATION)
        for part, _ in site.iter_parts():
            self._note_parameters(uses, part, sides)
            self._note_body(uses, step, part, pair, sides)
        expectations = list(step.iter_expectations())
        for number, expectation in enumerate(expectations):
            answers = AnswerUses(pair, sides, expectation, uses)
            answers.note_expectation(step.retry.give_up if step.retry and not number else ())
            for capture in step.captures:
                own = AnswerUses(pair, sides, expectation)
                places = own.note_capture(capture)
                uses |= own.uses
                yield _Captured(pair.label, capture, frozenset(own.uses), tuple(places))

    def _note_parameters(
        self, uses: set[Use], part: Step | StepVariant, sides: tuple[Side | None, Side | None]
    ) -> None:
        for side in filter(None, sides):
            parameters = side.operation.parameters
            for key in part.parameters:
                named = parameters if key == WHOLE else side.operation.find_parameters(key)
                uses.update(_use(each.placement, each.name) for each in named)
        uses.update(_use("query", name) for name in part.query)
        uses.update(_use("header", name) for name in part.headers)

    def _note_body(
        self,
        uses: set[Use],
        step: Step,
        part: Step | StepVariant,
        pair: OperationPair,
        sides: tuple[Side | None, Side | None],
    ) -> None:
        if isinstance(part.body, Unset) and part.body_file is None:
            return
        uses.add(BODY)
        wanted = part.media_type or step.media_type or ""
        names = (
            [None, None]
            if is_open(wanted)
            else [choose_media_type(side.operation, part.body, wanted) if side else None for side in sides]
        )
        for name in (name for side in sides if side and side.operation.body for name in side.operation.body.schemas):
            if any(each is None or strip_parameters(each) == strip_parameters(name) for each in names):
                uses.add(("media type", "request", (None, None), name))
        for content in pair.contents:
            is_sent = any(
                name is None or strip_parameters(name) == strip_parameters(declared)
                for name, declared in zip(names, content.media_types, strict=True)
            )
            if content.area == "request" and is_sent:
                walk = ContentWalk(content, self.old.document, uses)
                self._note_sent(walk, step, part, sides)

    def _note_sent(
        self, walk: ContentWalk, step: Step, part: Step | StepVariant, sides: tuple[Side | None, Side | None]
    ) -> None:
        body = part.body
        if part.body_file is not None:
            operation = next(side.operation for side in sides if side)
            sent = dataclasses.replace(step, body_file=part.body_file, media_type=part.media_type or step.media_type)
            try:
                body = read_body(sent, operation, ProjectFiles(self.project.root), lambda value: value)
            except UnsendableError:
                walk.note_whole(walk.start)
                return
        walk.note_value(body, walk.start)

    def _note_references(
        self, scenario: Scenario, sites: Sequence[StepSite], captured: Mapping[tuple[str, str], list[_Captured]]
    ) -> None:
        for site in sites:
            for _, reference in site.iter_references():
                needed = scenario.needs.get(reference.name)
                if needed and reference.path:
                    owner, name, below = needed, str(reference.path[0]), reference.path[1:]
                else:
                    owner, name, below = get_id(scenario), reference.name, reference.path
                for found in captured.get((owner, name), ()):
                    self._note_captured(get_id(scenario), found, below, is_other=owner != get_id(scenario))
            self._note_credentials(scenario, site, captured)

    def _note_captured(self, identifier: str, found: _Captured, below: Pointer, *, is_other: bool) -> None:
        uses = self.found[found.label][identifier]
        if is_other:
            uses |= {OPERATION, *found.uses}
        is_list = found.capture.take is Take.ALL or (found.capture.take is None and not is_singular(found.capture.path))
        path = below[1:] if is_list and below and isinstance(below[0], int) else below
        for walk, places in found.places:
            own = ContentWalk(walk.content, walk.document, uses)
            own.note_whole(own.follow(render_path(path), places))

    def _note_credentials(
        self, scenario: Scenario, site: StepSite, captured: Mapping[tuple[str, str], list[_Captured]]
    ) -> None:
        """Note the captures that give the credentials which a step names."""
        parts = [part.auth for part, _ in site.iter_parts()] + [site.step.defaults.auth]
        names = {name for auth in parts if auth for name in ([auth] if isinstance(auth, str) else auth)}
        for name, given in self._list_given():
            if name in names:
                owner, texts = given
                for (identifier, capture), found in captured.items():
                    if identifier == owner and any(f"${{{capture}" in text for text in texts):
                        for each in found:
                            self._note_captured(get_id(scenario), each, (), is_other=True)

    def _list_given(self) -> list[tuple[str, tuple[str, list[str]]]]:
        """Return the credentials that a scenario gives: name -> its id and the texts that name captures."""
        written = self.project.settings.document.value.get("environments", {})
        credentials = [
            (name, value)
            for environment in written.values()
            if isinstance(environment, Mapping)
            for name, value in (environment.get("credentials") or {}).items()
            if isinstance(value, Mapping) and "from" in value
        ]
        return [(name, (str(value["from"]), [str(value.get("value"))])) for name, value in credentials]

    def _note_check(self, check: TableCheck, asks: Asks) -> None:
        relative = list(check.kind.item_paths) if isinstance(check.kind, AskingKind) else []
        relative += asks.times
        if isinstance(check.kind, SumOfItems):
            relative += [render_path([column]) for column, path in check.kind.by.items() if path is None]
        self._note_asked(check.name, asks, relative)
        if each := asks.for_each:
            self._note_asked(check.name, each.asks, [*each.parameters.values(), *each.keep.values()], each)

    def _note_asked(self, identifier: str, asks: Asks, relative: Sequence[str], each: ForEach | None = None) -> None:
        pair = self._find(asks.operation)
        if pair is None:
            return
        uses, sides = self.found[pair.label][identifier], self._list_sides(pair)
        uses.add(OPERATION)
        given = [*asks.parameters, *(asks.for_each.parameters if asks.for_each and each is None else ())]
        pagings = [side.operation.paging for side in sides if side and side.operation.paging]
        for side in filter(None, sides):
            named = (found for key in given for found in side.operation.find_parameters(key))
            uses.update(_use(found.placement, found.name) for found in named)
        self._note_sent_items(uses, asks.body, pagings, pair)
        answers = AnswerUses(pair, sides, Expectation(), uses)
        for walk, items in iter_item_walks(answers, asks.rows):
            for path in relative:
                walk.note_whole(walk.follow(path, items))
        answers.note_expectation()
        for paging in pagings:
            _note_paging(answers, paging)

    def _note_sent_items(self, uses: set[Use], body: Json, pagings: Sequence[Paging], pair: OperationPair) -> None:
        uses.update(_use("query", paging.name) for paging in pagings if paging.placement == "query" and paging.name)
        uses.update(_use("query", paging.size[0]) for paging in pagings if paging.placement == "query" and paging.size)
        named = {paging.name: 1 for paging in pagings if paging.placement == "body" and paging.name}
        sent = {**named, **body} if isinstance(body, Mapping) else body if body is not None else named or None
        if sent is None:
            return
        uses.add(BODY)
        for content in pair.contents:
            if content.area == "request":
                walk = ContentWalk(content, self.old.document, uses)
                walk.note_value(sent, walk.start)


def _note_paging(answers: AnswerUses, paging: Paging) -> None:
    for place in filter(None, (paging.total, paging.next)):
        if place.header:
            answers.note_header(place.header)
    paths = [place.path for place in filter(None, (paging.total, paging.next)) if place.path] + [paging.more]
    for walk in answers.walks:
        for path in filter(None, paths):
            walk.note(walk.follow(path, walk.start))


def _use(placement: str, name: str) -> Use:
    return ("parameter", placement, name.lower() if placement == "header" else name)


def get_id(scenario: Scenario) -> str:
    """Return the id that its author wrote."""
    return scenario.of or scenario.id
