"""What is said of accepted requests where a service accepts none: nothing, and why."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.checks import CHOSEN_CHECKS
from contracts_runner.model.environment import PropertySettings
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.row_builder import SPEAKS_OF_ACCEPTED
from contracts_runner.results.acceptance import explain_never_accepted
from contracts_runner.results.events import PropertyAnswered
from helpers.property_runs import Outcome, make_environment, run_phase
from helpers.specs import load_document, make_answer, make_document
from library_app import Library

REFUSALS = (401, 403, 404, 405, 429, 500)
ACCEPTED = frozenset(check for check, speaks in SPEAKS_OF_ACCEPTED.items() if speaks)
ENVIRONMENT = make_environment(properties=PropertySettings(phases=(GenerationPhase.EXAMPLES, GenerationPhase.COVERAGE)))


def answer(status: Callable[[dict[str, Any]], int], **headers: str) -> Callable[..., Iterable[bytes]]:
    """Return an application that answers `{}` with the status that a request gets."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        names = [(name.replace("_", "-"), value) for name, value in headers.items()]
        start_response(
            f"{status(environ)} Status", [("Content-Type", "application/json"), ("Content-Length", "2"), *names]
        )
        return [b"{}"]

    return application


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    """Return a spec that declares every status, so that only acceptance decides."""
    body = make_answer({"type": "object"})
    responses = {str(status): {**body, "headers": {"X-Any": {"schema": {}}}} for status in (200, 201, *REFUSALS)}
    number = {"name": "n", "in": "query", "required": True, "schema": {"type": "integer", "maximum": 9}}
    content = {"application/json": {"schema": {"type": "object", "required": ["n"]}}}
    operation = {"security": [{"key": []}], "responses": responses}
    document = make_document(
        paths={
            "/things": {
                "get": {"operationId": "list", "parameters": [number], **operation},
                "post": {"operationId": "make", "requestBody": {"required": True, "content": content}, **operation},
            }
        },
        components={"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    )
    return load_document(tmp_path_factory.mktemp("spec"), document)


@pytest.fixture(scope="module", params=REFUSALS)
def refused(request: pytest.FixtureRequest, spec: Spec, scratch: Path) -> tuple[int, Outcome]:
    """Return a status and the phase against a service that answers everything with it."""
    status: int = request.param
    return status, run_phase(spec, answer(lambda _: status, X_Any="1"), scratch, environment=ENVIRONMENT)


def test_every_check_is_in_the_table() -> None:
    assert set(SPEAKS_OF_ACCEPTED) == set(CHOSEN_CHECKS)


@pytest.mark.parametrize("operation", ["list", "make"])
@pytest.mark.parametrize("check", CHOSEN_CHECKS)
def test_of_what_was_never_accepted_no_check_that_speaks_of_it_passes(
    refused: tuple[int, Outcome], operation: str, check: str
) -> None:
    status, outcome = refused
    rows = outcome.find(operation, check)

    if check in ACCEPTED:
        reasons = {(row["outcome"], row["reason"]) for row in rows}
        assert reasons <= {("skipped", f"never accepted, because only {status} came")}
    else:
        assert {row["outcome"] for row in rows} == {"passed"}


def test_the_checks_that_would_have_looked_have_a_row(refused: tuple[int, Outcome]) -> None:
    wanted = ACCEPTED - {"use_after_free", "ensure_resource_availability"}

    assert {row["check"] for row in refused[1].rows if row["outcome"] == "skipped"} == wanted


def test_a_failure_is_one_also_where_nothing_was_accepted(spec: Spec, scratch: Path) -> None:
    outcome = run_phase(spec, answer(lambda _: 418), scratch, environment=ENVIRONMENT)

    found = {row["check"]: row["outcome"] for row in outcome.rows if row["operation"] == "list"}
    assert found["status_code_conformance"] == "failed"
    assert found["positive_data_acceptance"] == "failed"
    assert found["negative_data_rejection"] == "skipped"


def test_one_accepted_request_is_enough(library: Spec, scratch: Path) -> None:
    outcome = run_phase(library, Library(), scratch, environment=ENVIRONMENT)

    assert [row for row in outcome.rows if row["outcome"] == "skipped"] == []
    assert all(explain_never_accepted(each.answers) == "" for each in list_answered(outcome))


def list_answered(outcome: Outcome) -> list[PropertyAnswered]:
    return [event for event in outcome.events if isinstance(event, PropertyAnswered)]


def test_all_answers_are_counted_not_the_samples_that_are_kept(spec: Spec, scratch: Path) -> None:
    arrived: Counter[tuple[str, int]] = Counter()

    def choose(environ: dict[str, Any]) -> int:
        label = {"GET": "list", "POST": "make"}[environ["REQUEST_METHOD"]]
        status = (401, 403, 404, 429)[sum(count for (name, _), count in arrived.items() if name == label) % 4]
        arrived[label, status] += 1
        return status

    outcome = run_phase(spec, answer(choose), scratch, environment=ENVIRONMENT)

    answered = list_answered(outcome)
    assert {(each.operation, row.status): row.count for each in answered for row in each.answers} == dict(arrived)
    assert {explain_never_accepted(each.answers) for each in answered} == {"only 401, 403, 404, 429 came"}


def test_what_is_sent_without_a_credential_on_purpose_is_counted_apart(library: Spec, scratch: Path) -> None:
    outcome = run_phase(library, Library(), scratch, environment=ENVIRONMENT)

    [listed] = [each for each in list_answered(outcome) if each.operation == "listBooks"]
    assert {(row.auth, row.status) for row in listed.answers if row.auth} == {("none", 401), ("invalid", 401)}


@pytest.mark.parametrize("coding", ["zstd", "br", "gzip", "deflate"])
@pytest.mark.parametrize("place", ["operation", "path", "reference", "none"])
def test_a_coding_is_not_asked_for(tmp_path: Path, scratch: Path, coding: str, place: str) -> None:
    asked: set[str] = set()
    parameter = {"name": "Accept-Encoding", "in": "header", "required": True, "schema": {"enum": [coding]}}
    parameters = [{"$ref": "#/components/parameters/coding"}] if place == "reference" else [parameter]
    operation = {"operationId": "list", "responses": {"200": make_answer({"type": "object"})}}
    item: dict[str, Any] = {"get": operation}
    if place in ("operation", "reference"):
        operation["parameters"] = parameters
    elif place == "path":
        item["parameters"] = parameters
    document = make_document(paths={"/things": item}, components={"parameters": {"coding": parameter}})

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        wanted = environ.get("HTTP_ACCEPT_ENCODING", "")
        asked.add(wanted)
        # What the tool cannot read comes only where it was asked for.
        headers = [("Content-Encoding", coding)] if coding in wanted else []
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2"), *headers])
        return [b"{}"]

    outcome = run_phase(load_document(tmp_path, document), application, scratch, environment=ENVIRONMENT)

    assert asked == {"identity"}
    assert outcome.not_passed == []


def test_a_route_that_is_missing_is_told_with_what_comes_nearest(tmp_path: Path) -> None:
    promised = {"responses": {"200": make_answer({"type": "object"})}}
    paths = {f"/v{number}/things": {"get": {"operationId": f"list{number}", **promised}} for number in (1, 2)}
    spec = load_document(tmp_path, make_document(paths=paths))

    outcome = run_phase(
        spec, answer(lambda environ: 404 if "v1" in environ["PATH_INFO"] else 200), tmp_path, environment=ENVIRONMENT
    )

    [row] = outcome.find("list1", "status_code_conformance")
    told = "status 404 is not declared for list1; declared: 200: no such route; the document has GET /v2/things"
    assert row["failure"]["message"] == told
