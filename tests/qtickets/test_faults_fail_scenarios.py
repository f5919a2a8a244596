"""Each fault that the twin can have is caught by the contracts, with a message that says what is wrong."""

import os
import re
from pathlib import Path

import pytest

from contracts_runner.model.outcome import Outcome
from contracts_runner.project.project import Project, load_project
from contracts_runner.project.settings.environments import resolve_environment
from helpers.command import REPOSITORY, run_contracts
from helpers.faulty_project import write_faulty_project
from helpers.recorded_run import record_scenario
from helpers.servers import serve_wsgi
from qtickets_sandbox.app import create_app
from qtickets_sandbox.faults import FAULTS

pytestmark = pytest.mark.thorough

# Fault -> a scenario that catches it, and what its reason says.
CAUGHT = {
    "expired-token": ("1.1", "status 403, expected 200"),
    "unavailable-503": ("1.1", "status 503, expected 200"),
    "flaky-503": ("R.page.orders", "status 503, expected 200"),
    "slow": ("R.page.latency", r"the answer took \d+.* ms, at most 3000 ms were expected"),
    "html-404": ("1.1", "status 404, expected 200"),
    "envelope-200": ("6.4", 'status is "error", not "success"'),
    "undeclared-status": ("1.1", "status 202, expected 200"),
    "wrong-media-type": ("1.1", "not JSON but text/html"),
    "redirect": ("1.1", "status 302, expected 200"),
    "truncated-json": ("V.R14", "the body is not JSON"),
    "huge-body": ("V.R14", "over the limit of 33554432 bytes"),
    "deep-json": ("V.R14", "nested deeper than 200 levels"),
    "tenant-leak": ("N.tenant.shows", "status 200, expected 404"),
    "filter-ignored": ("1.2", r"payed: \d+ of 50 values do not match"),
    "wrong-type": ("1.4", "is a string, not an integer"),
    "missing-field": ("1.4", "is missing the required property 'updated_at'"),
    "missing-seat-id": ("1.1", "is missing the required property 'seat_id'"),
    "missing-event-name": ("6.4", "is missing the required property 'event_name'"),
    "pii-leak-field": ("R.page.envelope", "has the unexpected property 'debug'"),
    "page-total-wrong": ("R.page.events", r"\$\.total is 25"),
    "duplicate-row": ("1.1", "1 value occurs more than once"),
    "unsorted": ("1.1", "is not ascending"),
    "paging-overlap": ("R.page.events", "1 of 10 values is in both"),
    "naive-dates": ("1.4", "not a date-time"),
    "null-data": ("1.1", "is null, not an array"),
    "frozen-hash": ("R.hash.quota", "1 of 1 value is in both"),
    "restless-hash": ("R.same.header", "1 of 1 value is missing here"),
    "wrong-event": ("6.15", r"\$.event_id: is \d+, expected 12"),
    "lost-write": ("V.R5", r"\$.data.price: is \d+, expected \d+"),
    "double-sell": ("V.P4", "available: is true, expected false"),
    "use-after-remove": ("N.ticket.removed_twice", "expected the error TICKET_NOT_FOUND"),
    "lost-hold": ("N.seat.taken", "expected the error SEAT_NOT_AVAILABLE"),
    "endless-hold": ("N.ticket.hold_ends", "available: is false, expected true"),
    "early-barcode": ("V.P4", r"barcode: is .*, expected null"),
    "no-barcode": ("6.4", r"barcode: \$ is null, not a string"),
}


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(REPOSITORY)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_fails_a_scenario_that_says_what_is_wrong(fault: str, project: Project) -> None:
    scenario, words = CAUGHT[fault]
    environment = resolve_environment(project.settings, "sandbox", os.environ)

    with serve_wsgi(create_app(faults=[fault])) as base_url:
        tape = record_scenario(project, environment, scenario, base_url)

    assert tape.outcome is Outcome.FAILED
    assert re.search(words, tape.reason), tape.reason


def test_a_fault_that_the_settings_name_fails_the_run(tmp_path: Path) -> None:
    scenario, words = CAUGHT["expired-token"]
    write_faulty_project(tmp_path, "expired-token")

    finished = run_contracts("run", scenario, "--phase", "scenarios", "--output", "out", cwd=tmp_path)

    [row] = finished.results["scenarios"]
    assert (finished.code, row["outcome"]) == (1, "failed")
    assert re.search(words, row["reason"]), row["reason"]
