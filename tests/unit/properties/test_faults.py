"""What breaks in the property phase is an errored row, and the other rows are as they were."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.evidence.artifacts import WrittenArtifact
from contracts_runner.model.environment import OperationGroup, PropertySettings
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.openapi.spec import Spec
from contracts_runner.results.events import Event, PropertyExchange
from helpers.property_runs import Outcome, make_environment, open_phase
from helpers.servers import serve_wsgi
from library_app import Library

SECRET = "very-secret-key-1"
KINDS = (KeyError(SECRET), RecursionError(SECRET), SystemExit(0))
QUICK = make_environment(
    properties=PropertySettings(operations=OperationGroup.READ, phases=(GenerationPhase.COVERAGE,))
)
Break = Callable[[BaseException, Outcome], dict[str, Any]]


def break_schemas(error: BaseException, _: Outcome) -> dict[str, Any]:
    """The schemas of the spec cannot be applied."""

    class Schemas:
        def check_response(self, *_: object) -> list[object]:
            raise error

        check_inline = check_request = find_item_schema = is_open = list_words = check_response

    return {"schemas": Schemas()}


def break_artifacts(error: BaseException, _: Outcome) -> dict[str, Any]:
    """No artifact of a list can be written."""

    def write(operation: str, number: int, case: str, _document: Mapping[str, Any]) -> WrittenArtifact:
        if operation == "listBooks":
            raise error
        return WrittenArtifact(f"artifacts/properties/{operation}/{number}-{case}.json", "")

    return {"write_artifact": write}


def break_emit(error: BaseException, outcome: Outcome) -> dict[str, Any]:
    """The exchanges of a list cannot be recorded."""

    def emit(event: Event) -> None:
        if isinstance(event, PropertyExchange) and event.operation == "listBooks":
            raise error
        outcome.events.append(event)

    return {"emit": emit}


def break_headers(error: BaseException, _: Outcome) -> dict[str, Any]:
    """No request can be made."""

    def find(_: str) -> Mapping[str, str]:
        raise error

    return {"find_headers": find}


def run(spec: Spec, scratch: Path, breaking: Break, error: BaseException) -> Outcome:
    with serve_wsgi(Library()) as base_url, open_phase(spec, base_url, scratch, environment=QUICK) as (phase, outcome):
        changes = breaking(error, outcome)
        if "schemas" in changes:
            [(key, whole)] = phase.specs.items()
            changes = {"specs": {key: dataclasses.replace(whole, schemas=changes["schemas"])}}
        outcome.is_interrupted = dataclasses.replace(phase, **changes).run()
    return outcome


@pytest.mark.parametrize("error", KINDS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("breaking", [break_schemas, break_artifacts, break_emit, break_headers])
def test_what_breaks_is_an_errored_row(library: Spec, scratch: Path, breaking: Break, error: BaseException) -> None:
    outcome = run(library, scratch, breaking, error)

    errored = [row for row in outcome.rows if row["outcome"] == "errored"]
    assert "listBooks" in {row["operation"] for row in errored}
    assert all("an unexpected " + type(error).__name__ in row["reason"] for row in errored), errored
    assert all("test_faults.py:" in row["reason"] for row in errored), errored
    assert SECRET not in str(outcome.rows)
    assert not outcome.is_interrupted


@pytest.fixture(scope="module")
def whole(library: Spec, scratch: Path) -> Outcome:
    """What comes of the phase if nothing breaks."""
    return run(library, scratch, lambda *_: {}, KeyError())


@pytest.mark.parametrize("error", KINDS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("breaking", [break_artifacts, break_emit])
def test_the_other_operations_are_as_they_were(
    library: Spec, scratch: Path, whole: Outcome, breaking: Break, error: BaseException
) -> None:
    broken = run(library, scratch, breaking, error)

    def others(outcome: Outcome) -> list[Mapping[str, Any]]:
        return [row for row in outcome.rows if row["operation"] != "listBooks"]

    assert others(broken) == others(whole) != []


def test_a_check_that_breaks_leaves_the_checks_that_do_not_need_it(library: Spec, scratch: Path) -> None:
    outcome = run(library, scratch, break_schemas, KeyError(SECRET))

    found = {row["check"]: row["outcome"] for row in outcome.rows if row["operation"] == "listBooks"}
    assert found["response_schema_conformance"] == "errored"
    assert found["status_code_conformance"] == "passed"
