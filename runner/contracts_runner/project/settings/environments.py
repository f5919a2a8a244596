"""Resolves an environment: its `$NAME` values come from the process environment, then from .env."""

from collections.abc import Mapping
from dataclasses import replace

from contracts_runner.errors import ProjectError, UsageError
from contracts_runner.model.environment import Environment, WarehouseSettings
from contracts_runner.model.proxies import take_proxy_variables
from contracts_runner.project.settings.environment_form import read_environment
from contracts_runner.project.settings.settings import Settings
from contracts_runner.reading.forms import Reading
from contracts_runner.reading.variables import load_variables


def resolve_environment(settings: Settings, name: str | None, environ: Mapping[str, str]) -> Environment:
    """Return the environment `name`, or the default one, with all its values.

    The text of a variable stays text in `credentials`, `variables` and options; where a number or a boolean is wanted
    it is read from the text. Missing credentials and a missing warehouse DSN are noted in the result. Raises UsageError
    for an unknown name or a proxy of the process environment that cannot be read, ProjectError for everything else that
    is missing or has the wrong form.
    """
    name = name or settings.default_environment
    if name is None:
        names = ", ".join(settings.environments) or "none"
        raise UsageError(
            f"no environment is chosen and contracts.yaml has no 'default_environment'; name one with --env: {names}"
        )
    settings.require_environment(name)
    reading = Reading(replace(settings.document, problems=()), root=settings.root)
    value = reading.start().at("environments", name)
    variables, problems = load_variables(settings.root, environ)
    environment = read_environment(name, value, variables)
    mended = (problem for pointer, problem in settings.document.mended if pointer[:2] == value.pointer)
    problems = [*problems, *reading.problems, *mended]
    if environment is None or problems:
        raise ProjectError(problems)
    environment = _add_way(environment, environ)
    for address in filter(None, (environment.base_url, *environment.addresses)):
        environment.proxies.find(address)
    return environment


def _add_way(environment: Environment, environ: Mapping[str, str]) -> Environment:
    """Return the environment, its warehouses and where it publishes with the proxies that they are reached through, and
    with the limits of what they may answer."""
    proxies = replace(environment.proxies, variables=take_proxy_variables(environ))
    publish = environment.publish

    def add(settings: WarehouseSettings) -> WarehouseSettings:
        return replace(settings, proxies=proxies, limits=environment.limits)

    return replace(
        environment,
        proxies=proxies,
        warehouses={name: add(each) for name, each in environment.warehouses.items()},
        publish=publish and replace(publish, target=add(publish.target)),
    )
