"""What was learned as an overlay: an action for each place of a document, never applied by itself."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.learning.learned_answers import Learner
from contracts_runner.maintenance.learning.learned_places import choose_places, count_objects
from contracts_runner.maintenance.learning.learned_schemas import Members
from contracts_runner.maintenance.learning.learned_shapes import CERTAIN, Shape, list_kinds
from contracts_runner.maintenance.learning.learned_swagger import write_for_swagger
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, find_value, render_fragment
from contracts_runner.model.nouns import count_noun
from contracts_runner.model.spec import Evidence
from contracts_runner.openapi.explain_text import render_path
from contracts_runner.openapi.read_bundle import ReadBundle
from contracts_runner.reading.yaml_writing import Dumper

_LINE = 140
# The statuses that a Responses object may have.
_OF_OPENAPI = re.compile("[1-5][0-9]{2}").fullmatch


@dataclass(frozen=True, slots=True)
class Finding:
    """What one place lacks: its update, None where no overlay can say it, and a sentence; `replaced` is the key whose
    single value gives way to a list."""

    place: Pointer
    update: Mapping[str, Any] | None
    sentence: str
    replaced: str = ""


def list_findings(learner: Learner, *, is_old: bool, is_all: bool) -> list[Finding]:
    """Return what the document does not say, by place. `is_old`: OpenAPI 3.0 and before; `is_all`: also what was in
    places that the document leaves open, and what was so in all of many answers."""
    drafter, notes = _Drafter(learner, is_old=is_old), learner.schemas.notes
    found = [*drafter.iter_answers(), *drafter.iter_members(notes.undeclared), *drafter.iter_values()]
    if is_all:
        found += [*drafter.iter_members(notes.opened), *drafter.iter_items(), *drafter.iter_inferred()]
    return sorted(found, key=lambda each: list(map(str, each.place)))


def render_overlay(findings: list[Finding], bundle: ReadBundle, title: str) -> str:
    """Return the overlay, with a comment for what it cannot say."""
    actions, comments = [], []
    for finding in findings:
        written, update = bundle.find_written(finding.place), finding.update
        if update is not None and bundle.origins is not None:
            update = write_for_swagger(update)
        if update is None or written is None:
            comments.append(
                f"# Not said, since an overlay cannot: {render_fragment(finding.place)}: {finding.sentence}"
            )
            continue
        file, pointer = written
        of_file = {"x-file": file} if file else {}
        if finding.replaced:
            actions.append({"target": render_path((*pointer, finding.replaced)), **of_file, "remove": True})
        target = {"target": render_path(pointer), **of_file}
        actions.append({**target, "description": finding.sentence, "update": update})
    document = {"overlay": "1.0.0", "info": {"title": title, "version": "1.0.0"}, "actions": actions}
    text = yaml.dump(document, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=_LINE)
    return "".join(f"{line}\n" for line in comments) + text


@dataclass(frozen=True, slots=True)
class _Drafter:
    learner: Learner
    is_old: bool

    def iter_answers(self) -> Iterator[Finding]:
        learner = self.learner
        for (place, status), shapes in learner.statuses.items():
            count = sum(shape.count for shape in shapes.values())
            content = {name: self._describe_content(shape) for name, shape in shapes.items() if name}
            answer = {"description": "Recorded traffic has it.", **_mark(count, learner.received[place])}
            update = {status: {**answer, **({"content": content} if content else {})}} if _OF_OPENAPI(status) else None
            yield Finding(place, update, f"status {status} came in {_share(count, learner.received[place])}")
        for (place, name), shape in learner.media_types.items():
            update = {"content": {name: self._describe_content(shape)}}
            of = learner.by_response[place]
            yield Finding(place, update, f"media type {name} came in {_share(shape.count, of)}")
        for (place, name), shape in learner.headers.items():
            of = learner.by_response[place]
            header = {"schema": self._build(shape), **_mark(shape.count, of)}
            yield Finding(place, {"headers": {name: header}}, f"header {name} came in {_share(shape.count, of)}")

    def iter_members(self, members: Members) -> Iterator[Finding]:
        notes, document = self.learner.schemas.notes, self.learner.spec.document
        for place, shapes in choose_places(members, notes, document).items():
            of = count_objects(notes.objects, place)
            properties = {
                name: {**self._build(shape), **_mark(shape.count, of, shape)} for name, shape in shapes.items()
            }
            always = [name for name, shape in shapes.items() if shape.count == of >= CERTAIN]
            always = self._leave_out_required(place, always)
            update = {**({"required": always} if always else {}), "properties": properties}
            told = ", ".join(f"{name} in {shape.count}" for name, shape in shapes.items())
            yield Finding(place, update, f"members that came, of {count_noun(of, 'object')}: {told}")

    def iter_values(self) -> Iterator[Finding]:
        notes = self.learner.schemas.notes
        for place, kinds in notes.kinds.items():
            is_single = not self.is_old and isinstance(self._find(place, "type"), str)
            told = f"values of type {_tell(kinds)} came"
            yield Finding(place, self._widen(place, kinds), told, replaced="type" if is_single else "")
        for place, kinds in notes.branches.items():
            branches = [{"type": kind} for kind in ([*list_kinds(kinds), *(["null"] if kinds["null"] else [])])]
            is_sayable = not (self.is_old and kinds["null"])
            keyword = str(place[-1])
            update = {keyword: [{**each, **_mark(kinds[each["type"]])} for each in branches]} if is_sayable else None
            yield Finding(place[:-1], update, f"values of type {_tell(kinds)} came, which no branch takes")
        for place, values in notes.values.items():
            if values:
                update = {"enum": list(values), **_mark(values.total())}
                yield Finding(place, update, f"further values came, in {count_noun(values.total(), 'answer')}")

    def iter_items(self) -> Iterator[Finding]:
        for place, shape in self.learner.schemas.notes.items.items():
            yield Finding(place, {"items": self._build(shape)}, f"items of arrays: {count_noun(shape.count, 'value')}")

    def iter_inferred(self) -> Iterator[Finding]:
        notes = self.learner.schemas.notes
        required: dict[Pointer, list[str]] = {}
        for (place, name), count in notes.present.items():
            known = self._find(place, "required")
            if count >= CERTAIN and count == count_objects(notes.objects, place) and name not in (known or ()):
                required.setdefault(place, []).append(name)
        for place, names in required.items():
            of = count_objects(notes.objects, place)
            yield Finding(
                place, {"required": names}, f"always there, in {count_noun(of, 'object')}: {', '.join(names)}"
            )
        for place, shape in notes.seen.items():
            if words := shape.list_words():
                update = {"enum": words, **_mark(shape.count)}
                yield Finding(place, update, f"no other text came, in {count_noun(shape.count, 'value')}")

    def _widen(self, place: Pointer, kinds: Counter[str]) -> Mapping[str, Json] | None:
        """Return the update of the types that a schema has; None where they cannot be widened."""
        more = [*list_kinds(kinds), *(["null"] if kinds["null"] else [])]
        if self.is_old:
            return {"nullable": True, **_mark(kinds.total())} if more == ["null"] else None
        types = self._find(place, "type")
        return {"type": more if isinstance(types, list) else [types, *more], **_mark(kinds.total())}

    def _describe_content(self, shape: Shape) -> dict[str, Any]:
        schema = self._build(shape)
        return {"schema": schema} if schema else {}

    def _build(self, shape: Shape) -> dict[str, Any]:
        return shape.build_schema(is_old=self.is_old)

    def _leave_out_required(self, place: Pointer, names: list[str]) -> list[str]:
        known = self._find(place, "required")
        return [name for name in names if name not in (known if isinstance(known, list) else ())]

    def _find(self, place: Pointer, key: str) -> Json:
        try:
            found = find_value(self.learner.spec.document, place)
        except KeyError:
            return None
        return found.get(key) if isinstance(found, Mapping) else None


def _mark(samples: int, of: int | None = None, shape: Shape | None = None) -> dict[str, Json]:
    """Return the grade and the counts; of what redaction hides the type is not known."""
    counts = {"samples": samples, **({"of": of} if of is not None else {})}
    masked = {"masked": shape.masked} if shape and shape.masked else {}
    return {"x-evidence": str(Evidence.OBSERVED), "x-observed": {**counts, **masked}}


def _share(count: int, of: int) -> str:
    return f"{count} of {count_noun(of, 'answer')}"


def _tell(kinds: Counter[str]) -> str:
    return ", ".join(f"{kind} ({count})" for kind, count in sorted(kinds.items()) if count)
