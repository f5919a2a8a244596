"""The faults that `contracts sandbox --fault` plants in the twin, as generated requests find them.

Not among them: what breaks no promise of the spec and no rule for all APIs. An expired token and a 503 are answers that
the spec names; an error envelope is one of the two bodies of the Partners API; more fields than the spec has are
allowed; a filter that is ignored, a wrong total or a lost ticket only the relations of a scenario can see.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from contracts_runner.model.environment import PropertySettings
from contracts_runner.project.project import Project, load_project
from contracts_runner.properties.selection import OperationFilter
from contracts_runner.sandbox.worlds import WORLD_HEADER, Worlds
from helpers.command import REPOSITORY
from helpers.property_runs import Outcome, group_requests, list_all, make_environment, make_planner, run_phase
from qtickets_sandbox.app import create_app

pytestmark = pytest.mark.thorough

SETTINGS = {"credentials": {"restToken": "sandbox-rest-token", "partnerKey": "sandbox-partner-key"}}
ENVIRONMENT = make_environment(properties=PropertySettings(), **SETTINGS)
# From a show to a seat, and through the life of a ticket, as the links of the spec lead.
TICKETS = (
    "partnersEventsLists",
    "partnersEventsSeats",
    "partnersTicketsAdd",
    "partnersTicketsFind",
    "partnersTicketsUpdate",
    "partnersTicketsRemove",
)
COVERAGE = ("examples", "coverage")
FLOWS = ("stateful",)

# Fault -> the phases and operations that requests are generated for, the operation and the check that find it.
FOUND = {
    "html-404": (COVERAGE, ("listColorThemes",), "listColorThemes", "status_code_conformance"),
    "undeclared-status": (COVERAGE, ("listColorThemes",), "listColorThemes", "status_code_conformance"),
    "wrong-media-type": (COVERAGE, ("listColorThemes",), "listColorThemes", "content_type_conformance"),
    "redirect": (COVERAGE, ("listColorThemes",), "listColorThemes", "status_code_conformance"),
    "truncated-json": (COVERAGE, ("listColorThemes",), "listColorThemes", "response_schema_conformance"),
    "deep-json": (COVERAGE, ("getDiscount",), "getDiscount", "response_schema_conformance"),
    "wrong-type": (COVERAGE, ("listDiscounts",), "listDiscounts", "response_schema_conformance"),
    "missing-field": (COVERAGE, ("getEvent",), "getEvent", "response_schema_conformance"),
    "naive-dates": (COVERAGE, ("getEvent",), "getEvent", "response_schema_conformance"),
    "null-data": (COVERAGE, ("listDiscounts",), "listDiscounts", "response_schema_conformance"),
    "use-after-remove": (FLOWS, TICKETS, "partnersTicketsUpdate", "use_after_free"),
}


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(REPOSITORY)


@pytest.mark.parametrize("fault", FOUND)
def test_a_fault_of_the_twin_is_found(fault: str, project: Project, scratch: Path) -> None:
    phases, operations, operation, check = FOUND[fault]

    outcome = run_twin(project, scratch, (fault,), phases, operations)

    assert "failed" in {row["outcome"] for row in outcome.find(operation, check)}, outcome.not_passed


@pytest.mark.parametrize("phases", [COVERAGE, FLOWS])
def test_the_healthy_twin_has_none_of_these_findings(phases: tuple[str, ...], project: Project, scratch: Path) -> None:
    """What the known entries of the project accept is no finding, and has nothing to do with the faults."""
    operations = {name for _, names, _, _ in FOUND.values() for name in names}

    outcome = run_twin(project, scratch, (), phases, sorted(operations))

    found = {(operation, check) for operation, check, result in outcome.not_passed if result == "failed"}
    assert not found & {(operation, check) for _, _, operation, check in FOUND.values()}


def test_the_generated_requests_that_a_dry_run_shows_are_those_that_the_twin_gets(
    project: Project, scratch: Path
) -> None:
    """Of operations that take no ids from answers all; of the others the examples."""
    spec = project.specs["qtickets"]

    sent = group_requests(run_twin(project, scratch, (), COVERAGE, ("*",)).sent)
    planner = make_planner(scratch, environment=ENVIRONMENT, phases=COVERAGE)

    exact = set()
    for planned in planner.iter_operations(spec, list_all(spec)):
        label, shown = planned.operation.label, group_requests(planned.requests).get(planned.operation.label, set())
        assert shown <= sent[label] if planned.fed else shown == sent[label]
        exact |= set() if planned.fed else {label}
    assert len(sent) > 50
    assert {"listOrders", "listClients", "partnersEventsLists"} < exact


def run_twin(
    project: Project, scratch: Path, faults: Sequence[str], phases: tuple[str, ...], names: Sequence[str]
) -> Outcome:
    return run_phase(
        project.specs["qtickets"],
        Worlds(lambda: create_app(faults=faults)),
        scratch,
        environment=ENVIRONMENT,
        phases=phases,
        chosen=OperationFilter(patterns=tuple(names)),
        find_headers=lambda world: {WORLD_HEADER: world.replace(" ", "-")} if world else {},
    )
