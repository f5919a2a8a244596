"""What the author of a step, or a check of the warehouse, looks at in the answers of an operation."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from contracts_runner.maintenance.impact.changes import Content, Use
from contracts_runner.maintenance.impact.content_walk import ContentWalk, Pairs
from contracts_runner.maintenance.impact.document_changes import OperationPair
from contracts_runner.maintenance.lint.declared_responses import DeclaredResponses
from contracts_runner.maintenance.lint.schema_paths.paths import is_singular
from contracts_runner.maintenance.lint.schema_paths.values import is_open
from contracts_runner.model.checks import CheckName
from contracts_runner.model.contract import BodyExpectation, Capture, CaptureSource, Expectation, Relation, Unset
from contracts_runner.model.http import is_json_type, strip_parameters
from contracts_runner.model.json_pointer import parse_pointer
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.explain_text import render_path
from contracts_runner.reading.jsonpaths import is_path


@dataclass(frozen=True, slots=True)
class Side:
    """An operation as one of the documents has it, and what that declares."""

    operation: Operation
    responses: DeclaredResponses


@dataclass
class AnswerUses:
    """The answers that fulfil an expectation, in both documents; `uses` grows."""

    pair: OperationPair
    sides: tuple[Side | None, Side | None]
    expectation: Expectation
    uses: set[Use] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._statuses = [
            {each.response.status.upper() if each.response.status != "default" else "default" for each in found}
            for found in (
                side.responses.list_possible(side.operation, self.expectation) if side else () for side in self.sides
            )
        ]
        self.uses |= {("status", status) for found in self._statuses for status in found}
        self._pairs = [(old, new) for old in (*self._statuses[0], None) for new in (*self._statuses[1], None)]
        self.contents = [content for content in self.pair.contents if self._is_meant(content)]
        for media_type in self._list_types():
            self.uses |= {("media type", "response", statuses, media_type) for statuses in self._pairs}

    @property
    def walks(self) -> list[ContentWalk]:
        """A walk through each body that may come."""
        document = next(side.responses.spec.document for side in self.sides if side)
        return [ContentWalk(content, document, self.uses) for content in self.contents]

    def note_expectation(self, more: Iterable[BodyExpectation] = ()) -> None:
        """Note what is expected."""
        expected = self.expectation
        for header in expected.headers:
            self.note_header(header.name)
        for walk in self.walks:
            for body in (*expected.body, *more):
                self._note_body(walk, body)
            for relation in expected.relations:
                _note_relation(walk, relation)
            for xml in expected.xml:
                _note_xml(walk, xml.path)
            if expected.text is not None or expected.sha256 is not None:
                walk.note_whole(walk.start)
            self._note_success(walk)

    def note_header(self, name: str) -> None:
        """Note that a header is looked at."""
        self.uses |= {("header", statuses, name.lower()) for statuses in self._pairs}

    def note_capture(self, capture: Capture) -> list[tuple[ContentWalk, Pairs]]:
        """Note what a capture looks at, and return where its value is from."""
        match capture.source:
            case CaptureSource.HEADER:
                self.note_header(capture.path)
            case CaptureSource.COOKIE:
                self.note_header("set-cookie")
            case CaptureSource.TEXT:
                for walk in self.walks:
                    walk.note_whole(walk.start)
            case CaptureSource.XML:
                for walk in self.walks:
                    _note_xml(walk, capture.path)
            case CaptureSource.PATH:
                found = [(walk, walk.follow(capture.path, walk.start)) for walk in self.walks]
                for walk, reached in found:
                    walk.note(reached)
                return found
        return []

    def _is_meant(self, content: Content) -> bool:
        old, new = content.statuses
        is_possible = old in self._statuses[0] or new in self._statuses[1]
        wanted = self.expectation.media_type
        is_same = wanted is None or is_open(wanted) or _has_type(content.media_types, wanted)
        return content.area == "response" and is_possible and is_same

    def _list_types(self) -> list[str]:
        """Return the media types that are expected, by their names in the documents."""
        declared = list(
            dict.fromkeys(
                name
                for described, statuses in zip((self.pair.old, self.pair.new), self._statuses, strict=True)
                for status, response in (described.responses.items() if described else ())
                if status in statuses
                for name in response.content
            )
        )
        wanted = self.expectation.media_type
        if wanted is not None and not is_open(wanted):
            return [name for name in declared if _has_type((name,), wanted)]
        return [name for name in declared if is_json_type(name)] or declared

    def _note_body(self, walk: ContentWalk, body: BodyExpectation) -> None:
        reached = walk.follow(body.path, walk.start)
        if not body.matcher.is_schema:
            walk.note_expected(body.matcher.value, reached)
        elif is_singular(body.path):
            walk.note_schema(body.matcher.value, reached)
        else:
            # A schema of the list of matches.
            walk.note(reached)
            for keyword in ("items", "contains"):
                walk.note_schema(body.matcher.value.get(keyword), reached)

    def _note_success(self, walk: ContentWalk) -> None:
        if self.expectation.success is None:
            return
        for side in self.sides:
            if side and side.operation.success is not None and not _is_error(walk.content):
                walk.note_schema(side.operation.success, walk.start)
            code = side.operation.error_code if side else None
            if (
                code is not None
                and isinstance(self.expectation.error, str)
                and not isinstance(self.expectation.error, Unset)
            ):
                walk.note(walk.follow(render_path(parse_pointer(code)), walk.start))


def _is_error(content: Content) -> bool:
    return not any(status and status.startswith("2") for status in content.statuses)


def _has_type(names: Iterable[str], wanted: str) -> bool:
    return any(strip_parameters(name) == strip_parameters(wanted) for name in names)


def _note_relation(walk: ContentWalk, relation: Relation) -> None:
    if is_path(relation.this):
        reached = walk.follow(relation.this, walk.start)
        walk.note_whole(reached)
        if relation.kind is CheckName.EVERY:
            walk.note_schema(relation.operand, reached)
    if is_path(relation.operand):
        walk.note_whole(walk.follow(relation.operand, walk.start))


def _note_xml(walk: ContentWalk, path: str) -> None:
    """Note where an XPath leads to, as far as it is plain; else the whole body. Its root has no name in schemas."""
    names = [name.rpartition(":")[2].lstrip("@") for name in path.split("/")]
    if not path.startswith("/") or "" in names[1:] or not all(name.isidentifier() for name in names[1:]):
        walk.note_whole(walk.start)
        return
    reached = walk.start
    for name in names[2:]:
        found = walk.enter(name, reached)
        items = walk.step_items(found)
        reached = [*found, *items]
    walk.note(reached)


def iter_item_walks(answers: AnswerUses, rows: str) -> Iterator[tuple[ContentWalk, Pairs]]:
    """Yield each body with its items, where `rows` leads to them; a list stands for its items."""
    for walk in answers.walks:
        reached = walk.follow(rows, walk.start)
        walk.note(reached)
        yield walk, ([*reached, *walk.step_items(reached)] if is_singular(rows) else reached)
