"""Rules on how contracts are founded: their sources, and the evidence for the operations that they use."""

from collections.abc import Iterator

from contracts_runner.errors import Problem
from contracts_runner.maintenance.lint.subject import StepSubject, Subject, warn
from contracts_runner.maintenance.statuses import find_statuses, get_error_code
from contracts_runner.model.contract import Expectation
from contracts_runner.model.spec import Evidence
from contracts_runner.model.warehouse import find_asks

MISSING_SOURCE = "missing-source"
UNKNOWN = "unknown-operation"
REFUTED = "refuted-operation"
UNCOVERED = "uncovered-operation"


def check_evidence(subject: Subject) -> Iterator[Problem]:
    """Yield scenarios without a source, steps on operations that are unknown or refuted, and operations that no
    contract uses."""
    for scenario, place in subject.scenarios:
        if scenario.source is None:
            message = f"the scenario '{scenario.id}' has no source"
            hint = "`source: {document: …, section: …}`, here or for the whole file, says where the promise stands"
            yield Problem(location=place.location, message=message, hint=hint, rule=MISSING_SOURCE)
    for step in subject.steps:
        yield from _check_operation(step)
    yield from _check_coverage(subject)


def _check_operation(step: StepSubject) -> Iterator[Problem]:
    operation, place = step.operation, step.site.place.at("operation")
    if operation is None:
        return
    if operation.evidence is Evidence.UNKNOWN:
        message = f"'{operation.label}' is an open question: nobody knows that the service has it"
        hint = "an `x-evidence` other than unknown needs a source; until then a contract cannot rely on it"
        yield Problem(location=place.location, message=message, hint=hint, rule=UNKNOWN)
    is_accepted = step.scenario.known or _expects_failure(step.site.step.expect)
    if operation.evidence is Evidence.REFUTED and not is_accepted:
        instead = f"use '{operation.instead}', or " if operation.instead else ""
        message = f"'{operation.label}' is refuted, and the step expects a success"
        yield warn(place.location, message, f"{instead}say in `known` how it fails", rule=REFUTED)


def _expects_failure(expectation: Expectation) -> bool:
    is_refused = expectation.success is False or get_error_code(expectation) is not None
    return is_refused or all(status >= 300 for status in find_statuses(expectation))


def _check_coverage(subject: Subject) -> Iterator[Problem]:
    used = {id(step.operation) for step in subject.steps}
    for spec in subject.project.specs.values():
        in_warehouse = {
            id(spec.find_operation(walk.operation))
            for contract in subject.project.warehouses
            for check in contract.checks
            if contract.spec == spec.key and (asks := find_asks(check))
            for walk in (asks, asks.for_each)
            if walk
        }
        for operation in spec.operations.values():
            if operation.evidence is not Evidence.REFUTED and id(operation) not in used | in_warehouse:
                yield warn(
                    operation.location,
                    f"no contract uses '{operation.label}'",
                    "write a scenario for it",
                    rule=UNCOVERED,
                )
