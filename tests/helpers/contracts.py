"""Builders of scenarios for tests."""

from typing import Any

from contracts_runner.errors import SourceLocation
from contracts_runner.model.contract import Contract, Scenario, Step
from helpers.operations import HERE


def make_step(operation: str = "listThings", **changes: Any) -> Step:
    """Return a step named after its operation, without expectations."""
    return Step(**{"name": operation, "spec": "api", "operation": operation, "location": HERE, **changes})


def make_scenario(id: str = "1.1", *steps: Step, **changes: Any) -> Scenario:
    """Return a scenario of the given steps, or of one."""
    values: dict[str, Any] = {
        "id": id,
        "title": f"Scenario {id}",
        "contract": "things",
        "spec": "api",
        "steps": steps or (make_step(),),
        "location": HERE,
    }
    return Scenario(**{**values, **changes})


def make_contract(*scenarios: Scenario, file: str = "contracts/things.yaml") -> Contract:
    """Return a contract file with the scenarios."""
    return Contract(name="things", title="Things", spec="api", scenarios=scenarios, location=SourceLocation(file, 1))
