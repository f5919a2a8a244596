"""Environments as their authors wrote them: the same on every machine, whatever variables are set there. The base URL
alone is also read as a run has it."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from contracts_runner.errors import Problem
from contracts_runner.model.contract import UNSET
from contracts_runner.model.environment import Environment
from contracts_runner.project.settings.environment_form import read_environment
from contracts_runner.project.settings.settings import Settings
from contracts_runner.reading.forms import Reading
from contracts_runner.reading.variables import MissingVariable, substitute


def read_open_environment(settings: Settings, name: str) -> tuple[Environment | None, list[Problem]]:
    """Return an environment of the settings, None if it cannot be read, and its mistakes; what `$NAME` holds is not
    known.

    A variable whose value is such a `$NAME` is UNSET.
    """
    reading = Reading(dataclasses.replace(settings.document, problems=()), root=settings.root)
    value = reading.start().at("environments", name)
    environment = read_environment(name, value, None)
    if environment is not None:
        written = substitute(value.value, None)
        environment = dataclasses.replace(environment, variables=_open_variables(environment, written))
    return environment, reading.problems


def read_set_environment(settings: Settings, name: str, variables: Mapping[str, str]) -> Environment | None:
    """Return an environment as a run with these variables has it, as far as it can be read."""
    value = Reading(dataclasses.replace(settings.document, problems=())).start().at("environments", name)
    return read_environment(name, value, variables)


def find_base_url(settings: Settings, name: str, variables: Mapping[str, str], spec: str) -> str | None:
    """Return the base URL of a spec as a run with these variables has it; None for a sandbox, or one that cannot be
    read."""
    environment = read_set_environment(settings, name, variables)
    return environment.base_urls.get(spec, environment.base_url) or None if environment else None


def _open_variables(environment: Environment, written: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: UNSET if _is_open(written["variables"][name]) else value for name, value in environment.variables.items()
    }


def _is_open(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_is_open, value.values() if isinstance(value, dict) else value))
    return isinstance(value, MissingVariable)
