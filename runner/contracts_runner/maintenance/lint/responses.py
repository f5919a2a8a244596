"""Rules on what a step expects of the response as a whole: its status, media type and error code."""

from collections.abc import Collection, Iterator

from contracts_runner.errors import Problem, Rule, SourceLocation
from contracts_runner.maintenance.lint.declared_responses import (
    DeclaredResponses,
    find_declared_type,
    get_error_code,
)
from contracts_runner.maintenance.lint.subject import Subject, warn
from contracts_runner.model.contract import Expectation
from contracts_runner.model.spec import Evidence, Operation
from contracts_runner.reading.suggest import suggest_or_list


def check_responses(subject: Subject) -> Iterator[Problem]:
    """Yield the expectations that no declared response can fulfil.

    What a refuted operation is expected to answer is stated by `known`, as is a status that is not declared; with
    `schema: false` the response is not what the spec declares.
    """
    for step, operation, responses in subject.iter_described_steps():
        location = step.site.step.location
        for expectation in step.site.step.iter_expectations():
            if expectation.is_schema_checked and operation.evidence is not Evidence.REFUTED:
                known = {str(entry.observed.status) for entry in step.scenario.known}
                yield from _check_status(operation, expectation, responses, location, known)
                yield from _check_media_type(operation, expectation, responses, location)
                yield from _check_error_code(operation, expectation, responses, location)


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
        yield warn(location, message, hint, rule=Rule.STATUS)


def _check_media_type(
    operation: Operation, expectation: Expectation, responses: DeclaredResponses, location: SourceLocation
) -> Iterator[Problem]:
    if expectation.media_type is None or "${" in expectation.media_type:
        return
    found = responses.list_possible(operation, expectation)
    if not found or find_declared_type(found, expectation):
        return
    statuses = " or ".join(possible.response.status for possible in found)
    types = dict.fromkeys(name for possible in found for name in possible.response.schemas)
    message = f"the spec declares no {expectation.media_type} for {operation.label} with status {statuses}"
    location = expectation.locations.get("media_type", location)
    yield warn(location, message, f"declared: {', '.join(types)}", rule=Rule.MEDIA_TYPE)


def _check_error_code(
    operation: Operation, expectation: Expectation, responses: DeclaredResponses, location: SourceLocation
) -> Iterator[Problem]:
    code = get_error_code(expectation)
    if code is None:
        return
    location = expectation.locations.get("error", location)
    if operation.error_code is None:
        message = f"{operation.label} has no error codes, so the response never has {code}"
        hint = "`x-error-code` of the spec, or of an overlay, is the JSON Pointer to them"
        yield warn(location, message, hint, rule=Rule.ERROR_CODE)
        return
    bodies = responses.list_bodies_by_success(operation, expectation)
    if not bodies:
        if responses.list_possible(operation, expectation):
            message = f"the spec describes no JSON of such an error response of {operation.label}, so it has no {code}"
            yield warn(location, message, rule=Rule.ERROR_CODE)
    elif not responses.list_bodies(operation, expectation):
        known = responses.list_codes(operation, bodies)
        message = f"the spec has no error code {code} in the expected response of {operation.label}"
        yield warn(location, message, suggest_or_list(code, known), rule=Rule.ERROR_CODE)
