"""Rules on what nothing uses: captures, variables of environments."""

from collections.abc import Iterator

from contracts_runner.errors import Problem, Rule
from contracts_runner.maintenance.lint.subject import StepSubject, Subject, warn


def check_captures(subject: Subject) -> Iterator[Problem]:
    """Yield the captures that no later step of their scenario uses, its cleanup included, and no scenario that needs
    it."""
    shared = _list_shared(subject)
    used: set[str] = set()
    previous: StepSubject | None = None
    for step in reversed(subject.steps):
        if previous is None or previous.scenario is not step.scenario:
            used = set()
        for capture in step.site.step.captures:
            if capture.name not in used and (step.scenario.id, capture.name) not in shared:
                message = f"the capture '{capture.name}' is never used"
                yield warn(capture.location, message, "remove it, or use it in a later step", rule=Rule.UNUSED_CAPTURE)
        used.update(step.names)
        previous = step


def _list_shared(subject: Subject) -> set[tuple[str, str]]:
    """Return (scenario, capture) of what is used by those that need the scenario."""
    return {
        (step.scenario.needs[reference.name], str(reference.path[0]))
        for step in subject.steps
        if step.scenario.needs
        for _, reference in step.site.iter_references()
        if reference.name in step.scenario.needs and reference.path
    }


def check_variables(subject: Subject) -> Iterator[Problem]:
    """Yield the variables that no step of any contract uses."""
    used = {name for step in subject.steps for name in step.names}
    settings = subject.project.settings
    for name, environments in settings.find_names("variables").items():
        for environment in environments if name not in used else ():
            location = settings.document.location(("environments", environment, "variables", name))
            message = f"no contract uses the variable '{name}' of environment '{environment}'"
            yield warn(location, message, "remove it", rule=Rule.UNUSED_VARIABLE)
