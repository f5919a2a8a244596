"""Rules on `x-paging`: the total must be in the answer, and the page number in the request."""

from collections.abc import Iterator

from contracts_runner.errors import Problem
from contracts_runner.maintenance.lint.schema_paths.walk import walk
from contracts_runner.maintenance.lint.subject import Subject
from contracts_runner.model.contract import Expectation
from contracts_runner.model.spec import Operation, Paging
from contracts_runner.openapi.spec import Spec
from contracts_runner.reading.suggest import suggest_or_list

RULE = "paging"

_SUCCESS = Expectation(success=True)


def check_paging(subject: Subject) -> Iterator[Problem]:
    """Yield the operations whose `x-paging` names a total that no successful answer has, or an unknown parameter."""
    for spec in subject.project.specs.values():
        for operation in spec.operations.values():
            if operation.paging:
                yield from _check_total(subject, spec, operation, operation.paging)
                yield from _check_page(operation, operation.paging)


def _check_total(subject: Subject, spec: Spec, operation: Operation, paging: Paging) -> Iterator[Problem]:
    answers = subject.find_answers(spec)
    bodies = answers.list_bodies(operation, _SUCCESS)
    found = walk(answers.steps, paging.total, bodies)
    if bodies and found.reason:
        message = f"x-paging: {operation.label} never answers with {paging.total}: {found.reason}"
        yield Problem(location=operation.location, message=message, hint=found.hint, rule=RULE)


def _check_page(operation: Operation, paging: Paging) -> Iterator[Problem]:
    names = [parameter.name for parameter in operation.parameters if parameter.placement == "query"]
    if paging.placement == "query" and paging.name not in names:
        message = f"x-paging: {operation.label} has no query parameter '{paging.name}'"
        yield Problem(location=operation.location, message=message, hint=suggest_or_list(paging.name, names), rule=RULE)
