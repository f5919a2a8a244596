"""Rules on `x-paging`: what it names is there, and an operation that seems to have pages has it."""

import dataclasses
from collections.abc import Iterable, Iterator

from contracts_runner.engine.listing_request import find_paging_faults
from contracts_runner.engine.page_signs import CONTAINERS, LINK_HEADER, MORE, NEXT, TOTAL_HEADER
from contracts_runner.errors import Problem, Rule
from contracts_runner.maintenance.lint.declared_responses import DeclaredResponses
from contracts_runner.maintenance.lint.schema_paths.navigation import ShapeNavigator, find_names
from contracts_runner.maintenance.lint.schema_paths.paths import follow_path
from contracts_runner.maintenance.lint.schema_paths.shapes import Shape, find_all_types
from contracts_runner.maintenance.lint.subject import Subject, warn
from contracts_runner.model.contract import Expectation
from contracts_runner.model.spec import AnswerPlace, Effect, Operation, Paging
from contracts_runner.reading.suggest import suggest_or_list

_SUCCESS = Expectation(success=True)
_HEADERS = frozenset({LINK_HEADER.lower(), TOTAL_HEADER.lower()})


def check_paging(subject: Subject) -> Iterator[Problem]:
    """Yield the operations whose `x-paging` names a place that no successful answer has, or an unknown parameter, and
    those without `x-paging` whose answers show a sign of further pages, where there are warehouse checks, which alone
    read a listing to its end."""
    has_asking = bool(subject.project.warehouses)
    for spec in subject.project.specs.values():
        responses, used = subject.get_responses(spec), subject.find_used(spec)
        for operation in spec.operations.values():
            if operation.paging:
                yield from _check_places(responses, operation, operation.paging)
                if id(operation) not in subject.asked:  # else it is an error, of what asks
                    faults = find_paging_faults(operation)
                    yield from (warn(operation.location, *fault, rule=Rule.PAGING) for fault in faults)
            elif has_asking and operation.effect is Effect.READ and (sign := _find_sign(responses, operation)):
                message = f"'{operation.label}' has no 'x-paging', and its answers show a sign of further pages: {sign}"
                hint = "a warehouse check that asks it looks at one answer, and is errored when that names another page"
                found = warn(operation.location, message, hint, rule=Rule.PAGING)
                yield dataclasses.replace(found, is_aside=operation.label not in used)


def _check_places(responses: DeclaredResponses, operation: Operation, paging: Paging) -> Iterator[Problem]:
    bodies = responses.list_bodies(operation, _SUCCESS)
    more = AnswerPlace(path=paging.more) if paging.more else None
    for place in filter(None, (paging.total, paging.next, more)):
        if place.header:
            reason, hint = _find_missing_header(responses, operation, place.header)
        else:
            found = follow_path(responses.navigator, place.path, bodies)
            reason, hint = (found.reason, found.hint) if bodies else ("", "")
        if reason:
            message = f"x-paging: {operation.label} never answers with {place}: {reason}"
            yield warn(operation.location, message, hint or "", rule=Rule.PAGING)


def _find_missing_header(responses: DeclaredResponses, operation: Operation, name: str) -> tuple[str, str]:
    """Return why no declared answer has a header, and a hint; nothing where none is declared at all."""
    declared = list(_iter_headers(responses, operation))
    if not declared or name.lower() in map(str.lower, declared):
        return "", ""
    return "no such header is declared", suggest_or_list(name, declared)


def _find_sign(responses: DeclaredResponses, operation: Operation) -> str:
    """Return where a successful answer may name another page, "" if nowhere."""
    if not operation.responses:
        return ""
    bodies, navigator = responses.list_bodies(operation, _SUCCESS), responses.navigator
    headers = (f"the header {name}" for name in _iter_headers(responses, operation) if name.lower() in _HEADERS)
    return next(_iter_body_signs(navigator, bodies), "") or next(headers, "")


def _iter_body_signs(navigator: ShapeNavigator, bodies: Iterable[Shape]) -> Iterator[str]:
    for shape in bodies:
        yield from _iter_members(navigator, shape, "$")
        for name in CONTAINERS:
            if name in find_names(shape):
                for below in navigator.get_property(shape, name).shapes:
                    yield from _iter_members(navigator, below, f"$.{name}")


def _iter_members(navigator: ShapeNavigator, shape: Shape, path: str) -> Iterator[str]:
    described = find_names(shape)
    for name in (*NEXT, *MORE):
        if name in described and find_all_types(navigator.get_property(shape, name).shapes) - {"null"}:
            yield f"{path}.{name}"


def _iter_headers(responses: DeclaredResponses, operation: Operation) -> Iterator[str]:
    for possible in responses.list_possible(operation, _SUCCESS):
        yield from (header.name for header in possible.response.headers)
