"""What the twin promises in its response schemas is watched: an answer without a required property, or with another
type in its place, makes some scenario fail.

One recorded run of all scenarios is the material. A mutation changes every place of an answer where the promise
applies; the answer is then judged by the engine's own check, and if that sees nothing, its whole scenario is replayed.
"""

import dataclasses
import json
import os
from collections.abc import Iterator, Mapping, Sequence

import pytest

from contracts_runner.engine.body import parse_body
from contracts_runner.engine.conformance import check_conformance
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.project.project import load_project
from contracts_runner.project.settings.environments import resolve_environment
from helpers.command import REPOSITORY
from helpers.recorded_run import RecordedRun, record_run
from helpers.schema_places import Path, Promise, find_type, list_promises
from helpers.witnesses import DEPTH, Witness, find_witnesses, get_at

pytestmark = pytest.mark.thorough

ACCEPTED = (Outcome.PASSED, Outcome.KNOWN)
# What stands in for a value of each type, the likeliest slip first.
SUBSTITUTES: dict[str, tuple[object, ...]] = {
    "null": ("", 0, [], {}),
    "boolean": (1, "true", None),
    "integer": ("1", None, 1.5),
    "number": ("1", None),
    "string": (1, None, []),
    "array": ({}, "", None),
    "object": ([], "", None),
}
# No request makes the twin answer these reads with 503, which the vendor's article names as an error of any request:
# only its faults do (tests/qtickets/test_faults_fail_scenarios.py): their four error fields are in no healthy answer.
NEVER_503 = (
    "getClient",
    "getDiscount",
    "getEvent",
    "getOrder",
    "getShowBarcode",
    "listColorThemes",
    "listShowBarcodes",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Material:
    """The recorded run, all promises, and the answers that keep them."""

    run: RecordedRun
    promises: list[Promise]
    witnesses: Mapping[Promise, list[Witness]]


@dataclasses.dataclass(frozen=True, slots=True)
class Mutation:
    """One change of an answer: `value` takes the place of the promised property, which `deleted` leaves out."""

    kind: str
    promise: Promise
    value: object = None

    def __str__(self) -> str:
        return f"{self.promise} {self.kind}"


@pytest.fixture(scope="module")
def material() -> Material:
    project = load_project(REPOSITORY)
    run = record_run(project, resolve_environment(project.settings, "sandbox", os.environ))
    return Material(run, list_promises(run.spec), find_witnesses(run))


def test_the_recorded_run_is_good_and_replays_as_it_was(material: Material) -> None:
    outcomes = {tape.scenario.id: (tape.outcome, material.run.replay(tape, keep)) for tape in material.run.tapes}

    assert {each for outcome in outcomes.values() for each in outcome} == set(ACCEPTED)
    assert [name for name, (recorded, replayed) in outcomes.items() if recorded is not replayed] == []


def test_every_promise_is_seen_in_some_answer(material: Material) -> None:
    unseen = [promise for promise in material.promises if promise not in material.witnesses]

    assert [str(promise) for promise in unseen if not is_never_answered(promise)] == []
    assert {promise.operation for promise in unseen if promise.status == "503"} == set(NEVER_503)


def is_never_answered(promise: Promise) -> bool:
    """True for the promises of answers that a healthy twin does not give.

    Its Partners errors come with 200: another status is possible (docs/qtickets.md, Open questions), which
    the switch `partners_error_status` takes the other way.
    """
    is_other_status = promise.status == "4XX" and promise.operation.startswith("partners")
    return is_other_status or (promise.status == "503" and promise.operation in NEVER_503)


def test_every_broken_promise_fails_some_scenario(material: Material) -> None:
    mutations = [
        mutation
        for promise, witnesses in sorted(material.witnesses.items())
        for mutation in iter_mutations(promise, witnesses)
    ]

    missed = [str(mutation) for mutation in mutations if not is_caught(material, mutation)]

    caught = len(mutations) - len(missed)
    assert missed == [], f"{caught} of {len(mutations)} mutations of {len(material.witnesses)} promises are caught"
    # No promise is so open that no wrong type could be found for it.
    assert {mutation.promise for mutation in mutations if mutation.kind == "retyped"} == set(material.witnesses)


def iter_mutations(promise: Promise, witnesses: Sequence[Witness]) -> Iterator[Mutation]:
    """Yield the promised property deleted, of a type that it must not have, and null where it is never null."""
    yield Mutation("deleted", promise)
    types = witnesses[0].types
    body = json.loads(witnesses[0].tape.exchanges[witnesses[0].index][1].body)
    value = get_at(body, witnesses[0].paths[0])
    wrong = [each for each in SUBSTITUTES[find_type(value)] if find_type(each) not in types]
    for each in wrong[:1]:
        yield Mutation("retyped", promise, each)
    if None in wrong[1:]:
        yield Mutation("nulled", promise, None)


def is_caught(material: Material, mutation: Mutation) -> bool:
    """True if some scenario fails on it: by the check against the spec, or else as a whole."""
    witnesses = material.witnesses[mutation.promise]
    if any(breaks_spec(material, witness, mutation) for witness in witnesses[:1]):
        return True
    return any(fails_scenario(material, witness, mutation) for witness in witnesses)


def breaks_spec(material: Material, witness: Witness, mutation: Mutation) -> bool:
    spec = material.run.spec
    operation = spec.find_operation(mutation.promise.operation)
    request, response = witness.tape.exchanges[witness.index]
    step = next(
        step for step in (*witness.tape.scenario.steps, *witness.tape.scenario.cleanup) if step.name == request.step
    )
    assert operation is not None
    if not step.expect.is_schema_checked:
        return False
    changed = mutate(response, witness.paths, mutation)
    rows = check_conformance(operation, spec, changed, parse_body(changed, depth=DEPTH))
    return any(row.outcome is Outcome.FAILED for row in rows)


def fails_scenario(material: Material, witness: Witness, mutation: Mutation) -> bool:
    _, broken = witness.tape.exchanges[witness.index]

    def change(_: Request, response: Response) -> Response:
        return mutate(response, witness.paths, mutation) if response is broken else response

    return material.run.replay(witness.tape, change) not in ACCEPTED


def keep(_: Request, response: Response) -> Response:
    return response


def mutate(response: Response, paths: Sequence[Path], mutation: Mutation) -> Response:
    """Return the response with the property changed at all paths."""
    body = json.loads(response.body)
    for path in paths:
        container, last = get_at(body, path[:-1]), path[-1]
        if mutation.kind == "deleted":
            del container[last]
        else:
            container[last] = mutation.value
    return dataclasses.replace(response, body=json.dumps(body).encode())
