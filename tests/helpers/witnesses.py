"""Which recorded answers keep which promises of the response schemas, and where."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts_runner.engine.body import parse_body
from contracts_runner.engine.conformance import find_body_schema, find_response
from contracts_runner.model.json_pointer import Pointer, find_value, render_pointer
from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.spec import Spec
from helpers.recorded_run import RecordedRun, Tape
from helpers.schema_places import TYPES, Path, Promise, find_places, list_types

DEPTH = 200
_KEPT = 4


@dataclass(frozen=True, slots=True)
class Witness:
    """An answer that keeps a promise: the paths of the promised property, and the types that it may have there."""

    tape: Tape
    index: int
    paths: tuple[Path, ...]
    types: frozenset[str]
    size: int


def find_witnesses(run: RecordedRun) -> Mapping[Promise, list[Witness]]:
    """Return a few answers for each promise, the shortest first."""
    found: dict[Promise, list[Witness]] = defaultdict(list)
    # What fails in a known way stays known, whatever else is wrong with the answer.
    for tape in (tape for tape in run.tapes if tape.outcome is Outcome.PASSED):
        for index in range(len(tape.exchanges)):
            for promise, witness in _iter_witnesses(run.spec, tape, index):
                found[promise].append(witness)
    return {promise: sorted(rows, key=lambda row: row.size)[:_KEPT] for promise, rows in found.items()}


def _iter_witnesses(spec: Spec, tape: Tape, index: int) -> Iterator[tuple[Promise, Witness]]:
    request, response = tape.exchanges[index]
    operation = spec.find_operation(request.operation)
    promised = find_response(operation, response.status_code) if operation else None
    root = find_body_schema(promised, response) if promised else ""
    body = parse_body(response, depth=DEPTH)
    if operation is None or promised is None or not root or spec.schemas.check_response(root, body.value):
        return
    schemas = find_places(spec, root, body.value)
    for (pointer, name), paths in _group(spec, schemas, body.value).items():
        promise = Promise(operation.label, promised.status, render_pointer(pointer), name)
        types = TYPES.intersection(*(_find_types(spec, schemas[path[:-1]], name) for path in paths))
        yield promise, Witness(tape, index, tuple(paths), types, len(response.body))


def _group(spec: Spec, schemas: Mapping[Path, list[Pointer]], value: Any) -> dict[tuple[Pointer, str], list[Path]]:
    found: dict[tuple[Pointer, str], list[Path]] = defaultdict(list)
    for path, pointers in schemas.items():
        # Of what is no object, `required` asks nothing.
        for pointer in pointers if isinstance(get_at(value, path), dict) else ():
            for name in _read(spec, pointer).get("required", ()):
                found[pointer, name].append((*path, name))
    return found


def get_at(value: Any, path: Path) -> Any:
    """Return the part of a JSON value at a path."""
    for part in path:
        value = value[part]
    return value


def _find_types(spec: Spec, pointers: list[Pointer], name: str) -> frozenset[str]:
    named = [pointer for pointer in pointers if name in _read(spec, pointer).get("properties", {})]
    return TYPES.intersection(*(list_types(spec, (*pointer, "properties", name)) for pointer in named))


def _read(spec: Spec, pointer: Pointer) -> Mapping[str, Any]:
    schema = find_value(spec.document, pointer)
    return schema if isinstance(schema, Mapping) else {}
