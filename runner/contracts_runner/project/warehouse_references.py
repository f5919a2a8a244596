"""Checks the operations that warehouse checks compare tables with."""

from collections.abc import Iterator

from contracts_runner.errors import Problem
from contracts_runner.model.warehouse import WarehouseContract
from contracts_runner.project.parts import Project
from contracts_runner.project.suggest import suggest_or_list


def check_warehouse(project: Project, contract: WarehouseContract) -> Iterator[Problem]:
    """Yield the operations that the spec does not have: their rows are read by its promises, so it must have them."""
    spec = project.specs.get(contract.spec)
    for check in contract.checks if spec else ():
        name = check.options.get("operation") if isinstance(check.options, dict) else None
        if spec and isinstance(name, str) and spec.find_operation(name) is None:
            message, hint = f"unknown operation '{name}'", suggest_or_list(name, spec.operations)
            yield Problem(location=check.location, message=message, hint=hint, rule="reference")
