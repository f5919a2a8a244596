"""Checks the operations that warehouse checks compare tables with."""

from collections.abc import Iterator, Mapping

from contracts_runner.errors import Problem
from contracts_runner.model.spec import Operation
from contracts_runner.model.warehouse import TableCheck, WarehouseContract, find_asks
from contracts_runner.model.warehouse_kinds import Asks
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.parts import Project
from contracts_runner.reading.suggest import suggest_or_list


def check_warehouse(project: Project, contract: WarehouseContract) -> Iterator[Problem]:
    """Yield the operations that the spec does not have: their rows are read by its promises, so it must have them.

    And the parameters that an operation has not, or has in its path and is not given.
    """
    spec = project.specs.get(contract.spec)
    for check in contract.checks if spec else ():
        asks = find_asks(check)
        if spec and asks:
            yield from _check_operations(spec, check, asks)


def _check_operations(spec: Spec, check: TableCheck, asks: Asks) -> Iterator[Problem]:
    each = asks.for_each
    asked = [(asks.operation, each.parameters if each else {})]
    if each:
        asked.append((each.operation, {}))
    for name, parameters in asked:
        operation = spec.find_operation(name) if name else None
        if operation:
            yield from _check_parameters(check, operation, parameters)
        elif name:
            yield _build_problem(check, f"unknown operation '{name}'", suggest_or_list(name, spec.operations))


def _check_parameters(check: TableCheck, operation: Operation, given: Mapping[str, object]) -> Iterator[Problem]:
    known = {parameter.name: parameter for parameter in operation.parameters}
    for name in given:
        if name not in known:
            message = f"the operation '{operation.label}' has no parameter '{name}'"
            yield _build_problem(check, message, suggest_or_list(name, known))
    for name, parameter in known.items():
        # Without one in the path nothing can be sent; what lacks another is for the service to answer.
        if parameter.placement == "path" and name not in given:
            message = f"the operation '{operation.label}' needs the parameter '{name}'"
            yield _build_problem(check, message, "give it by for_each: {operation, rows, parameters: {name: path}}")


def _build_problem(check: TableCheck, message: str, hint: str) -> Problem:
    return Problem(location=check.location, message=message, hint=hint, rule="reference")
