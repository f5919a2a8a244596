"""A healthy application has no finding, and each planted defect is found: by its check, with a proof."""

from pathlib import Path

import pytest

from contracts_runner.model.environment import PropertySettings
from contracts_runner.openapi.spec import Spec
from helpers.property_runs import make_environment, run_phase
from helpers.varied import vary
from library_app import FAULTS, FLOW_FAULTS, Library

ENVIRONMENT = make_environment(properties=PropertySettings())


@pytest.mark.parametrize("seed", vary([1, 2, 3], everywhere=1))
def test_a_healthy_application_has_no_finding(library: Spec, scratch: Path, seed: int) -> None:
    outcome = run_phase(library, Library(), scratch, seed=seed, environment=ENVIRONMENT)

    assert outcome.not_passed == []
    assert {row["operation"] for row in outcome.rows} == set(library.operations)


@pytest.mark.thorough
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_defect_is_found(library: Spec, scratch: Path, fault: str) -> None:
    operation, check = FAULTS[fault]

    phases = ("stateful" if fault in FLOW_FAULTS else "coverage",)

    outcome = run_phase(library, Library(fault), scratch, environment=ENVIRONMENT, phases=phases)

    assert "failed" in {row["outcome"] for row in outcome.find(operation, check)}
