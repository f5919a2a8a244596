"""Resolves an environment: its `$NAME` values come from the process environment, then from .env."""

import re
from collections.abc import Mapping
from dataclasses import replace

from contracts_runner.errors import ProjectError, UsageError
from contracts_runner.model.environment import Environment
from contracts_runner.project.settings.environment_form import read_environment
from contracts_runner.project.settings.settings import Settings
from contracts_runner.reading.forms import Reading, Value
from contracts_runner.reading.suggest import suggest
from contracts_runner.reading.variables import find_variable, load_dotenv_file

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def resolve_environment(settings: Settings, name: str | None, environ: Mapping[str, str]) -> Environment:
    """Return the environment `name`, or the default one, with all its values.

    The text of a variable stays text in `credentials`, `variables` and options; where a number or a boolean is wanted
    it is read from the text. Missing credentials and a missing warehouse DSN are noted in the result. Raises UsageError
    for an unknown name, ProjectError for everything else that is missing or has the wrong form.
    """
    name = name or settings.default_environment
    if name not in settings.environments:
        raise UsageError(_explain_unknown(settings, name))
    reading = Reading(replace(settings.document, problems=()), root=settings.root)
    value = reading.start().at("environments", name)
    variables, problems = load_dotenv_file(settings.root)
    known = {**variables, **{key: text for key, text in environ.items() if text}}
    _check_texts(value, known)
    environment = read_environment(name, value, known)
    problems = [*problems, *reading.problems]
    if environment is None or problems:
        raise ProjectError(problems)
    return environment


def _check_texts(value: Value, known: Mapping[str, str]) -> None:
    """Report each variable of the environment whose bytes are not UTF-8: Python has them as lone surrogates."""
    if isinstance(value.value, dict | list):
        for part in value.value if isinstance(value.value, dict) else range(len(value.value)):
            _check_texts(value.at(part), known)
    variable = find_variable(value.value)
    if variable is not None and _SURROGATE.search(known.get(variable, "")):
        # Not quoted: it may be a secret.
        value.report(f"${variable} is not UTF-8", "set it to a text in UTF-8")


def _explain_unknown(settings: Settings, name: str | None) -> str:
    names = f"environments: {', '.join(settings.environments) or 'none'}"
    if name is None:
        return f"no environment is chosen and contracts.yaml has no 'default_environment'; {names}"
    hint = suggest(name, settings.environments)
    return f"there is no environment '{name}'; " + (f"{hint} " if hint else "") + names
