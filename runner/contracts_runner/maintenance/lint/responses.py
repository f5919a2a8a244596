"""Rules on what a step expects of the answer as a whole: its status, media type and error code."""

from collections.abc import Iterator

from contracts_runner.errors import Problem, SourceLocation
from contracts_runner.maintenance.lint.answers import Answers, find_declared_type
from contracts_runner.maintenance.lint.subject import StepSubject, Subject
from contracts_runner.maintenance.statuses import find_statuses, get_error_code
from contracts_runner.model.contract import Expectation
from contracts_runner.model.spec import Evidence, Operation
from contracts_runner.reading.suggest import suggest_or_list

STATUS = "undeclared-status"
MEDIA_TYPE = "undeclared-media-type"
ERROR_CODE = "error-code"
CONTRADICTION = "contradiction"


def check_responses(subject: Subject) -> Iterator[Problem]:
    """Yield the expectations that no declared response can fulfil.

    What a refuted operation is expected to answer is a matter of `known`; `schema: false` says that the answer is not
    what the spec declares.
    """
    for step in subject.steps:
        if step.spec and step.operation and step.operation.responses:
            answers = subject.find_answers(step.spec)
            for expectation in step.site.step.iter_expectations():
                yield from _check_contradiction(expectation, step.site.step.location)
                if expectation.is_schema_checked and step.operation.evidence is not Evidence.REFUTED:
                    yield from _check_expectation(step, step.operation, expectation, answers)


def _check_contradiction(expectation: Expectation, location: SourceLocation) -> Iterator[Problem]:
    if expectation.status and not find_statuses(expectation):
        yield Problem(
            location=expectation.locations.get("success", location),
            message="no answer can fulfil both: the expected status is not 2xx, so it is no success",
            hint="leave `success: true` out, or expect a status of 2xx",
            rule=CONTRADICTION,
        )


def _check_expectation(
    step: StepSubject, operation: Operation, expectation: Expectation, answers: Answers
) -> Iterator[Problem]:
    location = step.site.step.location
    declared = ", ".join(operation.responses)
    for status in answers.list_undeclared(operation, expectation):
        yield Problem(
            location=expectation.locations.get("status", location),
            message=f"the spec declares no status {status} for {operation.label}",
            hint=f"declared: {declared}",
            rule=STATUS,
        )
    yield from _check_media_type(operation, expectation, answers, location)
    yield from _check_error_code(operation, expectation, answers, location)


def _check_media_type(
    operation: Operation, expectation: Expectation, answers: Answers, location: SourceLocation
) -> Iterator[Problem]:
    if expectation.media_type is None:
        return
    found = answers.list_answers(operation, expectation)
    if not found or find_declared_type(found, expectation):
        return
    responses = [answer.response for answer in found]
    statuses = " or ".join(response.status for response in responses)
    types = dict.fromkeys(name for response in responses for name in response.schemas)
    yield Problem(
        location=expectation.locations.get("media_type", location),
        message=f"the spec declares no {expectation.media_type} for {operation.label} with status {statuses}",
        hint=f"declared: {', '.join(types)}",
        rule=MEDIA_TYPE,
    )


def _check_error_code(
    operation: Operation, expectation: Expectation, answers: Answers, location: SourceLocation
) -> Iterator[Problem]:
    code = get_error_code(expectation)
    if code is None:
        return
    location = expectation.locations.get("error", location)
    if operation.error_code is None:
        message = f"{operation.label} has no error codes, so the answer never has {code}"
        yield Problem(location=location, message=message, hint="`x-error-code` in the spec names them", rule=ERROR_CODE)
        return
    bodies = answers.list_bodies_of_any_code(operation, expectation)
    if not bodies:
        if answers.list_answers(operation, expectation):
            message = (
                f"the spec describes no refusal in JSON for such an answer of {operation.label}, so it has no {code}"
            )
            yield Problem(location=location, message=message, rule=ERROR_CODE)
    elif not answers.list_bodies(operation, expectation):
        known = answers.list_codes(operation, bodies)
        message = f"the spec has no error code {code} in the expected answer of {operation.label}"
        yield Problem(location=location, message=message, hint=suggest_or_list(code, known), rule=ERROR_CODE)
