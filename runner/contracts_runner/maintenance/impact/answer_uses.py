"""What the author of a step, or a check of the warehouse, looks at in the answers of an operation."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from contracts_runner.maintenance.impact.changes import ASSERTED, Content
from contracts_runner.maintenance.impact.content_walk import ContentWalk, Pairs
from contracts_runner.maintenance.impact.document_changes import OperationPair
from contracts_runner.maintenance.impact.extension_changes import ERROR_CODE, SUCCESS
from contracts_runner.maintenance.impact.written_uses import Uses, Written, find_written
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
from contracts_runner.reading.places import Place


@dataclass(frozen=True, slots=True)
class Side:
    """An operation as one of the documents has it, and what that declares."""

    operation: Operation
    responses: DeclaredResponses


@dataclass
class AnswerUses:
    """The answers that fulfil an expectation, in both documents; `uses` grows. `place` is where it is written."""

    pair: OperationPair
    sides: tuple[Side | None, Side | None]
    expectation: Expectation
    uses: Uses = field(default_factory=Uses)
    place: Place | None = None

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
        return self._build_walks(self.uses)

    def note_paths(self, paths: Iterable[str]) -> None:
        """Note that JSONPaths are looked at that no contract has."""
        for walk in self._build_walks(silent := Uses()):
            for path in paths:
                walk.note(walk.follow(path, walk.start))
        self.uses |= silent

    def _build_walks(self, uses: Uses) -> list[ContentWalk]:
        document = next(side.responses.spec.document for side in self.sides if side)
        return [ContentWalk(content, document, uses) for content in self.contents]

    def note_expectation(self) -> None:
        """Note what is expected."""
        expected, place = self.expectation, self.place
        self._note_names()
        self._note_asserted()
        if expected.success is not None:
            self.uses.add(SUCCESS)
        for header in expected.headers:
            self.note_header(header.name)
        for walk in self.walks:
            self.note_bodies(walk, expected.body, place and place.at("body"))
            for index, relation in enumerate(expected.relations):
                _note_relation(walk, relation, place and place.at("relations", index, relation.kind))
            for xml in expected.xml:
                _note_xml(walk, xml.path)
            if expected.text is not None or expected.sha256 is not None:
                walk.note_whole(walk.start)
        # What they look at is not for contracts to say.
        for walk in self._build_walks(silent := Uses()):
            self._note_success(walk)
        self.uses |= silent

    def note_header(self, name: str) -> None:
        """Note that a header is looked at."""
        self.uses |= {("header", statuses, name.lower()) for statuses in self._pairs}

    def note_bodies(self, walk: ContentWalk, bodies: Iterable[BodyExpectation], place: Place | None) -> None:
        """Note what is expected of a body at paths, which are the keys of what is written at a place."""
        for body in bodies:
            self._note_body(walk, body, place and place.at(body.path))

    def note_capture(self, capture: Capture, place: Place) -> list[tuple[ContentWalk, Pairs]]:
        """Note what a capture looks at, which is written at a place, and return where its value is from."""
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
                at = place.at("path") if isinstance(place.find(), Mapping) else place
                found = [(walk, walk.follow(capture.path, walk.start, Written(at))) for walk in self.walks]
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

    def _note_asserted(self) -> None:
        """Note what an author says of an answer, beside what is in its body."""
        expected = self.expectation
        said = (expected.headers, expected.body, expected.relations, expected.xml, expected.text, expected.status)
        has_error = isinstance(expected.error, str) and not isinstance(expected.error, Unset)
        if has_error:
            self.uses.add(ERROR_CODE)
        if any(said) or expected.status_from or expected.media_type or has_error:
            self.uses.add(ASSERTED)
        if expected.status is not None:
            self.uses |= {("asserted", "status", status) for found in self._statuses for status in found}
        if expected.media_type is not None:
            types = self._list_types()
            self.uses |= {("asserted", "media type", each, name) for each in self._statuses[1] for name in types}

    def _note_names(self) -> None:
        """Note where statuses and the media type are written."""
        if self.place is None:
            return
        status = self.place.find("status")
        for number in range(len(status)) if isinstance(status, list) else [None]:
            at = self.place.at("status", *([] if number is None else [number]))
            self.uses.write(("status", str(at.find())), Written(at))
        if self.expectation.media_type is not None:
            for statuses in self._pairs:
                for name in self._list_types():
                    written = Written(self.place.at("media_type"))
                    self.uses.write(("media type", "response", statuses, name), written)

    def _note_body(self, walk: ContentWalk, body: BodyExpectation, place: Place | None) -> None:
        reached = walk.follow(body.path, walk.start, find_written(place, is_key=True))
        if not body.matcher.is_schema:
            walk.note_expected(body.matcher.value, reached)
        elif is_singular(body.path):
            walk.note_schema(body.matcher.value, reached, place)
        else:
            # A schema of the list of matches.
            walk.note(reached)
            for keyword in ("items", "contains"):
                walk.note_schema(body.matcher.value.get(keyword), reached, place and place.at(keyword))

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


def _note_relation(walk: ContentWalk, relation: Relation, place: Place | None) -> None:
    if is_path(relation.this):
        reached = walk.follow(relation.this, walk.start, find_written(place and place.at("this")))
        if relation.kind is CheckName.EVERY:
            walk.note_schema(relation.operand, reached, place and place.at("is"))
        elif relation.kind is not CheckName.COUNT:
            walk.note_whole(reached)
    if is_path(relation.operand):
        keys = (
            [key for key, value in place.find().items() if key != "this" and value == relation.operand] if place else []
        )
        written = Written(place.at(keys[0])) if place and keys else None
        walk.note_whole(walk.follow(relation.operand, walk.start, written))


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


def iter_item_walks(answers: AnswerUses, rows: str, place: Place | None) -> Iterator[tuple[ContentWalk, Pairs]]:
    """Yield each body with its items, where `rows`, which is written at a place, leads to them; a list stands for its
    items."""
    for walk in answers.walks:
        reached = walk.follow(rows, walk.start, find_written(place))
        walk.note(reached)
        yield walk, ([*reached, *walk.step_items(reached)] if is_singular(rows) else reached)
