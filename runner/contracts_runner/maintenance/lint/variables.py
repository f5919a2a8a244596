"""Rule on the variables of environments: one that no contract uses is a leftover or a misspelling."""

from collections.abc import Iterator

from contracts_runner.errors import Problem
from contracts_runner.maintenance.lint.subject import Subject, warn

UNUSED = "unused-variable"


def check_variables(subject: Subject) -> Iterator[Problem]:
    """Yield the variables that no step of any contract uses."""
    used = {name for step in subject.steps for name in step.names}
    settings = subject.project.settings
    for name, environments in settings.find_names("variables").items():
        for environment in environments if name not in used else ():
            location = settings.document.location(("environments", environment, "variables", name))
            message = f"no contract uses the variable '{name}' of environment '{environment}'"
            yield warn(location, message, "remove it", rule=UNUSED)
