"""Rules on what nothing uses: captures, variables of environments, operations."""

import dataclasses
from collections.abc import Iterator

from contracts_runner.errors import Problem, Rule
from contracts_runner.maintenance.lint.subject import StepSubject, Subject, warn
from contracts_runner.model.spec import Evidence

UNUSED_CAPTURE = "unused-capture"
UNUSED_VARIABLE = "unused-variable"
UNCOVERED = "uncovered-operation"


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
            if capture.name not in used and (step.scenario.of or step.scenario.id, capture.name) not in shared:
                message = f"the capture '{capture.name}' is never used"
                yield warn(capture.location, message, "remove it, or use it in a later step", rule=Rule.UNUSED_CAPTURE)
        used.update(step.names)
        previous = step


def _list_shared(subject: Subject) -> set[tuple[str, str]]:
    """Return (scenario, capture) of what is used by those that need the scenario, or one of its table."""
    return {
        (step.scenario.needs[reference.name].partition("[")[0], str(reference.path[0]))
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


def check_coverage(subject: Subject) -> Iterator[Problem]:
    """Yield the operations that no contract uses, but for the refuted ones."""
    for spec in subject.project.specs.values():
        named = subject.find_named(spec)
        for operation in spec.operations.values():
            if operation.evidence is not Evidence.REFUTED and operation.label not in named:
                message = f"no contract uses '{operation.label}'"
                found = warn(operation.location, message, "write a scenario for it", rule=Rule.UNCOVERED_OPERATION)
                yield dataclasses.replace(found, is_aside=True)
