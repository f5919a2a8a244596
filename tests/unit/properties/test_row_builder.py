"""What is reported: a row for each check that looked, one for each defect, with the smallest proof of it."""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.errors import SourceLocation
from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.contract import KnownProperty
from contracts_runner.model.environment import PropertySettings
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.row_builder import KnownFindings, build_id
from contracts_runner.properties.selection import OperationFilter
from helpers.property_runs import load_library, make_environment, run_phase
from library_app import SPEC, Library

COVERAGE = make_environment(properties=PropertySettings(phases=(GenerationPhase.COVERAGE,)))
Reply = tuple[int, list[tuple[str, str]], bytes]


def serve_reply(reply: Callable[[dict[str, Any]], Reply]) -> Callable[..., Iterable[bytes]]:
    """Return a WSGI application that answers everything with what `reply` gives."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, headers, body = reply(environ)
        start_response(f"{status} Status", [*headers, ("Content-Length", str(len(body)))])
        return [body]

    return application


def make_known(**changes: Any) -> KnownProperty:
    values: dict[str, Any] = {
        "spec": "api",
        "operation": "getBook",
        "check": PropertyCheck.RESPONSE_SCHEMA_CONFORMANCE,
        "part": "",
        "is_rare": False,
        "because": "The old version writes numbers as text.",
        "until": date(2026, 12, 31),
        "environments": (),
        "location": SourceLocation("contracts/a.yaml", 5),
    }
    return KnownProperty(**{**values, **changes})


def test_a_check_that_looked_at_nothing_has_no_row(library: Spec, scratch: Path) -> None:
    outcome = run_phase(library, Library(), scratch, environment=COVERAGE)

    assert outcome.find("findBooks", "response_headers_conformance") == []
    assert outcome.find("findBooks", "ignored_auth") == []
    assert outcome.find("listBooks", "use_after_free") == []
    assert outcome.find("listBooks", "response_headers_conformance")[0]["examples"] > 0


def test_a_header_is_looked_at_only_where_its_status_came(library: Spec, scratch: Path) -> None:
    outcome = run_phase(library, Library(), scratch, environment=COVERAGE)

    headers = outcome.find("listBooks", "response_headers_conformance")[0]["examples"]
    statuses = outcome.find("listBooks", "status_code_conformance")[0]["examples"]
    assert 0 < headers < statuses


def test_a_defect_that_shows_a_hundred_times_is_one_row(library: Spec, scratch: Path) -> None:
    outcome = run_phase(library, Library("wrong header"), scratch, environment=COVERAGE)

    rows = outcome.find("listBooks", "response_headers_conformance")
    assert [row["outcome"] for row in rows] == ["failed"]
    assert rows[0]["examples"] > 1


def test_two_defects_of_one_check_are_two_rows(library: Spec, scratch: Path) -> None:
    application = Library("server error on invalid data", "missing field")

    outcome = run_phase(library, application, scratch, environment=COVERAGE)

    assert {check for operation, check, _ in outcome.not_passed if operation == "addBook"} == {
        "not_a_server_error",
        "status_code_conformance",
        "response_schema_conformance",
    }
    ids = [row["id"] for row in outcome.rows]
    assert len(set(ids)) == len(ids)


def test_the_example_of_a_random_search_is_the_smallest(library: Spec, scratch: Path) -> None:
    def refuse_long_titles(environ: dict[str, Any]) -> Reply:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        status = 500 if b"title" in body else 422
        return status, [("Content-Type", "application/json")], b'{"code": "X"}'

    environment = make_environment(properties=PropertySettings(phases=(GenerationPhase.FUZZING,), max_examples=30))
    chosen = OperationFilter(patterns=("addBook",))

    outcome = run_phase(library, serve_reply(refuse_long_titles), scratch, environment=environment, chosen=chosen)

    (row,) = outcome.find("addBook", "not_a_server_error")
    document = outcome.artifacts[row["failure"]["artifacts"][-1]]
    assert len(document["request"]["body"]) < 30


def test_a_failure_has_code_title_message_command_and_artifact(library: Spec, scratch: Path) -> None:
    outcome = run_phase(library, Library("wrong type"), scratch, environment=COVERAGE, phases=("stateful",))

    (row,) = outcome.find("getBook", "response_schema_conformance")
    failure = row["failure"]
    assert (failure["code"], failure["title"]) == ("ST108", "Response violates schema")
    assert "pages" in failure["message"]
    assert failure["curl"].startswith("curl -H ")
    assert outcome.artifacts[failure["artifacts"][-1]]["response"]["status"] == 200


def test_no_command_shows_a_credential(library: Spec, scratch: Path) -> None:
    outcome = run_phase(library, Library("undeclared status"), scratch, environment=COVERAGE)

    commands = [row["failure"]["curl"] for row in outcome.rows if row["failure"]]
    assert commands
    assert not any("library-key-1" in command for command in commands)


def test_a_flow_is_shown_with_all_its_steps(library: Spec, scratch: Path) -> None:
    outcome = run_phase(library, Library("use after remove"), scratch, environment=COVERAGE, phases=("stateful",))

    (row,) = outcome.find("getBook", "use_after_free")
    steps = [(step["operation"], step["method"], step["status"]) for step in row["failure"]["steps"]]
    assert steps == [("addBook", "POST", 201), ("removeBook", "DELETE", 204), ("getBook", "GET", 200)]
    assert len(row["failure"]["artifacts"]) == len(steps)


def test_an_answer_with_the_status_of_a_success_and_an_error_envelope_is_a_rejection(
    library: Spec, scratch: Path
) -> None:
    outcome = run_phase(library, Library(), scratch, environment=COVERAGE)

    (row,) = outcome.find("findBooks", "negative_data_rejection")
    assert row["outcome"] == "passed"


def test_valid_data_that_is_refused_in_an_envelope_is_examined_and_not_counted_as_accepted(
    library: Spec, scratch: Path
) -> None:
    def refuse(environ: dict[str, Any]) -> Reply:
        return 200, [("Content-Type", "application/json")], b'{"code": "CLOSED"}'

    chosen = OperationFilter(patterns=("findBooks",))
    outcome = run_phase(library, serve_reply(refuse), scratch, environment=COVERAGE, chosen=chosen)

    [row] = outcome.find("findBooks", "positive_data_acceptance")
    reason = "never accepted, because only 200 with error code CLOSED came"
    assert (row["outcome"], row["examples"], row["reason"]) == ("skipped", 0, reason)
    assert outcome.find("findBooks", "response_schema_conformance")[0]["examples"] > 0


def test_a_server_error_that_the_spec_names_is_a_promise(tmp_path: Path, scratch: Path) -> None:
    operation = SPEC["paths"]["/find"]["get"]
    broken = {"description": "Broken"}
    responses = {**operation["responses"], "503": broken, "5XX": broken}
    paths = {"/find": {"get": {**operation, "responses": responses}}}
    spec = load_library(tmp_path, {**SPEC, "paths": paths})

    outcomes = {}
    for status in (503, 500):
        outcome = run_phase(spec, serve_reply(lambda _, s=status: (s, [], b"")), scratch, environment=COVERAGE)
        outcomes[status] = outcome.find("findBooks", "not_a_server_error")[0]["outcome"]

    assert outcomes == {503: "passed", 500: "failed"}


def test_an_answer_that_breaks_http_is_a_defect(library: Spec, scratch: Path) -> None:
    def lie(environ: dict[str, Any]) -> Reply:
        return 200, [("Content-Type", "application/json"), ("Content-Encoding", "gzip")], b"{}"

    chosen = OperationFilter(patterns=("findBooks",))
    outcome = run_phase(library, serve_reply(lie), scratch, environment=COVERAGE, chosen=chosen)

    (row,) = outcome.find("findBooks", "response")
    assert (row["outcome"], row["failure"]["title"]) == ("failed", "Broken response")
    assert "Content-Encoding" in row["reason"]
    assert [row["check"] for row in outcome.rows] == ["response"]


def test_one_accepted_and_one_refused_exchange_are_kept_as_samples(library: Spec, scratch: Path) -> None:
    outcome = run_phase(library, Library(), scratch, environment=COVERAGE)

    kept = {event.case: event for event in outcome.exchanges if event.operation == "listBooks"}
    assert {case: event.exchange.success for case, event in kept.items()} == {"accepted": True, "refused": False}
    assert outcome.artifacts[kept["refused"].artifact]["error_code"] in ("LIMIT", "GENRE")


def test_an_operation_without_its_credential_is_skipped_with_the_reason(library: Spec, scratch: Path) -> None:
    environment = make_environment(
        credentials={},
        missing_credentials={"key": "LIBRARY_KEY"},
        properties=PropertySettings(phases=(GenerationPhase.COVERAGE,)),
    )
    application = Library()

    outcome = run_phase(library, application, scratch, environment=environment)

    (row,) = outcome.find("listBooks", "requests")
    assert (row["outcome"], row["reason"]) == ("skipped", "the credential key ($LIBRARY_KEY) is not set")
    assert set(application.requests) == {"GET /find"}


def test_a_known_finding_is_known_with_its_reason(library: Spec, scratch: Path) -> None:
    outcome = run_phase(
        library, Library("wrong type"), scratch, environment=COVERAGE, phases=("stateful",), known=[make_known()]
    )

    (row,) = outcome.find("getBook", "response_schema_conformance")
    assert row["outcome"] == "known"
    assert row["reason"].startswith("The old version writes numbers as text (known until 2026-12-31")


def test_a_known_finding_that_is_gone_is_fixed(library: Spec, scratch: Path) -> None:
    outcome = run_phase(
        library, Library(), scratch, environment=COVERAGE, phases=("coverage", "stateful"), known=[make_known()]
    )

    (row,) = outcome.find("getBook", "response_schema_conformance")
    assert (row["outcome"], row["failure"]) == ("fixed", None)


def test_a_few_random_examples_do_not_prove_that_a_known_finding_is_gone(library: Spec, scratch: Path) -> None:
    outcome = run_phase(library, Library(), scratch, environment=COVERAGE, phases=("fuzzing",), known=[make_known()])

    assert outcome.find("getBook", "response_schema_conformance")[0]["outcome"] == "passed"


def test_a_rare_finding_that_no_request_showed_is_not_gone(library: Spec, scratch: Path) -> None:
    outcome = run_phase(
        library,
        Library(),
        scratch,
        environment=COVERAGE,
        phases=("coverage", "stateful"),
        known=[make_known(is_rare=True)],
    )

    assert outcome.find("getBook", "response_schema_conformance")[0]["outcome"] == "passed"


@pytest.mark.parametrize(
    ("part", "shape", "outcome"),
    [
        ("path", "path `book_id`", Outcome.KNOWN),
        ("path", "path `book_id`, path `page`", Outcome.KNOWN),
        ("path", "body", Outcome.FAILED),
        ("path", "body, path `book_id`", Outcome.FAILED),
        ("body", "body", Outcome.KNOWN),
        ("", "body, path `book_id`", Outcome.KNOWN),
    ],
)
def test_an_entry_about_a_part_of_the_request_is_about_no_other_part(part: str, shape: str, outcome: Outcome) -> None:
    check = PropertyCheck.NEGATIVE_DATA_REJECTION
    entry = make_known(check=check, part=part)
    known = KnownFindings(entries=[entry], found=frozenset(), is_exhaustive=True, today=date(2026, 1, 1))

    judged, _ = known.judge_failure("getBook", check, shape, "invalid data was accepted")

    assert judged is outcome


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (make_known(until=date(2026, 1, 1)), "it was known until 2026-01-01 (contracts/a.yaml:5): decide again"),
        (make_known(environments=("elsewhere",)), "pages"),
        (make_known(check=PropertyCheck.NOT_A_SERVER_ERROR), "pages"),
    ],
)
def test_an_entry_that_does_not_hold_leaves_the_failure(
    library: Spec, scratch: Path, entry: KnownProperty, reason: str
) -> None:
    outcome = run_phase(
        library, Library("wrong type"), scratch, environment=COVERAGE, phases=("stateful",), known=[entry]
    )

    (row,) = outcome.find("getBook", "response_schema_conformance")
    assert row["outcome"] == "failed"
    assert reason in row["reason"]


def test_an_id_is_fit_for_a_command_line_and_tells_defects_apart() -> None:
    ids = [
        build_id("listBooks", "response"),
        build_id("listBooks", "response", "a"),
        build_id("listBooks", "response", "b"),
        build_id("GET /books/{id}", "response"),
        build_id("GET /books-id", "response"),
    ]

    assert len(set(ids)) == len(ids)
    assert not any(set(text) & set(" /{}?*") for text in ids)


def test_a_body_that_http_gives_no_meaning_may_be_ignored(tmp_path: Path, scratch: Path) -> None:
    body = {"content": {"application/json": {"schema": {"type": "object", "required": ["a"]}}}}
    operation = {
        "operationId": "look",
        "security": [],
        "requestBody": body,
        "responses": {"200": {"description": "All"}},
    }
    spec = load_library(tmp_path, {**SPEC, "paths": {"/look": {"get": operation}}})
    environment = make_environment(
        properties=PropertySettings(max_examples=30, phases=(GenerationPhase.COVERAGE, GenerationPhase.FUZZING))
    )

    outcome = run_phase(spec, serve_reply(lambda _: (200, [], b"")), scratch, environment=environment)

    assert outcome.find("look", "negative_data_rejection") == []
    assert outcome.find("look", "not_a_server_error")[0]["examples"] > 10
