"""Mistakes of the documents themselves, by their weight: what nothing in the project uses is never an error."""

import dataclasses
from collections.abc import Iterator

from contracts_runner.errors import Problem, Severity
from contracts_runner.maintenance.lint.subject import Subject
from contracts_runner.openapi.spec import Spec


def check_documents(subject: Subject) -> Iterator[Problem]:
    """Yield the problems of all specs; one that no used operation reaches is a warning, and an aside."""
    for spec in subject.project.specs.values():
        yield from weigh(subject, spec)


def weigh(subject: Subject, spec: Spec) -> Iterator[Problem]:
    """Yield those of one spec."""
    used = subject.find_used(spec)
    for found in spec.problems:
        if found.operations.isdisjoint(used):
            yield dataclasses.replace(found.problem, severity=Severity.WARNING, is_aside=True)
        else:
            yield found.problem
