"""What a dry run shows of the property phase is what the phase then sends; nothing is sent for it."""

import copy
from pathlib import Path

import pytest

from contracts_runner.openapi.spec import Spec
from helpers.property_runs import group_requests, list_all, make_environment, make_planner, run_phase
from helpers.specs import load_document
from helpers.varied import vary
from library_app import SPEC, Library

KNOWN = ("examples", "coverage")


@pytest.mark.parametrize("phases", [KNOWN, ("examples",), ("coverage",), ("coverage", "fuzzing", "stateful")])
@pytest.mark.parametrize("seed", vary([1, 7], everywhere=1))
def test_the_requests_that_are_planned_are_sent(
    library: Spec, scratch: Path, phases: tuple[str, ...], seed: int
) -> None:
    """Exactly those of operations that take no ids from answers, where all phases are known before the first one."""
    planned = list(make_planner(scratch, seed=seed, phases=phases).iter_operations(library, list_all(library)))
    sent = group_requests(run_phase(library, Library(), scratch, seed=seed, phases=phases).sent)

    for each in planned:
        label = each.operation.label
        shown, received = group_requests(each.requests).get(label, set()), sent.get(label, set())
        assert shown == received if not each.fed and set(phases) <= set(KNOWN) else shown <= received
    assert [each.operation.label for each in planned if each.fed] == ["getBook", "removeBook"]


def test_an_operation_without_its_credential_is_skipped_with_the_reason_of_the_run(
    library: Spec, scratch: Path
) -> None:
    environment = make_environment(credentials={}, missing_credentials={"key": "LIBRARY_KEY"})

    planned = make_planner(scratch, environment=environment).iter_operations(library, list_all(library))
    skipped = {each.operation.label: each.skip_reason for each in planned if each.skip_reason}
    outcome = run_phase(library, Library(), scratch, environment=environment, phases=("examples",))

    assert skipped
    assert skipped == {row["operation"]: row["reason"] for row in outcome.rows if row["outcome"] == "skipped"}


def test_what_cannot_be_generated_is_a_problem_of_its_operation(scratch: Path, tmp_path: Path) -> None:
    document = copy.deepcopy(SPEC)
    document["paths"]["/books"]["get"]["parameters"] = [
        {"name": "X-Shelf", "in": "header", "example": "two\nlines", "schema": {"type": "string"}}
    ]
    spec = load_document(tmp_path, document)

    planned = list(make_planner(scratch, phases=KNOWN).iter_operations(spec, list_all(spec)))
    outcome = run_phase(spec, Library(), scratch, phases=KNOWN)

    errors = {row["operation"]: row["reason"] for row in outcome.rows if row["outcome"] == "errored"}
    assert list(errors) == ["listBooks"]
    assert {each.operation.label: each.problems[0] for each in planned if each.problems} == errors
