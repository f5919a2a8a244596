"""Rules on warehouse checks that compare tables with an operation's responses: the paths into those responses."""

from collections.abc import Iterator
from typing import NamedTuple

from contracts_runner.errors import Problem
from contracts_runner.maintenance.lint.bodies import build_path_problem
from contracts_runner.maintenance.lint.declared_responses import DeclaredResponses
from contracts_runner.maintenance.lint.schema_paths.navigation import collect_shapes
from contracts_runner.maintenance.lint.schema_paths.paths import follow_path, is_singular
from contracts_runner.maintenance.lint.subject import Subject
from contracts_runner.model.contract import Expectation
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.model.warehouse_kinds import AskingKind

_SUCCESS = Expectation(success=True)


def check_warehouse_paths(subject: Subject) -> Iterator[Problem]:
    """Yield the paths of `reconcile` and `sum_equals` that a successful response cannot have.

    `rows` is a path of the response; the others are paths of one row, also in `for_each`.
    """
    for contract in subject.project.warehouses:
        if spec := subject.project.specs.get(contract.spec):
            for check in contract.checks:
                for asked in _iter_asked(check):
                    yield from _check_paths(subject.get_responses(spec), check, asked)


class _Asked(NamedTuple):
    """An operation, the path of its rows, and the JSONPaths that are looked for in one row."""

    operation: str
    rows: str
    item_paths: tuple[str, ...]


def _iter_asked(check: TableCheck) -> Iterator[_Asked]:
    kind = check.kind
    if not isinstance(kind, AskingKind):
        return
    asks, each = kind.asks, kind.asks.for_each
    added = {f"$.{name}" for names in (each.parameters, each.keep) for name in names} if each else set()
    yield _Asked(asks.operation, asks.rows, tuple(path for path in kind.item_paths if path not in added))
    if each:
        yield _Asked(each.operation, each.rows, (*each.parameters.values(), *each.keep.values()))


def _check_paths(responses: DeclaredResponses, check: TableCheck, asked: _Asked) -> Iterator[Problem]:
    operation, navigator = responses.spec.find_operation(asked.operation), responses.navigator
    bodies = responses.list_bodies(operation, _SUCCESS) if operation and operation.responses and asked.rows else ()
    if operation is None or not bodies:
        return
    found = follow_path(navigator, asked.rows, bodies)
    if found.reason:
        yield build_path_problem(operation, asked.rows, found, check.location)
        return
    items = found.shapes
    if is_singular(asked.rows):
        items = collect_shapes(map(navigator.get_any_item, found.shapes))
    for path in filter(None, asked.item_paths):
        inner = follow_path(navigator, path, items)
        if items and inner.reason:
            yield build_path_problem(operation, f"{path} of a row", inner, check.location)
