"""Rule on guesses: what the spec grades as inferred or unknown is never expected as a fact of a real service.

A sandbox is our own and may be held to what we inferred; an environment without one is somebody else's service.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from contracts_runner.engine.outgoing import decide_step
from contracts_runner.errors import Problem, SourceLocation
from contracts_runner.maintenance.environments import read_open_environment
from contracts_runner.maintenance.lint.answers import Answers
from contracts_runner.maintenance.lint.marks import GUESSES, find_marked_keys, is_guess
from contracts_runner.maintenance.lint.schema_paths.shape import Shape
from contracts_runner.maintenance.lint.schema_paths.walk import is_singular, walk
from contracts_runner.maintenance.lint.subject import StepSubject, Subject
from contracts_runner.maintenance.statuses import get_error_code
from contracts_runner.model.contract import BodyExpectation, Expectation, Relation, Step
from contracts_runner.model.environment import Environment, WritePolicy
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Effect, Evidence, Operation
from contracts_runner.openapi.spec import Spec

RULE = "asserted-guess"


def check_guesses(subject: Subject) -> Iterator[Problem]:
    """Yield the expectations that take a guess for a fact, in each environment that is no sandbox, under its own
    `writes` and under those that `--writes` may choose. What `known` accepts for an environment is no claim there."""
    for name in subject.project.settings.environments:
        environment, _ = read_open_environment(subject.project.settings, name)
        if environment is None or environment.sandbox is not None:
            continue
        for step in subject.steps:
            is_accepted = any(name in entry.environments for entry in step.scenario.known)
            if step.spec and step.operation and step.operation.responses and not is_accepted:
                for writes in _list_policies(step.operation, environment):
                    place = f"in '{name}'" if writes is environment.writes else f"in '{name}' with `--writes {writes}`"
                    chosen = dataclasses.replace(environment, writes=writes)
                    yield from _check_step(subject, step, step.spec, step.operation, chosen, place)


def _list_policies(operation: Operation, environment: Environment) -> Iterable[WritePolicy]:
    """Return the policies under which the operation's steps may send different requests, the environment's first."""
    others = (WritePolicy.PROBE, WritePolicy.ALLOW) if operation.effect is Effect.WRITE else ()
    return dict.fromkeys((environment.writes, *others))


def _check_step(
    subject: Subject, step: StepSubject, spec: Spec, operation: Operation, environment: Environment, place: str
) -> Iterator[Problem]:
    outgoing = decide_step(step.site.step, spec, environment)
    if operation.evidence is Evidence.REFUTED or outgoing.is_kept_back:
        return
    chosen = outgoing.step
    hint = f"say under `in: {environment.name}` what is known there, or only `success: false` or `success: null`"
    answers = subject.find_answers(spec)
    for message, location in (
        *_iter_answer_guesses(operation, chosen.expect, answers, step.site.step.location),
        *_iter_body_guesses(operation, chosen.expect, answers),
        *_iter_request_guesses(spec, operation, chosen),
    ):
        text = f"{place} this takes a guess for a fact: {message}"
        yield Problem(location=location, message=text, hint=hint, rule=RULE)


def _iter_answer_guesses(
    operation: Operation, expectation: Expectation, answers: Answers, location: SourceLocation
) -> Iterator[tuple[str, SourceLocation]]:
    """Yield the expected answer if the spec has only guesses for it."""
    found = [answer.response for answer in answers.list_answers(operation, expectation)]
    if found and all(response.evidence in GUESSES for response in found):
        names = " or ".join(f"{response.status} ({response.evidence})" for response in found)
        yield (
            f"the spec only supposes the answer {names} of {operation.label}",
            expectation.locations.get("status", location),
        )


def _iter_body_guesses(
    operation: Operation, expectation: Expectation, answers: Answers
) -> Iterator[tuple[str, SourceLocation]]:
    """Yield the error code, and the paths, whose value the spec marks as a guess in every body that it allows; all of
    them where the bodies themselves are guesses."""
    if not expectation.is_schema_checked:
        return
    bodies = answers.list_bodies(operation, expectation)
    is_open = _are_guesses(bodies)
    code = get_error_code(expectation)
    if code is not None and (is_open or _are_guesses(answers.list_code_shapes(operation, bodies))):
        yield f"the spec only supposes when {operation.label} answers {code}", expectation.locations["error"]
    claims: tuple[BodyExpectation | Relation, ...] = (*expectation.body, *expectation.relations)
    for claim in claims:
        path = claim.path if isinstance(claim, BodyExpectation) else claim.this
        if is_open or _are_guesses(_list_claimed(answers, claim, walk(answers.steps, path, bodies).shapes)):
            yield f"the spec only supposes {path} of {operation.label}", claim.location


def _list_claimed(answers: Answers, claim: BodyExpectation | Relation, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """Return the shapes that can have the value which is claimed; all of them if none is stated."""
    if isinstance(claim, Relation) or claim.matcher.is_schema or not is_singular(claim.path):
        return shapes
    value = claim.matcher.value
    return tuple(shape for shape in shapes if answers.values.find_mismatch(value, (shape,), claim.path) is None)


def _are_guesses(shapes: tuple[Shape, ...]) -> bool:
    return bool(shapes) and all(any(is_guess(member.schema) for member in shape) for shape in shapes)


def _iter_request_guesses(spec: Spec, operation: Operation, chosen: Step) -> Iterator[tuple[str, SourceLocation]]:
    """Yield what is said of a successful answer to a request whose effect is a guess: a filter, for example.

    A schema of alternatives (`anyOf`, `oneOf`) claims nothing: it says which answers there may be.
    """
    if chosen.expect.success is False or get_error_code(chosen.expect) is not None:
        return
    claims: tuple[BodyExpectation | Relation, ...] = (
        *(body for body in chosen.expect.body if not _has_alternatives(body)),
        *chosen.expect.relations,
    )
    if claims and (names := [*_list_sent_guesses(operation, chosen.parameters), *_list_body_guesses(spec, chosen)]):
        named = ", ".join(f"'{name}'" for name in names)
        yield f"what {named} does to the answer of {operation.label} is an open question", claims[0].location


def _has_alternatives(body: BodyExpectation) -> bool:
    schema = body.matcher.value
    return body.matcher.is_schema and isinstance(schema, Mapping) and not {"anyOf", "oneOf"}.isdisjoint(schema)


def _list_sent_guesses(operation: Operation, sent: Mapping[str, Json]) -> list[str]:
    return [
        parameter.name
        for parameter in operation.parameters
        if parameter.evidence in GUESSES and sent.get(parameter.name) is not None
    ]


def _list_body_guesses(spec: Spec, chosen: Step) -> list[str]:
    operation = spec.find_operation(chosen.operation)
    if operation is None or operation.body is None or not isinstance(chosen.body, Mapping):
        return []
    return find_marked_keys(spec, operation.body.schemas.values(), chosen.body)
