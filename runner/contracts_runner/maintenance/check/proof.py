"""Rules on what a contract may assert of the real service: nothing that nobody has seen or documented."""

from collections.abc import Iterator

from contracts_runner.engine.steps import choose_variant
from contracts_runner.errors import Problem
from contracts_runner.maintenance.check.subject import StepSubject, Subject, warn
from contracts_runner.maintenance.environments import read_open_environment
from contracts_runner.maintenance.statuses import SUCCESSES, find_covered, find_statuses, get_error_code
from contracts_runner.model.contract import Expectation
from contracts_runner.model.environment import Environment, WritePolicy
from contracts_runner.model.spec import Effect, Evidence, Operation, ResponseSpec

UNPROVEN = "unproven-answer"

_OPEN = (Evidence.INFERRED, Evidence.UNKNOWN)


def check_proof(subject: Subject) -> Iterator[Problem]:
    """Yield the steps that expect, of a service that is no sandbox, an answer that the spec marks as inferred or
    unknown. What an environment blocks is not sent there, and what is `known` there asserts nothing."""
    for name in subject.project.settings.environments:
        environment, _ = read_open_environment(subject.project.settings, name)
        if environment is not None and not environment.is_simulated:
            for step in subject.steps:
                yield from _check_step(step, environment)


def _check_step(step: StepSubject, environment: Environment) -> Iterator[Problem]:
    operation = step.operation
    if operation is None or not _is_sent(step, operation, environment):
        return
    expectation = choose_variant(step.site.step, operation, environment).expect
    answers = find_unproven(operation, expectation)
    if answers:
        known = " or ".join(f"{answer.status} ({answer.evidence})" for answer in answers)
        yield warn(
            step.site.place.at("operation").location,
            f"in '{environment.name}' the step expects of '{operation.label}' what nobody observed: {known}",
            f"say in `in: {{{environment.name}: {{expect: …}}}}` what is sure, such as `success: false`",
            rule=UNPROVEN,
        )


def _is_sent(step: StepSubject, operation: Operation, environment: Environment) -> bool:
    if any(environment.name in entry.environments for entry in step.scenario.known):
        return False
    is_kept_back = environment.writes is WritePolicy.BLOCK or (
        environment.writes is WritePolicy.PROBE and step.site.step.probe is None
    )
    return operation.effect is Effect.READ or not is_kept_back


def find_unproven(operation: Operation, expectation: Expectation) -> list[ResponseSpec]:
    """Return the declared answers that an expectation asserts, where all of them are inferred or unknown.

    That a request succeeds is what the operation's own evidence is about: of an open answer only its details, the exact
    status, the error or the body, are asserted without proof.
    """
    statuses = find_statuses(expectation)
    covered = find_covered(operation)
    meant = [answer for status, answer in operation.responses.items() if covered[status] & statuses]
    if not meant or any(answer.evidence not in _OPEN for answer in meant):
        return []
    is_success = statuses <= SUCCESSES
    has_details = bool(expectation.body or expectation.headers or expectation.media_type)
    if is_success and not has_details:
        return []
    return meant if has_details or expectation.status is not None or get_error_code(expectation) else []
