"""What the spec lets a service answer where an author expects something: the responses, and the JSON in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts_runner.engine.media_types import find_media_type, is_json_type
from contracts_runner.maintenance.lint.schema_paths.entailment import always_fulfils
from contracts_runner.maintenance.lint.schema_paths.shape import ANYTHING, Shape, Shapes, combine
from contracts_runner.maintenance.lint.schema_paths.steps import Steps
from contracts_runner.maintenance.lint.schema_paths.types import list_values
from contracts_runner.maintenance.lint.schema_paths.values import Values
from contracts_runner.maintenance.statuses import SUCCESSES, find_covered, find_statuses, get_error_code
from contracts_runner.model.contract import Expectation, Unset
from contracts_runner.model.http import is_without_content
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import parse_pointer
from contracts_runner.model.spec import Operation, ResponseSpec
from contracts_runner.openapi.dialect import Dialect
from contracts_runner.openapi.spec import Spec

_NO_ROOT: Mapping[str, Json] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """A declared response that an expectation allows, with the statuses of it that may come."""

    response: ResponseSpec
    statuses: frozenset[int]

    @property
    def has_content(self) -> bool:
        """False where HTTP knows no body."""
        return not all(is_without_content("", status) for status in self.statuses)


class Answers:
    """The answers of one spec's operations."""

    def __init__(self, spec: Spec) -> None:
        self._dialect = Dialect(document=spec.document, is_3_0=spec.version.startswith("3.0"), direction="response")
        self._shapes = Shapes()
        self.steps = Steps(self._shapes)
        self.values = Values(self.steps)
        self._roots: dict[str, Mapping[str, Json]] = {}
        self._rules: dict[str, Mapping[str, Json]] = {}
        self._bodies: dict[tuple[object, ...], tuple[Shape, ...]] = {}
        self._covered: dict[str, dict[str, frozenset[int]]] = {}

    def list_answers(self, operation: Operation, expectation: Expectation) -> list[Answer]:
        """Return the declared responses that fulfil what is said of status and success; none where all of them are
        undeclared."""
        wanted = find_statuses(expectation)
        return [
            Answer(operation.responses[status], statuses & wanted)
            for status, statuses in self._find_covered(operation).items()
            if statuses & wanted
        ]

    def list_undeclared(self, operation: Operation, expectation: Expectation) -> list[str]:
        """Return the expected statuses, as an author writes them, that the operation does not declare."""
        declared = self._find_covered(operation).values()
        return [
            str(low) if low == high else f"{low // 100}xx"
            for low, high in expectation.status or ()
            if not any(statuses.intersection(range(low, high + 1)) for statuses in declared)
        ]

    def list_bodies(self, operation: Operation, expectation: Expectation) -> tuple[Shape, ...]:
        """Return what the JSON of the body can be; none if no answer has JSON, or none with the expected error."""
        code = get_error_code(expectation)
        if code is None or operation.error_code is None:
            return self.list_bodies_of_any_code(operation, expectation)
        key = (operation.label, expectation.status, expectation.success, code, expectation.media_type)
        if key not in self._bodies:
            shapes = self.list_bodies_of_any_code(operation, expectation)
            schema = _build_code_schema(operation.error_code, code)
            wanted = self._shapes.expand(schema, _NO_ROOT) if schema else (ANYTHING,)
            self._bodies[key] = self._combine(shapes, wanted)
        return self._bodies[key]

    def list_bodies_of_any_code(self, operation: Operation, expectation: Expectation) -> tuple[Shape, ...]:
        """Return the same, whatever error is expected."""
        found: dict[Shape, None] = {}
        answers = [answer for answer in self.list_answers(operation, expectation) if answer.has_content]
        media_type = find_declared_type(answers, expectation)
        for answer in answers if operation.method != "HEAD" else ():
            is_success = _find_wanted_success(expectation, answer)
            for pointer in _list_pointers(answer.response, media_type):
                found.update(dict.fromkeys(self._find_bodies(operation, pointer, is_success=is_success)))
        return tuple(found)

    def list_codes(self, operation: Operation, bodies: tuple[Shape, ...]) -> list[str]:
        """Return the error codes that the bodies can have, as far as the spec lists them."""
        shapes = self.list_code_shapes(operation, bodies)
        values = (value for shape in shapes for member in shape for value in list_values(member.schema) or ())
        return list(dict.fromkeys(map(str, values)))

    def list_code_shapes(self, operation: Operation, bodies: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Return what the error code of the bodies can be."""
        shapes = bodies
        for part in parse_pointer(operation.error_code or ""):
            arrivals = [self.steps.at_name(shape, str(part)) for shape in shapes]
            shapes = tuple(shape for arrival in arrivals for shape in arrival.shapes)
        return shapes

    def _find_covered(self, operation: Operation) -> Mapping[str, frozenset[int]]:
        if operation.label not in self._covered:
            self._covered[operation.label] = find_covered(operation)
        return self._covered[operation.label]

    def _find_bodies(self, operation: Operation, pointer: str, *, is_success: bool | None) -> tuple[Shape, ...]:
        """Return what the schema at a pointer allows: all, or what `x-success` takes for a success, or for none."""
        key = (operation.label, pointer, is_success)
        if key not in self._bodies:
            shapes = self._expand_pointer(pointer)
            if is_success is not None and operation.success is not None:
                rule = self._expand_rule(operation)
                if is_success:
                    shapes = self._combine(shapes, rule)
                else:
                    shapes = tuple(shape for shape in shapes if not always_fulfils(self.steps, shape, rule))
            self._bodies[key] = shapes
        return self._bodies[key]

    def _combine(self, *groups: tuple[Shape, ...]) -> tuple[Shape, ...]:
        return tuple(shape for shape in combine(groups) if self.steps.is_possible(shape))

    def _expand_pointer(self, pointer: str) -> tuple[Shape, ...]:
        if not pointer:
            return (ANYTHING,)
        if pointer not in self._roots:
            self._roots[pointer] = self._dialect.build(pointer)
        root = self._roots[pointer]
        return self._shapes.expand(root, root)

    def _expand_rule(self, operation: Operation) -> tuple[Shape, ...]:
        if operation.label not in self._rules:
            self._rules[operation.label] = self._dialect.build_inline(operation.success)
        root = self._rules[operation.label]
        return self._shapes.expand(root, root)


def _find_wanted_success(expectation: Expectation, answer: Answer) -> bool | None:
    """Return what `x-success` must say of the answer, None where it does not matter."""
    if not answer.statuses <= SUCCESSES:
        return None
    if get_error_code(expectation) is not None:
        return False
    return True if isinstance(expectation.success, Unset) else expectation.success


def find_declared_type(answers: Sequence[Answer], expectation: Expectation) -> str | None:
    """Return the expected media type, None if there is none or no answer declares it."""
    media_type = expectation.media_type
    schemas = (answer.response.schemas for answer in answers)
    is_declared = media_type and any(not declared or find_media_type(declared, media_type) for declared in schemas)
    return media_type if is_declared else None


def _list_pointers(response: ResponseSpec, media_type: str | None) -> list[str]:
    """Return the schemas of the JSON that a response may hold; "" where any JSON may come."""
    if not response.schemas:
        return [""]
    if media_type is not None:
        key = find_media_type(response.schemas, media_type)
        return [response.schemas[key]] if key is not None and is_json_type(media_type) else []
    return [pointer for name, pointer in response.schemas.items() if is_json_type(name) or "*" in name]


def _build_code_schema(pointer: str, code: str) -> Json:
    """Return the schema of a body with this error code, None for a pointer that leads through a list."""
    parts = parse_pointer(pointer)
    if any(str(part).isdecimal() for part in parts):
        return None
    # The engine compares codes as text.
    schema: Json = {"enum": [code, int(code)] if code.isdecimal() else [code]}
    for part in reversed(parts):
        schema = {"type": "object", "required": [part], "properties": {part: schema}}
    return schema
