"""What a step sends: its operation's name, parameters, media type and body."""

import dataclasses

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.media_types import choose_media_type
from contracts_runner.engine.request_values import read_body
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.maintenance.impact.answer_uses import Side
from contracts_runner.maintenance.impact.changes import BODY, NAMED_BY_ID, NAMED_BY_PATH, OPERATION, Use
from contracts_runner.maintenance.impact.content_walk import ContentWalk
from contracts_runner.maintenance.impact.document_changes import OperationPair
from contracts_runner.maintenance.impact.written_uses import Uses, Written
from contracts_runner.maintenance.lint.schema_paths.values import is_open
from contracts_runner.model.contract import WHOLE, Step, StepVariant, Unset
from contracts_runner.model.http import strip_parameters
from contracts_runner.model.json import Json
from contracts_runner.project.files import ProjectFiles
from contracts_runner.reading.places import Place, StepSite

Sides = tuple[Side | None, Side | None]


@dataclass(frozen=True, slots=True)
class RequestUses:
    """The request of an operation, as both documents have it; `uses` grows."""

    pair: OperationPair
    sides: Sides
    uses: Uses
    files: ProjectFiles

    def note_step(self, site: StepSite) -> None:
        """Note what a step sends, in all of its variants."""
        self.note_name(site.place.at("operation"))
        for part, place in site.iter_parts():
            for key, value in part.parameters.items():
                self.note_parameter(key, place.at("parameters", key), value)
            defaults = site.step.defaults.headers
            for kind, names in (("query", part.query), ("header", part.headers), ("header", defaults)):
                self.uses.update(use_parameter(kind, name) for name in names)
            if not isinstance(part.body, Unset) or part.body_file is not None:
                self._note_body(site.step, part, place)

    def note_name(self, place: Place) -> None:
        """Note by what name the operation is meant."""
        self.uses.add(OPERATION)
        is_path = " " in str(place.find())
        self.uses.write(NAMED_BY_PATH if is_path else NAMED_BY_ID, Written(place))

    def note_parameter(self, key: str, place: Place | None, value: Json = None) -> None:
        """Note that a parameter is given, by what a contract calls it, and its values."""
        for side in filter(None, self.sides):
            named = side.operation.parameters if key == WHOLE else side.operation.find_parameters(key)
            for parameter in named:
                start = len(key) - len(parameter.name)
                written = Written(place, is_key=True).cut(start, len(parameter.name)) if place and key else None
                self.uses.write(use_parameter(parameter.placement, parameter.name), written)
                for each in value if isinstance(value, list) else [value]:
                    self.uses.add(use_value(parameter.placement, parameter.name, each))

    def note_sent(self, body: Json, place: Place | None) -> None:
        """Note what of each body that a request can have is in a value."""
        self.uses.add(BODY)
        for content in self.pair.contents:
            if content.area == "request":
                walk = ContentWalk(content, {}, self.uses)
                walk.note_value(body, walk.start, place)

    def _note_body(self, step: Step, part: Step | StepVariant, place: Place) -> None:
        self.uses.add(BODY)
        names = self._choose_types(step, part)
        body, at = part.body, place.at("body")
        is_known = part.body_file is None
        if not is_known:
            sent = dataclasses.replace(step, body_file=part.body_file, media_type=part.media_type or step.media_type)
            operation = next(side.operation for side in self.sides if side)
            try:
                body, is_known = read_body(sent, operation, self.files, lambda value: value), True
            except UnsendableError:
                body = "${unknown}"
        for use in self._list_type_uses(names):
            if part.media_type:
                self.uses.write(use, Written(place.at("media_type")))
            else:
                self.uses.add(use)
        for content in self.pair.contents:
            if content.area == "request" and any(map(_is_same, names, content.media_types)):
                walk = ContentWalk(content, {}, self.uses)
                walk.note_value(body, walk.start, at if part.body_file is None else None)

    def _choose_types(self, step: Step, part: Step | StepVariant) -> list[str | None]:
        """Return the media type that is sent by each document, None where any may be."""
        wanted = part.media_type or step.media_type or ""
        if is_open(wanted):
            return [None, None]
        # Without a document, none is the one that is sent.
        return [choose_media_type(side.operation, part.body, wanted) if side else "" for side in self.sides]

    def _list_type_uses(self, names: list[str | None]) -> list[Use]:
        declared = [name for side in self.sides if side and side.operation.body for name in side.operation.body.schemas]
        meant = [name for name in declared if any(_is_same(each, name) for each in names)]
        return [("media type", "request", (None, None), name) for name in dict.fromkeys(meant)]


def use_parameter(placement: str, name: str) -> Use:
    """Return that a parameter is given."""
    return ("parameter", placement, name.lower() if placement == "header" else name)


def use_value(placement: str, name: str, value: Json) -> Use:
    """Return that a parameter has a value."""
    return ("value", placement, name.lower() if placement == "header" else name, str(value))


def _is_same(name: str | None, declared: str) -> bool:
    return name is None or strip_parameters(name) == strip_parameters(declared)
