"""Applies every rule to a project."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from contracts_runner.errors import Problem
from contracts_runner.maintenance.lint.bodies import check_bodies
from contracts_runner.maintenance.lint.captures import check_captures
from contracts_runner.maintenance.lint.credentials import check_credentials
from contracts_runner.maintenance.lint.evidence import check_evidence
from contracts_runner.maintenance.lint.guesses import check_guesses
from contracts_runner.maintenance.lint.known import check_known
from contracts_runner.maintenance.lint.paging import check_paging
from contracts_runner.maintenance.lint.report import CheckReport
from contracts_runner.maintenance.lint.requests import check_requests
from contracts_runner.maintenance.lint.responses import check_responses
from contracts_runner.maintenance.lint.spec_marks import check_spec_marks
from contracts_runner.maintenance.lint.subject import Subject
from contracts_runner.maintenance.lint.variables import check_variables
from contracts_runner.maintenance.lint.warehouse import check_warehouse_paths
from contracts_runner.project.project import Project, read_project


def check_project(root: Path, *, today: date) -> CheckReport:
    """Return everything that is wrong or doubtful in the files of a project; nothing is sent.

    `today`, in UTC, decides which `known` entries have expired. The result does not depend on the process environment.
    """
    project, problems = read_project(root)
    if project:
        problems = [*problems, *_apply_rules(project, today)]
    ordered = sorted(set(problems), key=lambda problem: (problem.location, problem.message, problem.hint))
    return CheckReport(
        root=root,
        operations=sum(len(spec.operations) for spec in project.specs.values()) if project else 0,
        scenarios=len(project.scenarios) if project else 0,
        problems=tuple(ordered),
    )


def _apply_rules(project: Project, today: date) -> Iterator[Problem]:
    subject = Subject(project)
    yield from check_responses(subject)
    yield from check_bodies(subject)
    yield from check_captures(subject)
    yield from check_credentials(subject)
    yield from check_evidence(subject)
    yield from check_guesses(subject)
    yield from check_known(subject, today)
    yield from check_requests(subject)
    yield from check_variables(subject)
    yield from check_spec_marks(subject)
    yield from check_paging(subject)
    yield from check_warehouse_paths(subject)
