"""The terminal of a run of this project against a twin with faults: short, and with one cause for one fault."""

import re
from pathlib import Path

import pytest

from helpers.command import COLD, Finished, run_contracts
from helpers.faulty_project import write_faulty_project

pytestmark = pytest.mark.thorough


def run_with(folder: Path, *faults: str) -> Finished:
    write_faulty_project(folder, *faults)
    return run_contracts("run", "--phase", "scenarios", "--output", "out", "--format", "md", cwd=folder, **COLD)


def test_a_service_that_is_down_is_one_cause_in_under_forty_lines(tmp_path: Path) -> None:
    done = run_with(tmp_path, "unavailable-503")

    [cause] = done.results["causes"]
    assert cause["key"] == "status 503 UNKNOWN_ERROR"
    assert len(cause["ids"]) == done.results["totals"]["scenarios"]["failed"]
    assert len((done.stdout + done.stderr).splitlines()) < 40
    assert re.search(r"^failed   the service answers 503 UNKNOWN_ERROR  \(\d+ scenarios: ", done.stdout, re.MULTILINE)


def test_each_missing_field_is_one_cause_with_its_places(tmp_path: Path) -> None:
    done = run_with(tmp_path, "missing-field", "missing-seat-id", "missing-event-name")

    causes = {cause["key"]: cause for cause in done.results["causes"]}
    assert causes.keys() == {"required updated_at", "required event_name", "required seat_id"}
    assert max(len(cause["places"]) for cause in causes.values()) <= 14
    broken = done.results["totals"]["scenarios"]["failed"]
    assert broken > 150
    assert len({each for cause in causes.values() for each in cause["ids"]}) == broken
    assert len((done.stdout + done.stderr).splitlines()) < 50
