"""Rules on what a step expects of the response as a whole: its status, media type and error code."""

from collections.abc import Collection, Iterator

from contracts_runner.errors import Problem, SourceLocation
from contracts_runner.maintenance.lint.declared_responses import (
    DeclaredResponses,
    find_declared_type,
    find_statuses,
    get_error_code,
)
from contracts_runner.maintenance.lint.subject import Subject
from contracts_runner.model.contract import Expectation
from contracts_runner.model.spec import Evidence, Operation
from contracts_runner.reading.suggest import suggest_or_list

STATUS = "undeclared-status"
MEDIA_TYPE = "undeclared-media-type"
ERROR_CODE = "error-code"
CONTRADICTION = "contradiction"


def check_responses(subject: Subject) -> Iterator[Problem]:
    """Yield the expectations that no declared response can fulfil.

    What a refuted operation is expected to answer is stated by `known`, as is a status that is not declared; with
    `schema: false` the response is not what the spec declares.
    """
    for step, operation, responses in subject.iter_described_steps():
        location = step.site.step.location
        for expectation in step.site.step.iter_expectations():
            yield from _check_contradiction(expectation, location)
            if expectation.is_schema_checked and operation.evidence is not Evidence.REFUTED:
                known = {str(entry.observed.status) for entry in step.scenario.known}
                yield from _check_status(operation, expectation, responses, location, known)
                yield from _check_media_type(operation, expectation, responses, location)
                yield from _check_error_code(operation, expectation, responses, location)


def _check_contradiction(expectation: Expectation, location: SourceLocation) -> Iterator[Problem]:
    if expectation.status and not find_statuses(expectation):
        message = "no response can fulfil both: the expected status is not 2xx, so it is not a success"
        hint = "leave `success: true` out, or expect a status of 2xx"
        location = expectation.locations.get("success", location)
        yield Problem(location=location, message=message, hint=hint, rule=CONTRADICTION)


def _check_status(
    operation: Operation,
    expectation: Expectation,
    responses: DeclaredResponses,
    location: SourceLocation,
    known: Collection[str],
) -> Iterator[Problem]:
    for status in responses.list_undeclared_statuses(operation, expectation):
        if status in known:
            continue
        message = f"the spec declares no status {status} for {operation.label}"
        hint = f"declared: {', '.join(operation.responses)}"
        location = expectation.locations.get("status", location)
        yield Problem(location=location, message=message, hint=hint, rule=STATUS)


def _check_media_type(
    operation: Operation, expectation: Expectation, responses: DeclaredResponses, location: SourceLocation
) -> Iterator[Problem]:
    if expectation.media_type is None:
        return
    found = responses.list_possible(operation, expectation)
    if not found or find_declared_type(found, expectation):
        return
    statuses = " or ".join(possible.response.status for possible in found)
    types = dict.fromkeys(name for possible in found for name in possible.response.schemas)
    message = f"the spec declares no {expectation.media_type} for {operation.label} with status {statuses}"
    location = expectation.locations.get("media_type", location)
    yield Problem(location=location, message=message, hint=f"declared: {', '.join(types)}", rule=MEDIA_TYPE)


def _check_error_code(
    operation: Operation, expectation: Expectation, responses: DeclaredResponses, location: SourceLocation
) -> Iterator[Problem]:
    code = get_error_code(expectation)
    if code is None:
        return
    location = expectation.locations.get("error", location)
    if operation.error_code is None:
        message = f"{operation.label} has no error codes, so the response never has {code}"
        yield Problem(location=location, message=message, hint="`x-error-code` in the spec names them", rule=ERROR_CODE)
        return
    bodies = responses.list_bodies_by_success(operation, expectation)
    if not bodies:
        if responses.list_possible(operation, expectation):
            message = f"the spec describes no JSON of such an error response of {operation.label}, so it has no {code}"
            yield Problem(location=location, message=message, rule=ERROR_CODE)
    elif not responses.list_bodies(operation, expectation):
        known = responses.list_codes(operation, bodies)
        message = f"the spec has no error code {code} in the expected response of {operation.label}"
        yield Problem(location=location, message=message, hint=suggest_or_list(code, known), rule=ERROR_CODE)
