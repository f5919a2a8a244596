"""Rules on the extensions of specs: `x-evidence` and `x-source` of all operations, and `x-paging`."""

from collections.abc import Iterator

from contracts_runner.errors import Problem
from contracts_runner.maintenance.lint.declared_responses import DeclaredResponses
from contracts_runner.maintenance.lint.schema_paths.paths import follow_path
from contracts_runner.maintenance.lint.subject import Subject, warn
from contracts_runner.model.contract import Expectation
from contracts_runner.model.spec import Operation, Paging
from contracts_runner.openapi.operations import iter_sites
from contracts_runner.reading.suggest import suggest_or_list

MARKS = {"x-evidence": "missing-evidence", "x-source": "missing-spec-source"}
PAGING = "paging"

_SUCCESS = Expectation(success=True)


def check_spec_marks(subject: Subject) -> Iterator[Problem]:
    """Yield the operations without `x-evidence` or `x-source`, in documents where others have it."""
    for spec in subject.project.specs.values():
        sites = list(iter_sites(spec.bundle))
        for key, rule in MARKS.items():
            marked = [key in site.value or spec.bundle.get((*site.item, key)) is not None for site in sites]
            for site, is_marked in zip(sites, marked, strict=True):
                if any(marked) and not is_marked:
                    message = f"'{site.label}' has no '{key}', which other operations have"
                    yield warn(spec.locate(site.pointer), message, "say how it is known", rule=rule)


def check_paging(subject: Subject) -> Iterator[Problem]:
    """Yield the operations whose `x-paging` names a total that no successful answer has, or an unknown parameter."""
    for spec in subject.project.specs.values():
        for operation in spec.operations.values():
            if operation.paging:
                yield from _check_total(subject.get_responses(spec), operation, operation.paging)
                yield from _check_page(operation, operation.paging)


def _check_total(responses: DeclaredResponses, operation: Operation, paging: Paging) -> Iterator[Problem]:
    bodies = responses.list_bodies(operation, _SUCCESS)
    found = follow_path(responses.navigator, paging.total, bodies)
    if bodies and found.reason:
        message = f"x-paging: {operation.label} never answers with {paging.total}: {found.reason}"
        yield Problem(location=operation.location, message=message, hint=found.hint, rule=PAGING)


def _check_page(operation: Operation, paging: Paging) -> Iterator[Problem]:
    names = [parameter.name for parameter in operation.parameters if parameter.placement == "query"]
    if paging.placement == "query" and paging.name not in names:
        message = f"x-paging: {operation.label} has no query parameter '{paging.name}'"
        hint = suggest_or_list(paging.name, names)
        yield Problem(location=operation.location, message=message, hint=hint, rule=PAGING)
