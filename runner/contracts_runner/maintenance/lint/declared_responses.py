"""What the spec declares for the responses that an author expects: their statuses, and the JSON in them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.expectations import is_success_implied
from contracts_runner.engine.media_types import find_media_type
from contracts_runner.maintenance.lint.schema_paths.navigation import ShapeNavigator, collect_shapes
from contracts_runner.maintenance.lint.schema_paths.shapes import ANYTHING, SchemaExpander, Shape, combine, list_values
from contracts_runner.maintenance.lint.schema_paths.values import ValueChecker, always_fulfils
from contracts_runner.model.contract import Expectation, Unset
from contracts_runner.model.data_kinds import find_data_kind
from contracts_runner.model.http import has_media_type, is_json_type, is_without_content
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import parse_pointer
from contracts_runner.model.spec import Operation, ResponseSpec
from contracts_runner.openapi.dialect import Dialect
from contracts_runner.openapi.spec import Spec

_ALL_STATUSES = frozenset(range(100, 600))
_SUCCESSES = frozenset(range(200, 300))
_NO_ROOT: Mapping[str, Json] = {}


@dataclass(frozen=True, slots=True)
class PossibleResponse:
    """A declared response that an expectation allows, with those of its statuses that are expected."""

    response: ResponseSpec
    statuses: frozenset[int]

    def has_content(self, method: str) -> bool:
        """False where HTTP allows no body."""
        return not all(is_without_content(method, status) for status in self.statuses)


class DeclaredResponses:
    """The responses that one spec declares for its operations."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        is_3_0 = spec.version.startswith("3.0")
        self._dialect = Dialect(document=spec.document, is_3_0=is_3_0, direction="response")
        self._request_dialect = Dialect(document=spec.document, is_3_0=is_3_0, direction="request")
        self._expander = SchemaExpander()
        self.navigator = ShapeNavigator(self._expander)
        self.values = ValueChecker(self.navigator)
        self._roots: dict[tuple[str, str], Mapping[str, Json]] = {}
        self._bodies: dict[tuple[object, ...], tuple[Shape, ...]] = {}
        self._covered: dict[str, dict[str, frozenset[int]]] = {}

    def list_possible(self, operation: Operation, expectation: Expectation) -> list[PossibleResponse]:
        """Return the declared responses that fulfil the expected status and success; empty where all of those are
        undeclared."""
        wanted = find_statuses(expectation)
        return [
            PossibleResponse(operation.responses[status], statuses & wanted)
            for status, statuses in self._find_covered(operation).items()
            if statuses & wanted
        ]

    def list_undeclared_statuses(self, operation: Operation, expectation: Expectation) -> list[str]:
        """Return the expected statuses, as an author writes them, that the operation does not declare."""
        declared = self._find_covered(operation).values()
        return [
            str(low) if low == high else f"{low // 100}xx"
            for low, high in expectation.status or ()
            if not any(statuses.intersection(range(low, high + 1)) for statuses in declared)
        ]

    def list_bodies(self, operation: Operation, expectation: Expectation) -> tuple[Shape, ...]:
        """Return what the JSON of the body can be; none if no response has JSON, or none with the expected error."""
        code = get_error_code(expectation)
        if code is None or operation.error_code is None:
            return self.list_bodies_by_success(operation, expectation)
        key = (operation.label, expectation.status, expectation.success, code, expectation.media_type)
        if key not in self._bodies:
            shapes = self.list_bodies_by_success(operation, expectation)
            schema = _build_code_schema(operation.error_code, code)
            wanted = self._expander.expand(schema, _NO_ROOT) if schema else (ANYTHING,)
            self._bodies[key] = self._combine(shapes, wanted)
        return self._bodies[key]

    def list_bodies_by_success(self, operation: Operation, expectation: Expectation) -> tuple[Shape, ...]:
        """Return the same by the expected status and success alone, whatever error is expected."""
        possible = [each for each in self.list_possible(operation, expectation) if each.has_content(operation.method)]
        media_type = find_declared_type(possible, expectation)
        groups = [
            self._find_bodies(operation, pointer, is_success=_find_wanted_success(expectation, each))
            for each in possible
            for pointer in _list_pointers(each.response, media_type)
        ]
        return tuple(dict.fromkeys(chain(*groups)))

    def list_codes(self, operation: Operation, bodies: tuple[Shape, ...]) -> list[str]:
        """Return the error codes that the bodies can have, as far as the spec lists them."""
        shapes = self.list_code_shapes(operation, bodies)
        values = (value for shape in shapes for member in shape for value in list_values(member.schema) or ())
        return list(dict.fromkeys(map(str, values)))

    def list_request_shapes(self, pointer: str) -> tuple[Shape, ...]:
        """Return what the schema of a request body allows."""
        return self._expand(("request", pointer), partial(self._request_dialect.build, pointer))

    def list_code_shapes(self, operation: Operation, bodies: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Return what the error code of the bodies can be."""
        shapes = bodies
        for part in parse_pointer(operation.error_code or ""):
            shapes = collect_shapes(self.navigator.get_property(shape, str(part)) for shape in shapes)
        return shapes

    def _find_covered(self, operation: Operation) -> Mapping[str, frozenset[int]]:
        if operation.label not in self._covered:
            self._covered[operation.label] = _list_covered(operation)
        return self._covered[operation.label]

    def _find_bodies(self, operation: Operation, pointer: str, *, is_success: bool | None) -> tuple[Shape, ...]:
        """Return what the schema at a pointer allows: all, or what is a success by `x-success`, or what is not."""
        key = (operation.label, pointer, is_success)
        if key not in self._bodies:
            build = partial(self._dialect.build, pointer)
            shapes = self._expand(("body", pointer), build) if pointer else (ANYTHING,)
            if is_success is not None and operation.success is not None:
                build = partial(self._dialect.build_inline, operation.success)
                rule = self._expand(("x-success", operation.label), build)
                if is_success:
                    shapes = self._combine(shapes, rule)
                else:
                    shapes = tuple(shape for shape in shapes if not always_fulfils(self.navigator, shape, rule))
            self._bodies[key] = shapes
        return self._bodies[key]

    def _combine(self, *groups: tuple[Shape, ...]) -> tuple[Shape, ...]:
        return tuple(shape for shape in combine(groups) if self.navigator.is_possible(shape))

    def _expand(self, key: tuple[str, str], build: Callable[[], Mapping[str, Json]]) -> tuple[Shape, ...]:
        if key not in self._roots:
            self._roots[key] = build()
        return self._expander.expand(self._roots[key], self._roots[key])


def _find_wanted_success(expectation: Expectation, possible: PossibleResponse) -> bool | None:
    """Return whether the response must fulfil `x-success`, None where it does not matter."""
    if not possible.statuses <= _SUCCESSES:
        return None
    if get_error_code(expectation) is not None:
        return False
    return True if isinstance(expectation.success, Unset) else expectation.success


def find_declared_type(responses: Sequence[PossibleResponse], expectation: Expectation) -> str | None:
    """Return the expected media type, None if there is none or no response declares it."""
    media_type = None if _is_open(expectation.media_type) else expectation.media_type
    schemas = (possible.response.schemas for possible in responses)
    is_declared = media_type and any(not declared or _list_keys(declared, media_type) for declared in schemas)
    return media_type if is_declared else None


def _list_keys(declared: Mapping[str, str], media_type: str) -> list[str]:
    """Return the declared media types that an answer with an expected one may have; what is not stated of its
    parameters may be anything."""
    if (best := find_media_type(declared, media_type)) and "*" not in best:
        return [best]
    alike = [key for key in declared if has_media_type(key, media_type)]
    return alike or ([best] if best else [])


def _list_pointers(response: ResponseSpec, media_type: str | None) -> list[str]:
    """Return the schemas of the data that a response may hold; "" where any JSON may come."""
    if not response.schemas:
        return [""]
    if media_type is not None:
        keys = _list_keys(response.schemas, media_type)
        return _list_data(media_type, [response.schemas[key] for key in keys])
    pointers = [_list_data(name, [pointer]) for name, pointer in response.schemas.items()]
    return list(dict.fromkeys(chain(*pointers)))


def _list_data(media_type: str, pointers: list[str]) -> list[str]:
    """Return the schemas of what is read as data: of a list of rows or items nothing is certain."""
    if is_json_type(media_type) or "*" in media_type:
        return pointers
    return [""] if find_data_kind(media_type) else []


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


def get_error_code(expectation: Expectation) -> str | None:
    """Return the error code that is expected, None where none is, or where an expression gives it."""
    return None if isinstance(expectation.error, Unset) or _is_open(expectation.error) else expectation.error


def _is_open(text: str | None) -> bool:
    return text is not None and "${" in text


def find_statuses(expectation: Expectation) -> frozenset[int]:
    """Return the statuses that a response may have."""
    ranges = expectation.status
    stated = _ALL_STATUSES if ranges is None else [status for low, high in ranges for status in range(low, high + 1)]
    is_success = expectation.success is True or (
        isinstance(expectation.success, Unset) and is_success_implied(expectation)
    )
    return _SUCCESSES.intersection(stated) if is_success else frozenset(stated)


def _list_covered(operation: Operation) -> dict[str, frozenset[int]]:
    """Return the statuses that each declared response is for: the most exact one counts (OpenAPI 3.1 §4.8.16)."""
    covered: dict[str, frozenset[int]] = {}
    rest = _ALL_STATUSES
    # A status, then a class of them, then `default`.
    for status in sorted(operation.responses, key=lambda name: (name.lower() == "default", not name.isdecimal())):
        name = status.upper()
        match name[1:], name[0]:
            case "XX", digit if digit.isdecimal():
                own = frozenset(range(int(digit) * 100, int(digit) * 100 + 100))
            case _ if name == "DEFAULT":
                own = _ALL_STATUSES
            case _:
                own = frozenset([int(name)]) if name.isdecimal() else frozenset()
        covered[status] = own & rest
        rest -= own
    return covered
