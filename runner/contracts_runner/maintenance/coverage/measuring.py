"""Grades the parts of each operation by what contracts use, and by what runs have seen.

What a contract uses is what `contracts impact` says of a change (maintenance/impact): a document is compared with
itself, and nothing has changed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.coverage.grades import Coverage, Grade, OperationCoverage, Part, PartKind
from contracts_runner.maintenance.impact.changes import ASSERTED, OPERATION, Content, Use
from contracts_runner.maintenance.impact.described import Described, DescribedOperation
from contracts_runner.maintenance.impact.document_changes import OperationPair, compare_specs
from contracts_runner.maintenance.impact.request_uses import use_parameter, use_value
from contracts_runner.maintenance.impact.schema_pairs import EdgeKind, Pair
from contracts_runner.maintenance.impact.uses import UseFinder
from contracts_runner.model.json import Json
from contracts_runner.openapi.explain_text import render_path
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.project import Project

# Of properties that lead back to themselves so many levels are counted.
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Documented:
    """A document, its operations, and what contracts use of them."""

    spec: Spec
    operations: Mapping[str, OperationPair]
    used: Mapping[str, Mapping[str, set[Use]]]


# Environment -> label of an operation -> what its runs have seen.
Seen = Mapping[str, Mapping[str, set[Use]]]


def read_uses(project: Project, key: str) -> Documented:
    """Return what contracts use of a document."""
    spec = project.specs[key]
    pairs = compare_specs(spec, spec).operations
    finder = UseFinder(project, key, pairs, spec, spec)
    finder.run()
    named = {pair.label: pair for pair in pairs if pair.new is not None and pair.new.label in spec.operations}
    return Documented(spec, named, finder.found)


def measure(documents: Sequence[Documented], seen: Sequence[Seen]) -> Coverage:
    """Return the coverage of documents; `seen` is what runs have seen of each."""
    return Coverage(
        tuple(
            _measure_operation(document, pair, found)
            for document, found in zip(documents, seen, strict=True)
            for pair in document.operations.values()
        )
    )


def _measure_operation(document: Documented, pair: OperationPair, seen: Seen) -> OperationCoverage:
    operation = pair.new
    assert operation is not None
    grader = _Grader(
        document.used.get(pair.label, {}), {name: uses.get(pair.label, set()) for name, uses in seen.items()}
    )
    parts = [grader.grade(PartKind.OPERATION, operation.name, [OPERATION], [ASSERTED])]
    parts += _iter_answers(grader, operation)
    parts += _iter_parameters(grader, operation)
    parts += (part for content in pair.contents for part in _iter_properties(grader, content))
    return OperationCoverage(
        spec=document.spec.key,
        operation=pair.label,
        method=operation.method.upper(),
        path=operation.path,
        parts=tuple(_merge(parts)),
    )


@dataclass(frozen=True, slots=True)
class _Grader:
    """What contracts and runs have of one operation."""

    used: Mapping[str, set[Use]]
    seen: Mapping[str, set[Use]]

    def grade(
        self,
        kind: PartKind,
        name: str,
        uses: Sequence[Use],
        asserted: Sequence[Use] = (),
        exercised: Sequence[Use] = (),
    ) -> Part:
        """Return a part. Who has one of `asserted` asserts it, who has one of `uses` or of `exercised` exercises it."""
        environments = tuple(name for name, found in self.seen.items() if not found.isdisjoint(uses))
        for grade, wanted in ((Grade.ASSERTED, asserted), (Grade.EXERCISED, [*uses, *exercised])):
            if users := tuple(identifier for identifier, used in self.used.items() if not used.isdisjoint(wanted)):
                return Part(kind=kind, name=name, grade=grade, scenarios=users, environments=environments)
        grade = Grade.OBSERVED if environments else Grade.NEVER_PROBED
        return Part(kind=kind, name=name, grade=grade, environments=environments)


def _iter_answers(grader: _Grader, operation: DescribedOperation) -> Iterator[Part]:
    for name in operation.body.content if operation.body else ():
        use: Use = ("media type", "request", (None, None), name)
        yield grader.grade(PartKind.MEDIA_TYPE, f"request {name}", [use])
    for status, response in operation.responses.items():
        yield grader.grade(PartKind.STATUS, status, [("status", status)], [("asserted", "status", status)])
        for name in response.content:
            use = ("media type", "response", (status, status), name)
            yield grader.grade(
                PartKind.MEDIA_TYPE, f"{status} {name}", [use], [("asserted", "media type", status, name)]
            )


def _iter_parameters(grader: _Grader, operation: DescribedOperation) -> Iterator[Part]:
    for (placement, name), parameter in operation.parameters.items():
        yield grader.grade(PartKind.PARAMETER, f"{placement}:{name}", [use_parameter(placement, name)])
        for value in _list_values(parameter):
            told = json.dumps(value, ensure_ascii=False)
            yield grader.grade(PartKind.VALUE, f"{placement}:{name}={told}", [use_value(placement, name, value)])


def _list_values(parameter: Described) -> list[Json]:
    """Return the values that a parameter, or an item of it, may have, where they are listed."""
    found: list[Json] = []
    for pointer in parameter.schemas:
        place = parameter.bundle.get(pointer)
        schema = place[1] if place else None
        if isinstance(schema, Mapping) and schema.get("type") == "array" and place:
            items = parameter.bundle.get((*place[0], "items"))
            schema = items[1] if items else None
        if isinstance(schema, Mapping) and isinstance(schema.get("enum"), list):
            found += [value for value in schema["enum"] if value is not None]
    return found


def _iter_properties(grader: _Grader, content: Content) -> Iterator[Part]:
    """Yield the properties of a body, each place once."""
    if content.area not in ("request", "response"):
        return
    kind = PartKind.SENT if content.area == "request" else PartKind.RECEIVED
    status = content.statuses[1]
    # Every answer is checked against its schema, so that whoever has the answer exercises what is in it.
    exercised: list[Use] = [("media type", "response", (status, status), content.media_types[1])] if status else []
    prefix = f"{status} " if status else ""
    for place, pair, name in _iter_members(content.pair):
        use: Use = ("member", content, pair, name)
        asserted = [use, ("whole", content, pair)] if kind is PartKind.RECEIVED else []
        uses = [use] if kind is PartKind.RECEIVED else [use, ("whole", content, pair)]
        yield grader.grade(kind, f"{prefix}${place}", uses, asserted, exercised)


def _iter_members(start: Pair) -> Iterator[tuple[str, Pair, str]]:
    opened: list[tuple[str, Pair, frozenset[Pair]]] = [("", start, frozenset([start]))]
    for place, pair, above in opened:
        for edge in pair.edges:
            below = place
            if edge.kind is EdgeKind.PROPERTY:
                below += render_path([str(edge.name)])[1:]
                yield below, pair, str(edge.name)
            elif edge.kind is EdgeKind.ITEM:
                below += "[*]"
            elif edge.kind is not EdgeKind.SAME:
                continue
            if edge.pair not in above and len(above) < _DEEPEST:
                opened.append((below, edge.pair, above | {edge.pair}))


def _merge(parts: Sequence[Part]) -> Iterator[Part]:
    """Yield each part once, as the best that is said of it: alternatives have the same property."""
    order = list(Grade)
    merged: dict[tuple[PartKind, str], Part] = {}
    for part in parts:
        known = merged.get((part.kind, part.name))
        if known is not None:
            part = Part(
                kind=part.kind,
                name=part.name,
                grade=min(known.grade, part.grade, key=order.index),
                scenarios=tuple(dict.fromkeys((*known.scenarios, *part.scenarios))),
                environments=tuple(dict.fromkeys((*known.environments, *part.environments))),
            )
        merged[part.kind, part.name] = part
    yield from merged.values()
