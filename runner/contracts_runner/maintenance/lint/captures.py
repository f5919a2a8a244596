"""Rule on captures: a value that nobody uses was taken for nothing."""

from collections.abc import Iterator

from contracts_runner.errors import Problem
from contracts_runner.maintenance.lint.subject import StepSubject, Subject, warn

UNUSED = "unused-capture"


def check_captures(subject: Subject) -> Iterator[Problem]:
    """Yield the captures that no later step of their scenario uses, its cleanup included."""
    used: set[str] = set()
    previous: StepSubject | None = None
    for step in reversed(subject.steps):
        if previous is None or previous.scenario is not step.scenario:
            used = set()
        for capture in step.site.step.captures:
            if capture.name not in used:
                message = f"the capture '{capture.name}' is never used"
                yield warn(capture.location, message, "remove it, or use it in a later step", rule=UNUSED)
        used.update(step.names)
        previous = step
