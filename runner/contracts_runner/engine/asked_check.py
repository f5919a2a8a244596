"""Checks before the first request what warehouse checks would ask the API, parameters and bodies, against the spec."""

from collections.abc import Iterable, Iterator, Mapping

from contracts_runner.engine.listing_request import (
    Question,
    add_page,
    build_question,
    find_paging_faults,
    iter_overridden,
)
from contracts_runner.engine.request_conformance import Mismatch, iter_mismatches, iter_obstacles
from contracts_runner.engine.request_values import UNKNOWN, Unknown, Values
from contracts_runner.errors import Problem, Rule
from contracts_runner.model.spec import Effect, Operation
from contracts_runner.model.warehouse import TableCheck, WarehouseContract, find_asks
from contracts_runner.model.warehouse_kinds import Asks
from contracts_runner.openapi.spec import Spec

_HINT = "`parameters`, x-paging and for_each: {operation, rows, parameters: {name: path}} give parameters"


def check_asked(contracts: Iterable[WarehouseContract], spec: Spec) -> Iterator[Problem]:
    """Yield how the first page that each check asks for breaks the spec, or cannot be sent.

    What `for_each` gives is known only when it is asked; operations that write are left out, as they are never sent.
    The check is the owner of the problem.
    """
    for contract in contracts:
        for check in contract.checks if contract.spec == spec.key else ():
            if asks := find_asks(check):
                for question in _iter_questions(asks):
                    yield from _check_question(spec, check, question)


def _iter_questions(asks: Asks) -> Iterator[Question]:
    if asks.for_each is not None:
        yield build_question(asks.for_each.asks)
    given: Mapping[str, Unknown] = dict.fromkeys(asks.for_each.parameters if asks.for_each else (), UNKNOWN)
    yield build_question(asks, given)


def _check_question(spec: Spec, check: TableCheck, question: Question) -> Iterator[Problem]:
    operation = spec.find_operation(question.operation)
    # An unknown operation is a mistake in references, reported there; one that writes, or has a fault, is never sent.
    if operation is None or operation.effect is Effect.WRITE or operation.fault:
        return
    for message, hint in find_paging_faults(operation):
        location, owner = operation.location, check.location
        yield Problem(location=location, message=message, hint=hint, rule=Rule.UNDEFINED, owner=owner)
    for message in iter_overridden(operation, question):
        hint = "leave it out"
        yield Problem(location=check.location, message=message, hint=hint, rule=Rule.PARAMETER, owner=check.location)
    parameters, body = add_page(operation.paging, question, operation.paging.first if operation.paging else None)
    values = Values(parameters=parameters, body=body)
    obstacles = list(iter_obstacles(operation, values))
    unsendable = {(mismatch.key, mismatch.name) for mismatch in obstacles}
    others = [each for each in iter_mismatches(spec, operation, values) if (each.key, each.name) not in unsendable]
    for mismatch in (*obstacles, *others):
        yield _build_problem(operation, check, mismatch, is_given=mismatch.name in parameters)


def _build_problem(operation: Operation, check: TableCheck, mismatch: Mismatch, *, is_given: bool) -> Problem:
    message = str(mismatch) if operation.label in mismatch.subject else f"{operation.label}: {mismatch}"
    rule = Rule.BODY if mismatch.key == "body" else Rule.PARAMETER
    return Problem(
        location=check.location,
        message=message,
        hint="" if is_given or mismatch.key == "body" else _HINT,
        rule=Rule.UNDEFINED if mismatch.is_of_document else rule,
        owner=check.location,
    )
