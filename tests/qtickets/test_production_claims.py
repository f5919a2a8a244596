"""No inference of ours is claimed of the real service: `contracts check` says so, and would see one that was."""

import dataclasses
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml

from contracts_runner.engine.outgoing import decide_step, find_operation
from contracts_runner.errors import Rule
from contracts_runner.maintenance.environments import read_open_environment
from contracts_runner.maintenance.lint.project_check import check_project
from contracts_runner.model.contract import Expectation
from contracts_runner.model.environment import WritePolicy
from contracts_runner.model.spec import Evidence, Operation
from contracts_runner.project.project import Project, load_project
from helpers.command import REPOSITORY
from helpers.varied import vary

TODAY = date(2026, 11, 27)
# Of other Partners errors nobody has recorded the HTTP status (docs/qtickets.md, Open questions).
# UNKNOWN_ERROR was seen for POST /orders only; where it is a guess, `contracts check` says so.
SEEN_ERRORS = {"WRONG_AUTHORIZATION", "RESOURCE_NOT_FOUND", "UNKNOWN_ERROR"}


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(REPOSITORY)


def test_the_project_claims_no_guess(project: Project) -> None:
    problems = check_project(project.root, today=TODAY).problems

    assert [str(problem) for problem in problems if problem.rule == "asserted-guess"] == []


# Scenario -> its file.
VARIED = {
    "1.2": "1-orders",
    "1.5": "1-orders",
    "7.5": "7-errors",
    "V.R8": "documented-2-clients",
    "N.add.paid": "negative-partners",
    "N.unknown.shows": "negative-rest",
}


@pytest.mark.parametrize("scenario", vary(VARIED, everywhere="1.2"))
def test_without_its_variant_for_production_a_scenario_is_reported(scenario: str, tmp_path: Path) -> None:
    for name in ("spec", "contracts", "reports"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    shutil.copy(REPOSITORY / "contracts.yaml", tmp_path)
    path = tmp_path / "contracts" / "qtickets" / f"{VARIED[scenario]}.yaml"
    contract = yaml.safe_load(path.read_text(encoding="utf-8"))
    for found in contract["scenarios"]:
        for step in found["steps"] if found["id"] == scenario else ():
            step.pop("in", None)
    path.write_text(yaml.safe_dump(contract, allow_unicode=True), encoding="utf-8")

    problems = check_project(tmp_path, today=TODAY).problems

    assert {problem.rule for problem in problems} == {Rule.GUESS}


def iter_claims(project: Project, writes: WritePolicy) -> Iterator[tuple[str, Operation, Expectation]]:
    """Yield "scenario: step", the operation and what is expected, of every step that is sent to production."""
    [spec] = project.specs.values()
    read, _ = read_open_environment(project.settings, "prod")
    assert read is not None
    environment = dataclasses.replace(read, writes=writes)
    for scenario in project.scenarios:
        for step in (*scenario.steps, *scenario.cleanup):
            outgoing = decide_step(step, {spec.key: spec}, environment)
            if not outgoing.is_kept_back:
                yield f"{scenario.id}: {step.name}", outgoing.operation, outgoing.step.expect


@pytest.mark.parametrize("writes", WritePolicy)
def test_a_status_is_stated_only_with_errors_that_were_seen(project: Project, writes: WritePolicy) -> None:
    claims = [
        (place, str(expect.error))
        for place, _, expect in iter_claims(project, writes)
        if isinstance(expect.error, str) and expect.error not in SEEN_ERRORS and expect.status
    ]

    assert [claim for claim in claims if claim[1] != "unset"] == []


@pytest.mark.parametrize("writes", WritePolicy)
def test_where_a_partners_answer_may_be_an_error_no_status_is_stated(project: Project, writes: WritePolicy) -> None:
    claims = [
        (place, expect.status)
        for place, operation, expect in iter_claims(project, writes)
        if operation.path.startswith("/api/partners/") and expect.success is None and expect.status
    ]

    assert claims == []


def test_what_the_documents_expect_of_refuted_reads_is_known_in_production_until_a_day(project: Project) -> None:
    [spec] = project.specs.values()
    refuted = [
        scenario
        for scenario in project.scenarios
        if all(find_operation({spec.key: spec}, step).evidence is Evidence.REFUTED for step in scenario.steps)
        and "read" in scenario.tags
    ]

    assert {scenario.id for scenario in refuted} == {"3.6", "3.7", "4.1", "5.1", "5.2", "5.3"}
    for scenario in refuted:
        [entry] = scenario.known
        assert set(entry.environments) == {"prod", "sandbox"}
        assert entry.instead in {each.id for each in project.scenarios}
        assert entry.until > TODAY
