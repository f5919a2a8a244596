"""Rules on warehouse checks that compare tables with an operation's answers: the paths into those answers."""

from collections.abc import Iterator, Mapping

from contracts_runner.errors import Problem
from contracts_runner.maintenance.lint.bodies import PATH
from contracts_runner.maintenance.lint.schema_paths.shape import Shape
from contracts_runner.maintenance.lint.schema_paths.steps import Steps
from contracts_runner.maintenance.lint.schema_paths.walk import is_singular, walk
from contracts_runner.maintenance.lint.subject import Subject
from contracts_runner.model.contract import Expectation
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Operation
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.openapi.spec import Spec

_SUCCESS = Expectation(success=True)


def check_warehouse_paths(subject: Subject) -> Iterator[Problem]:
    """Yield the paths of `reconcile` and `sum_equals` that a successful answer cannot have.

    `rows` is a path of the answer; the others are paths of one row. So it is for `for_each` within them.
    """
    for contract in subject.project.warehouses:
        spec = subject.project.specs.get(contract.spec)
        for check in contract.checks if spec else ():
            for options in _list_walks(check.options):
                if spec:
                    yield from _check_walk(subject, spec, check, options)


def _list_walks(options: Json) -> list[Mapping[str, Json]]:
    if not isinstance(options, Mapping):
        return []
    each = options.get("for_each")
    return [options, each] if isinstance(each, Mapping) else [options]


def _check_walk(subject: Subject, spec: Spec, check: TableCheck, options: Mapping[str, Json]) -> Iterator[Problem]:
    name = options.get("operation")
    operation = spec.find_operation(name) if isinstance(name, str) else None
    if operation and operation.responses:
        answers = subject.find_answers(spec)
        bodies = answers.list_bodies(operation, _SUCCESS)
        if bodies:
            yield from _check_paths(operation, check, options, answers.steps, bodies)


def _check_paths(
    operation: Operation, check: TableCheck, options: Mapping[str, Json], steps: Steps, bodies: tuple[Shape, ...]
) -> Iterator[Problem]:
    rows = options.get("rows")
    if not isinstance(rows, str):
        return
    found = walk(steps, rows, bodies)
    if found.reason:
        yield _build_problem(operation, check, rows, found.reason, found.hint)
        return
    items = found.shapes
    if is_singular(rows):
        items = tuple(shape for each in found.shapes for shape in steps.at_any_item(each).shapes)
    for path in _iter_row_paths(options):
        inner = walk(steps, path, items)
        if items and inner.reason:
            yield _build_problem(operation, check, f"{path} of a row", inner.reason, inner.hint)


def _iter_row_paths(options: Mapping[str, Json]) -> Iterator[str]:
    """Yield the paths of an item, but those of what `for_each` adds to it."""
    values = [options.get("key"), options.get("changed"), options.get("value")]
    values += options["once"] if isinstance(options.get("once"), list) else ()
    for name in ("compare", "by", "parameters", "keep"):
        mapping = options.get(name)
        values += mapping.values() if isinstance(mapping, Mapping) else ()
    added = {f"$.{name}" for name in _list_added(options.get("for_each"))}
    yield from (value for value in values if isinstance(value, str) and value.startswith("$") and value not in added)


def _list_added(each: Json) -> list[str]:
    mappings = [each.get("parameters"), each.get("keep")] if isinstance(each, Mapping) else []
    return [name for mapping in mappings if isinstance(mapping, Mapping) for name in mapping]


def _build_problem(operation: Operation, check: TableCheck, path: str, reason: str, hint: str) -> Problem:
    message = f"{operation.label} never answers with {path}: {reason}"
    return Problem(location=check.location, message=message, hint=hint, rule=PATH)
