"""Rules on warehouse checks that compare tables with an operation's answers: the paths into those answers."""

from collections.abc import Iterator
from typing import NamedTuple

from contracts_runner.errors import Problem
from contracts_runner.maintenance.lint.bodies import PATH
from contracts_runner.maintenance.lint.schema_paths.shape import Shape
from contracts_runner.maintenance.lint.schema_paths.steps import Steps
from contracts_runner.maintenance.lint.schema_paths.walk import is_singular, walk
from contracts_runner.maintenance.lint.subject import Subject
from contracts_runner.model.contract import Expectation
from contracts_runner.model.spec import Operation
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.model.warehouse_kinds import AskingKind
from contracts_runner.openapi.spec import Spec

_SUCCESS = Expectation(success=True)


def check_warehouse_paths(subject: Subject) -> Iterator[Problem]:
    """Yield the paths of `reconcile` and `sum_equals` that a successful answer cannot have.

    `rows` is a path of the answer; the others are paths of one row. So it is for `for_each` within them.
    """
    for contract in subject.project.warehouses:
        spec = subject.project.specs.get(contract.spec)
        for check in contract.checks if spec else ():
            for asked in _iter_walks(check):
                if spec:
                    yield from _check_walk(subject, spec, check, asked)


class _Walk(NamedTuple):
    """The items of an operation, and the JSONPaths that are looked for in one."""

    operation: str
    rows: str
    item_paths: tuple[str, ...]


def _iter_walks(check: TableCheck) -> Iterator[_Walk]:
    kind = check.kind
    if not isinstance(kind, AskingKind):
        return
    asks, each = kind.asks, kind.asks.for_each
    added = {f"$.{name}" for names in (each.parameters, each.keep) for name in names} if each else set()
    yield _Walk(asks.operation, asks.rows, tuple(path for path in kind.item_paths if path not in added))
    if each:
        yield _Walk(each.operation, each.rows, (*each.parameters.values(), *each.keep.values()))


def _check_walk(subject: Subject, spec: Spec, check: TableCheck, asked: _Walk) -> Iterator[Problem]:
    operation = spec.find_operation(asked.operation) if asked.operation else None
    if operation and operation.responses and asked.rows:
        answers = subject.find_answers(spec)
        bodies = answers.list_bodies(operation, _SUCCESS)
        if bodies:
            yield from _check_paths(operation, check, asked, answers.steps, bodies)


def _check_paths(
    operation: Operation, check: TableCheck, asked: _Walk, steps: Steps, bodies: tuple[Shape, ...]
) -> Iterator[Problem]:
    found = walk(steps, asked.rows, bodies)
    if found.reason:
        yield _build_problem(operation, check, asked.rows, found.reason, found.hint)
        return
    items = found.shapes
    if is_singular(asked.rows):
        items = tuple(shape for each in found.shapes for shape in steps.at_any_item(each).shapes)
    for path in filter(None, asked.item_paths):
        inner = walk(steps, path, items)
        if items and inner.reason:
            yield _build_problem(operation, check, f"{path} of a row", inner.reason, inner.hint)


def _build_problem(operation: Operation, check: TableCheck, path: str, reason: str, hint: str) -> Problem:
    message = f"{operation.label} never answers with {path}: {reason}"
    return Problem(location=check.location, message=message, hint=hint, rule=PATH)
