"""What bounds generated requests: of an operation and kind, in all, and writes; what is cut off is told."""

import itertools
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.environment import PropertySettings
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.model.spec import Effect
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.budget import Budget
from contracts_runner.properties.selection import Bounds
from helpers.property_runs import Outcome, make_environment, make_planner, open_phase, run_phase
from helpers.servers import answer, answer_once, serve_raw
from library_app import Library

FAULTY = ("server error on invalid data", "use after remove")


def run(spec: Spec, scratch: Path, *faults: str, **settings: Any) -> Outcome:
    environment = make_environment(properties=PropertySettings(**settings))
    return run_phase(spec, Library(*faults), scratch, environment=environment)


def list_reasons(outcome: Outcome) -> dict[str, str]:
    """Return operation -> why not all of its requests were sent."""
    rows = [row for row in outcome.rows if row["check"] == "requests"]
    assert all(row["outcome"] == "skipped" for row in rows), rows
    return {str(row["operation"]): str(row["reason"]) for row in rows}


@pytest.mark.parametrize("phase", GenerationPhase)
@pytest.mark.parametrize("most", [1, 3])
def test_every_kind_of_requests_is_bounded_for_each_operation(
    library: Spec, scratch: Path, phase: GenerationPhase, most: int
) -> None:
    """Also while the generator looks for the smallest example of a fault."""
    outcome = run(library, scratch, *FAULTY, phases=(phase,), max_examples=most)

    sent = Counter(request.operation for request in outcome.sent)
    assert sent.total() > 0 or phase is GenerationPhase.EXAMPLES  # the library has none
    assert max(sent.values(), default=0) <= most + 2  # the same request without, and with an invalid credential
    reasons = list_reasons(outcome)
    assert set(reasons.values()) <= {f"not all requests were sent: max_examples is {most}"}


@pytest.mark.parametrize("most", [1, 7, 40])
def test_all_requests_are_bounded_and_what_is_not_reached_is_told(library: Spec, scratch: Path, most: int) -> None:
    outcome = run(library, scratch, *FAULTY, max_requests=most)

    reasons = list_reasons(outcome)
    assert len(outcome.sent) == most
    reason = f"max_requests is {most}"
    assert set(reasons.values()) <= {f"not tested: {reason}", f"not all requests were sent: {reason}"}
    untested = {label for label, reason in reasons.items() if reason.startswith("not tested")}
    assert untested == set(library.operations) - {request.operation for request in outcome.sent}


def test_what_is_sent_again_on_a_new_connection_counts(library: Spec, scratch: Path) -> None:
    environment = make_environment(properties=PropertySettings(max_requests=7, max_writes=0))
    with (
        serve_raw(answer_once(answer("404 Not Found"))) as server,
        open_phase(library, server.base_url, scratch, environment=environment) as (phase, outcome),
    ):
        phase.run()

    # The first one has its answer; each later one comes on a connection that ends, and again on a new one.
    assert [one == other for one, other in itertools.pairwise(server.requests)][1::2] == [True] * 3
    assert len(outcome.sent) == len(server.requests) == 7


@pytest.mark.parametrize("most", [0, 5])
def test_writes_are_bounded_and_reads_go_on(library: Spec, scratch: Path, most: int) -> None:
    outcome = run(library, scratch, *FAULTY, max_writes=most)

    effects = Counter(request.effect for request in outcome.sent)
    assert effects[Effect.WRITE] == most
    assert effects[Effect.READ] > 20
    reasons = list_reasons(outcome)
    writing = {label for label, operation in library.operations.items() if operation.effect is Effect.WRITE}
    assert reasons.keys() == writing
    assert all(reason.endswith(f": max_writes is {most}") for reason in reasons.values())


def test_without_bounds_nothing_is_cut(library: Spec, scratch: Path) -> None:
    assert list_reasons(run(library, scratch)) == {}


@pytest.mark.parametrize(("most", "cut"), [(1, "max_examples is 1"), (None, "")])
def test_the_preview_shows_what_is_sent_within_the_bound(
    library: Spec, scratch: Path, most: int | None, cut: str
) -> None:
    environment = make_environment(properties=PropertySettings(phases=(GenerationPhase.COVERAGE,), max_examples=most))
    planner = make_planner(scratch, environment=environment)

    planned = list(planner.iter_operations(library, tuple(library.operations.values())))

    assert {each.cut for each in planned} - {""} == {cut} - {""}
    assert [problem for each in planned for problem in each.problems] == []
    assert most is None or max(len(each.requests) for each in planned) == most


EXAMPLES, READ, WRITE = GenerationPhase.EXAMPLES, Effect.READ, Effect.WRITE
# (bounds, (operation, phase, effect) of each request, which of them may be sent)
TAKEN: list[tuple[Mapping[str, int], list[tuple[str, GenerationPhase | None, Effect]], str]] = [
    ({}, [("a", EXAMPLES, WRITE)] * 3, "+++"),
    ({"examples": 2}, [("a", EXAMPLES, READ)] * 3, "++-"),
    ({"examples": 1}, [("a", EXAMPLES, READ), ("b", EXAMPLES, READ), ("a", GenerationPhase.COVERAGE, READ)], "+++"),
    ({"examples": 1}, [("a", None, READ)] * 3, "+++"),
    ({"requests": 2}, [("a", None, READ), ("b", EXAMPLES, WRITE), ("c", EXAMPLES, READ)], "++-"),
    ({"writes": 1}, [("a", EXAMPLES, WRITE), ("b", EXAMPLES, WRITE), ("b", EXAMPLES, READ)], "+-+"),
    ({"examples": 1, "requests": 2}, [("a", EXAMPLES, READ)] * 2 + [("b", EXAMPLES, READ)], "+-+"),
]


@pytest.mark.parametrize(("bounds", "requests", "taken"), TAKEN)
def test_a_request_that_is_not_sent_is_not_counted(
    bounds: Mapping[str, int], requests: list[tuple[str, GenerationPhase | None, Effect]], taken: str
) -> None:
    budget = Budget(Bounds(**bounds))

    reasons = list(itertools.starmap(budget.take, requests))

    assert "".join("-" if reason else "+" for reason in reasons) == taken
