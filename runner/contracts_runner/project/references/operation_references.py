"""Checks a step's operation and parameters against the spec."""

import re
from collections.abc import Iterable, Iterator

from contracts_runner.errors import Problem
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.parts import Project
from contracts_runner.reading.places import Place, StepSite
from contracts_runner.reading.suggest import suggest_or_list

METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE")
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def check_operation(project: Project, spec_key: str, site: StepSite) -> Iterator[Problem]:
    """Yield what is wrong with the step's operation and the names of its parameters."""
    spec = project.specs.get(spec_key)
    if spec is None or not site.step.operation:
        return
    operation = spec.find_operation(site.step.operation)
    if operation is None:
        yield from check_operation_name(spec, site.step.operation, site.place.at("operation"))
    yield from _check_parameters(site, operation, project.settings.environments)


def check_operation_name(spec: Spec, name: str, place: Place) -> Iterator[Problem]:
    """Yield what is wrong with the name of an operation that the spec lacks; `METHOD /path` may stand for any."""
    method, blank, path = name.partition(" ")
    if not blank:
        yield place.build_problem(f"unknown operation '{name}'", suggest_or_list(name, spec.operations))
    elif method not in METHODS:
        yield place.build_problem(f"'{method}' is not an HTTP method", suggest_or_list(method, METHODS))
    elif not path.startswith("/") or any(map(str.isspace, path)) or "?" in path or "#" in path:
        yield place.build_problem(f"'{path}' is not a path", "write METHOD /path, without a query")


def _check_parameters(site: StepSite, operation: Operation | None, environments: Iterable[str]) -> Iterator[Problem]:
    step, place = site.step, site.place
    template = operation.path if operation else step.operation
    in_path = list(dict.fromkeys(_PLACEHOLDER.findall(template)))
    if operation:
        known = list(dict.fromkeys([*(parameter.name for parameter in operation.parameters), *in_path]))
        for names, where in _iter_names(site):
            for name in names:
                if name not in known:
                    message = f"'{step.operation}' has no parameter '{name}'"
                    yield where.at(name).build_problem(message, suggest_or_list(name, known))
    for name in in_path:
        # A step may leave to each environment what differs between them.
        if name not in step.parameters and not all(
            environment in step.variants and name in step.variants[environment].parameters
            for environment in environments
        ):
            yield place.at("parameters").build_problem(f"the path parameter '{name}' is missing")


def _iter_names(site: StepSite) -> Iterator[tuple[Iterable[str], Place]]:
    step, place = site.step, site.place
    yield step.parameters, place.at("parameters")
    for name, variant in step.variants.items():
        yield variant.parameters, place.at("in", name, "parameters")
    if step.probe:
        yield step.probe.parameters, place.at("probe", "parameters")
