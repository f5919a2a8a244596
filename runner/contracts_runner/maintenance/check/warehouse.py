"""Rules on warehouse checks that compare tables with an operation's answers: the paths into those answers."""

from collections.abc import Iterator, Mapping

from contracts_runner.errors import Problem
from contracts_runner.maintenance.check.bodies import PATH
from contracts_runner.maintenance.check.subject import Subject
from contracts_runner.maintenance.shapes.shape import Shape
from contracts_runner.maintenance.shapes.steps import Steps
from contracts_runner.maintenance.shapes.walk import is_singular, walk
from contracts_runner.model.contract import Expectation
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Operation
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.project.spec import Spec

_SUCCESS = Expectation(success=True)


def check_warehouse_paths(subject: Subject) -> Iterator[Problem]:
    """Yield the paths of `reconcile` and `sum_equals` that a successful answer cannot have.

    `rows` is a path of the answer; the others are paths of one row.
    """
    for contract in subject.project.warehouses:
        spec = subject.project.specs.get(contract.spec)
        for check in contract.checks if spec else ():
            operation = _find_operation(spec, check) if spec else None
            if spec and operation and operation.responses:
                answers = subject.find_answers(spec)
                bodies = answers.list_bodies(operation, _SUCCESS)
                if bodies:
                    yield from _check_paths(operation, check, answers.steps, bodies)


def _find_operation(spec: Spec, check: TableCheck) -> Operation | None:
    name = check.options.get("operation") if isinstance(check.options, Mapping) else None
    return spec.find_operation(name) if isinstance(name, str) else None


def _check_paths(operation: Operation, check: TableCheck, steps: Steps, bodies: tuple[Shape, ...]) -> Iterator[Problem]:
    rows = check.options.get("rows")
    if not isinstance(rows, str):
        return
    found = walk(steps, rows, bodies)
    if found.reason:
        yield _build_problem(operation, check, rows, found.reason, found.hint)
        return
    items = found.shapes
    if is_singular(rows):
        items = tuple(shape for each in found.shapes for shape in steps.at_any_item(each).shapes)
    for path in _iter_row_paths(check.options):
        inner = walk(steps, path, items)
        if items and inner.reason:
            yield _build_problem(operation, check, f"{path} of a row", inner.reason, inner.hint)


def _iter_row_paths(options: Mapping[str, Json]) -> Iterator[str]:
    values = [options.get("key"), options.get("changed"), options.get("value")]
    for mapping in (options.get("compare"), options.get("by")):
        values += mapping.values() if isinstance(mapping, Mapping) else ()
    yield from (value for value in values if isinstance(value, str) and value.startswith("$"))


def _build_problem(operation: Operation, check: TableCheck, path: str, reason: str, hint: str) -> Problem:
    message = f"{operation.label} never answers with {path}: {reason}"
    return Problem(location=check.location, message=message, hint=hint, rule=PATH)
