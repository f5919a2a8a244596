"""Checks the operations and parameters that steps and warehouse checks name, against the spec."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from contracts_runner.errors import Problem, Rule
from contracts_runner.model.contract import WHOLE
from contracts_runner.model.spec import Operation
from contracts_runner.model.warehouse import TableCheck, WarehouseContract, find_asks
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.parts import Project
from contracts_runner.reading.places import StepSite, iter_unknown
from contracts_runner.reading.suggest import find_similar, suggest_or_list

METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "QUERY")
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def check_operation(project: Project, site: StepSite) -> Iterator[Problem]:
    """Yield what is wrong with the step's operation and the names of its parameters."""
    spec, name = project.specs.get(site.step.spec), site.step.operation
    if spec is None or not name:
        return
    operation = spec.find_operation(name)
    if operation is None:
        yield from _check_undescribed(spec, site, name)
    elif operation.fault:
        return
    in_path = list(dict.fromkeys(_PLACEHOLDER.findall(operation.path if operation else name)))
    if operation:
        yield from _check_names(operation, site)
    known = list_parameter_names(operation) if operation else in_path
    yield from _check_path_parameters(site, in_path, known, project.settings.environments)


def _check_undescribed(spec: Spec, site: StepSite, name: str) -> Iterator[Problem]:
    """Yield what is wrong with an operation that the spec does not have: it must be `METHOD /path`."""
    place = site.place.at("operation")
    method, blank, path = name.partition(" ")
    if not blank and (same_name := spec.find_sharers(name)):
        hint = f"write one of: {', '.join(same_name)}"
        yield place.build_problem(f"the operationId '{name}' stands several times in the document", hint)
    elif not blank and (on_path := spec.match_path(name)):
        labels = ", ".join(each.label for each in on_path)
        yield place.build_problem(f"unknown operation '{name}'", f"on this path there are: {labels}")
    elif not blank:
        yield from iter_unknown("unknown operation", [(name, place.location)], spec.operations)
    elif method not in METHODS:
        yield place.build_problem(f"'{method}' is not an HTTP method", suggest_or_list(method, METHODS))
    elif not path.startswith("/") or any(map(str.isspace, path)) or "?" in path or "#" in path:
        yield place.build_problem(f"'{path}' is not a path", "write METHOD /path, without a query")
    elif same := next((found for found in spec.match_path(path) if found.method == method), None):
        message = (
            f"'{name}' is the operation '{same.label}' ({same.method} {same.path}), whose promises would not be checked"
        )
        yield place.build_problem(message, f"write `operation: {same.label}` and its parameters")


def list_parameter_names(operation: Operation) -> list[str]:
    """Return what a step may call the parameters of an operation, and what its path has without declaring it."""
    undeclared = (name for name in _PLACEHOLDER.findall(operation.path) if not operation.find_parameters(name))
    return list(dict.fromkeys([*map(operation.name_parameter, operation.parameters), *undeclared]))


def _check_names(operation: Operation, site: StepSite) -> Iterator[Problem]:
    """Yield the parameters that the operation does not have, and those that it has in several places."""
    known = list_parameter_names(operation)
    for part, place in site.iter_parts():
        for key in part.parameters.keys() - {WHOLE}:
            found = operation.find_parameters(key)
            written = place.at("parameters", key)
            if len(found) > 1:
                names = " or ".join(map(operation.name_parameter, found))
                yield written.build_problem(f"'{operation.label}' has several parameters '{key}'", f"write {names}")
            elif not found:
                yield from iter_unknown(f"'{operation.label}' has no parameter", [(key, written.location)], known)


def _check_path_parameters(
    site: StepSite, names: Iterable[str], known: Sequence[str], environments: Iterable[str]
) -> Iterator[Problem]:
    """Yield those without a value; a step may leave to each environment what differs between them. One whose name is
    misspelt, and is told as none of the `known` ones, is there."""
    step = site.step
    misspelt = {find_similar(key, known) for key in step.parameters if key not in known}
    variants = [step.variants.get(environment) for environment in environments]
    for name in names:
        # A bare name that is in several places, too, is another mistake.
        keys = {name, f"path:{name}", WHOLE}
        # A link has its own path.
        given = [part is not None and bool(part.url or keys & part.parameters.keys()) for part in (step, *variants)]
        if name not in misspelt and not given[0] and not (variants and all(given[1:])):
            yield site.place.at("parameters").build_problem(f"the path parameter '{name}' is missing")


def check_warehouse(project: Project, contract: WarehouseContract) -> Iterator[Problem]:
    """Yield the operations that the spec does not have: their rows are read by its promises, so it must have them.

    And the parameters that an operation does not have, or has in its path without a value.
    """
    spec = project.specs.get(contract.spec)
    for check in contract.checks if spec else ():
        asks = find_asks(check)
        if spec and asks:
            each = asks.for_each
            given = [*asks.parameters, *(each.parameters if each else ())]
            yield from _check_asked(spec, check, asks.operation, given)
            if each:
                yield from _check_asked(spec, check, each.operation, ())


def _check_asked(spec: Spec, check: TableCheck, name: str, given: Sequence[str]) -> Iterator[Problem]:
    operation = spec.find_operation(name) if name else None
    if operation is None:
        yield from iter_unknown("unknown operation", [(name, check.location)], spec.operations)
        return
    if operation.fault:
        return
    known = [operation.name_parameter(parameter) for parameter in operation.parameters]
    pairs = ((parameter, check.location) for parameter in given if len(operation.find_parameters(parameter)) != 1)
    yield from iter_unknown(f"'{operation.label}' has no parameter", pairs, known)
    counts = Counter(parameter for key in given for parameter in operation.find_parameters(key))
    for parameter, count in counts.items():
        if count > 1:
            message = f"the parameter '{parameter.name}' of '{operation.label}' is given more than once"
            hint = "give it by `parameters` or by `for_each`"
            yield Problem(location=check.location, message=message, hint=hint, rule=Rule.REFERENCE)
    for parameter in operation.parameters:
        # The others are checked with what is sent: x-paging gives some of them.
        if parameter.placement == "path" and parameter not in counts:
            message = f"the path parameter '{parameter.name}' of '{operation.label}' is missing"
            hint = "give it by `parameters`, or by for_each: {operation, rows, parameters: {name: path}}"
            yield Problem(location=check.location, message=message, hint=hint, rule=Rule.REFERENCE)
