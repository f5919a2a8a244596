"""Rule on guesses: what the spec grades as inferred or unknown is never expected as a fact of a real service.

A sandbox is our own and may be checked against what we inferred; without one the service is somebody else's.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from contracts_runner.engine.outgoing import decide_step
from contracts_runner.errors import Problem, Rule, SourceLocation
from contracts_runner.maintenance.lint.declared_responses import DeclaredResponses, get_error_code
from contracts_runner.maintenance.lint.schema_paths.paths import follow_path, is_singular
from contracts_runner.maintenance.lint.schema_paths.shapes import Shape
from contracts_runner.maintenance.lint.subject import Subject, warn
from contracts_runner.model.contract import BodyExpectation, Expectation, Relation, Step
from contracts_runner.model.environment import Environment, WritePolicy
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import find_value, parse_pointer
from contracts_runner.model.spec import Effect, Evidence, Operation
from contracts_runner.openapi.spec import Spec

_GUESSES = (Evidence.INFERRED, Evidence.UNKNOWN)
_COMBINATORS = ("allOf", "anyOf", "oneOf")


def check_guesses(subject: Subject) -> Iterator[Problem]:
    """Yield the expectations that take a guess for a fact, in each environment without a sandbox, under its own
    `writes` and under those that `--writes` may choose. What `known` accepts in an environment is left out."""
    for environment, _ in subject.environments:
        if environment is None or environment.sandbox is not None:
            continue
        name = environment.name
        for step, operation, responses in subject.iter_described_steps():
            is_accepted = any(name in entry.environments for entry in step.scenario.known)
            if operation.evidence is Evidence.REFUTED or is_accepted:
                continue
            for writes in _list_policies(operation, environment):
                place = f"in '{name}'" if writes is environment.writes else f"in '{name}' with `--writes {writes}`"
                outgoing = decide_step(
                    step.site.step, subject.project.specs, dataclasses.replace(environment, writes=writes)
                )
                if not outgoing.is_kept_back:
                    yield from _check_step(outgoing.step, operation, responses, name, place)


def _list_policies(operation: Operation, environment: Environment) -> Iterable[WritePolicy]:
    """Return the policies under which the operation's steps may send different requests, the environment's first."""
    others = (WritePolicy.PROBE, WritePolicy.ALLOW) if operation.effect is Effect.WRITE else ()
    return dict.fromkeys((environment.writes, *others))


def _check_step(
    chosen: Step, operation: Operation, responses: DeclaredResponses, environment: str, place: str
) -> Iterator[Problem]:
    hint = f"say under `in: {environment}` what is known there, or only `success: false` or `success: null`"
    for message, location in (
        *_iter_answer_guesses(operation, chosen.expect, responses, chosen.location),
        *_iter_body_guesses(operation, chosen.expect, responses),
        *_iter_request_guesses(responses.spec, operation, chosen),
    ):
        text = f"{place} this takes a guess for a fact: {message}"
        yield warn(location, text, hint, rule=Rule.GUESS)


def _iter_answer_guesses(
    operation: Operation, expectation: Expectation, responses: DeclaredResponses, location: SourceLocation
) -> Iterator[tuple[str, SourceLocation]]:
    """Yield the expected response if the spec has only guesses for it."""
    found = [possible.response for possible in responses.list_possible(operation, expectation)]
    if found and all(response.evidence in _GUESSES for response in found):
        names = " or ".join(f"{response.status} ({response.evidence})" for response in found)
        message = f"the spec only supposes the answer {names} of {operation.label}"
        yield message, expectation.locations.get("status", location)


def _iter_body_guesses(
    operation: Operation, expectation: Expectation, responses: DeclaredResponses
) -> Iterator[tuple[str, SourceLocation]]:
    """Yield the error code, and the paths, whose value the spec marks as a guess in every body that it allows; all of
    them where the bodies themselves are guesses."""
    if not expectation.is_schema_checked:
        return
    bodies = responses.list_bodies(operation, expectation)
    is_open = _are_guesses(bodies)
    code = get_error_code(expectation)
    if code is not None and (is_open or _are_guesses(responses.list_code_shapes(operation, bodies))):
        yield f"the spec only supposes when {operation.label} answers {code}", expectation.locations["error"]
    claims: tuple[BodyExpectation | Relation, ...] = (*expectation.body, *expectation.relations)
    for claim in claims:
        path = claim.path if isinstance(claim, BodyExpectation) else claim.this
        shapes = follow_path(responses.navigator, path, bodies).shapes
        if isinstance(claim, BodyExpectation) and not claim.matcher.is_schema and is_singular(path):
            # Only those that can have the expected value.
            find, value = responses.values.find_mismatch, claim.matcher.value
            shapes = tuple(shape for shape in shapes if find(value, (shape,), path) is None)
        if is_open or _are_guesses(shapes):
            yield f"the spec only supposes {path} of {operation.label}", claim.location


def _are_guesses(shapes: tuple[Shape, ...]) -> bool:
    return bool(shapes) and all(any(_is_guess(member.schema) for member in shape) for shape in shapes)


def _iter_request_guesses(spec: Spec, operation: Operation, chosen: Step) -> Iterator[tuple[str, SourceLocation]]:
    """Yield what is expected of a successful response to a request whose effect is a guess: a filter, for example.

    A schema of alternatives (`anyOf`, `oneOf`) claims nothing: it lists the possible responses.
    """
    if chosen.expect.success is False or get_error_code(chosen.expect) is not None:
        return
    claims: tuple[BodyExpectation | Relation, ...] = (
        *(body for body in chosen.expect.body if not _has_alternatives(body)),
        *chosen.expect.relations,
    )
    if claims and (names := _list_guessed_names(spec, operation, chosen)):
        named = ", ".join(f"'{name}'" for name in names)
        yield f"what {named} does to the answer of {operation.label} is an open question", claims[0].location


def _has_alternatives(body: BodyExpectation) -> bool:
    schema = body.matcher.value
    return body.matcher.is_schema and isinstance(schema, Mapping) and not {"anyOf", "oneOf"}.isdisjoint(schema)


def _list_guessed_names(spec: Spec, operation: Operation, chosen: Step) -> list[str]:
    """Return the parameters, and the keys of the body, that are sent and whose effect the spec marks as a guess."""
    guessed = [parameter.name for parameter in operation.parameters if parameter.evidence in _GUESSES]
    names = [name for name in guessed if chosen.parameters.get(name) is not None]
    if operation.body and isinstance(chosen.body, Mapping):
        names += _find_marked_keys(spec, operation.body.schemas.values(), chosen.body)
    return names


def _is_guess(schema: Mapping[str, Json]) -> bool:
    """True if the schema itself carries such a mark."""
    return schema.get("x-evidence") in _GUESSES


def _find_marked_keys(spec: Spec, pointers: Iterable[str], value: Mapping[str, Json]) -> list[str]:
    """Return the keys of an object that one of the schemas, or what it refers to, marks as a guess."""
    schemas = [schema for pointer in pointers if pointer for schema in _iter_schemas(spec, pointer, set())]
    marked = {
        name
        for schema in schemas
        for name, part in schema.get("properties", {}).items()
        if isinstance(part, Mapping) and _is_guess(part)
    }
    return [name for name in value if name in marked]


def _iter_schemas(spec: Spec, pointer: str, seen: set[str]) -> Iterator[Mapping[str, Json]]:
    schema = find_value(spec.document, parse_pointer(pointer))
    if pointer in seen or not isinstance(schema, Mapping):
        return
    seen.add(pointer)
    yield schema
    if isinstance(reference := schema.get("$ref"), str):
        yield from _iter_schemas(spec, reference, seen)
    for key in _COMBINATORS:
        for index in range(len(schema.get(key, ()))):
            yield from _iter_schemas(spec, f"{pointer}/{key}/{index}", seen)
