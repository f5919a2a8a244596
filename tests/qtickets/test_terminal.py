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


def test_what_is_wrong_in_one_way_is_one_cause_whatever_shows_it(tmp_path: Path) -> None:
    done = run_with(tmp_path, "naive-dates", "early-barcode")

    causes = {cause["key"]: cause["ids"] for cause in done.results["causes"]}
    assert causes.keys() == {"format date-time", "value string barcode"}
    assert len(causes["format date-time"]) > 150
    assert causes["value string barcode"] == ["V.P4", "V.P4.batch"]


@pytest.mark.parametrize(
    ("name", "answer", "selected"),
    [
        ("partnerKey", "200 WRONG_AUTHORIZATION", ["6.*", "N.key.first"]),
        ("restToken", "403 FORBIDDEN", ["1.*", "R.page.*"]),
    ],
)
def test_one_credential_that_has_expired_is_one_cause_with_the_load_and_all_that_waits_for_it(
    tmp_path: Path, name: str, answer: str, selected: list[str]
) -> None:
    write_faulty_project(tmp_path, **{name: "expired-since-yesterday"})

    done = run_contracts("run", *selected, "W.1.1", "--output", "out", "--format", "md", cwd=tmp_path)

    [cause] = done.results["causes"]
    assert (cause["key"], cause["title"]) == (f"status {answer}", f"the service answers {answer} to {name}")
    totals = done.results["totals"]
    assert len(cause["ids"]) == totals["scenarios"]["failed"] + 1 > 10
    assert cause["ids"][-1] == "load"
    assert cause["blocked"] == totals["warehouse"]["blocked"] == totals["warehouse"]["total"] > 0
