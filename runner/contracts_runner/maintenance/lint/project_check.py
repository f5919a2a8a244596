"""Applies every rule to a project."""

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from contracts_runner.errors import Problem, Rule, Severity, leave_out_told
from contracts_runner.maintenance.lint.beyond import check_beyond
from contracts_runner.maintenance.lint.bodies import check_bodies
from contracts_runner.maintenance.lint.body_names import check_body_names
from contracts_runner.maintenance.lint.captured import check_captured
from contracts_runner.maintenance.lint.content import check_content
from contracts_runner.maintenance.lint.documents import check_documents
from contracts_runner.maintenance.lint.evidence import check_evidence, check_known
from contracts_runner.maintenance.lint.extensions import check_spec_marks
from contracts_runner.maintenance.lint.guesses import check_guesses
from contracts_runner.maintenance.lint.hook_functions import check_hook_functions
from contracts_runner.maintenance.lint.members import check_members
from contracts_runner.maintenance.lint.other_syntax import check_other_syntax
from contracts_runner.maintenance.lint.paging import check_paging
from contracts_runner.maintenance.lint.report import CheckReport, sort_problems
from contracts_runner.maintenance.lint.responses import check_responses
from contracts_runner.maintenance.lint.servers import check_servers
from contracts_runner.maintenance.lint.shared_credentials import check_shared_credentials
from contracts_runner.maintenance.lint.subject import FindGenerated, FindMistakes, Subject
from contracts_runner.maintenance.lint.unused import check_captures, check_variables
from contracts_runner.maintenance.lint.warehouse import check_warehouse_paths
from contracts_runner.project.kept import KeptFiles
from contracts_runner.project.project import Project, read_project

_CHECKS = (
    check_documents,
    check_responses,
    check_bodies,
    check_body_names,
    check_members,
    check_other_syntax,
    check_content,
    check_captures,
    check_variables,
    check_evidence,
    check_beyond,
    check_guesses,
    check_spec_marks,
    check_paging,
    check_warehouse_paths,
    check_servers,
    check_captured,
    check_shared_credentials,
    check_hook_functions,
)


_UNUSED = frozenset({Rule.UNUSED_CAPTURE, Rule.UNUSED_VARIABLE})
_OF_DOCUMENTS = frozenset({Rule.OPENAPI, Rule.SPEC, Rule.EXTENSION, Rule.OVERLAY})


def check_project(
    root: Path,
    *,
    today: date,
    find_mistakes: FindMistakes = lambda _project, _environment: (),
    find_generated: FindGenerated = lambda _project, _environment: {},
    variables: Mapping[str, str] = MappingProxyType({}),
    kept: KeptFiles | None = None,
    files: Collection[str] = (),
) -> CheckReport:
    """Return all errors and warnings of the files of a project; nothing is sent.

    `today`, in UTC, decides which `known` entries have expired. `find_mistakes` gives what a run in an environment
    would refuse to send; the rules here warn, but for what documents themselves leave open. `find_generated`: see
    Subject. `variables` are those that `$NAME` may name; only `base_url` is read with them: of all else the result is
    the same on every machine.

    With `files`, names of contract files, the rules are applied to them alone, and only what is wrong in them is
    returned. `kept`: see read_project.
    """
    project, problems = read_project(root, kept)
    if project:
        subject = Subject(_narrow(project, files) if files else project, variables, find_generated)
        mistakes = leave_out_told(_list_mistakes(subject, find_mistakes), problems)
        problems = [*problems, *mistakes]
        # What is misspelt where it is used looks as if nothing used it.
        has_names = not any(each.severity is Severity.ERROR and each.rule not in _OF_DOCUMENTS for each in problems)
        problems += (each for each in _apply_rules(subject, today) if has_names or each.rule not in _UNUSED)
    if files:
        problems = [problem for problem in problems if problem.location.path in files]
    return CheckReport(
        root=root,
        operations=sum(len(spec.operations) for spec in project.specs.values()) if project else 0,
        scenarios=len(project.scenarios) if project else 0,
        contracts=frozenset(project.documents) if project else frozenset(),
        problems=sort_problems(problems),
    )


def _narrow(project: Project, files: Collection[str]) -> Project:
    """Return the project with these contract files alone, and with those whose scenarios they need."""
    owners = {scenario.id: contract for contract in project.contracts for scenario in contract.scenarios}
    wanted = [contract for contract in project.contracts if contract.location.path in files]
    paths = {*files}
    for contract in wanted:  # it grows
        for scenario in contract.scenarios:
            for needed in filter(None, map(owners.get, scenario.needs.values())):
                if needed.location.path not in paths:
                    paths.add(needed.location.path)
                    wanted.append(needed)
    warehouses = tuple(contract for contract in project.warehouses if contract.location.path in files)
    return dataclasses.replace(project, contracts=tuple(wanted), warehouses=warehouses)


def _list_mistakes(subject: Subject, find_mistakes: FindMistakes) -> Iterator[Problem]:
    for environment, problems in subject.environments:
        yield from problems
        if environment:
            yield from find_mistakes(subject.project, environment)


def _apply_rules(subject: Subject, today: date) -> Iterator[Problem]:
    yield from check_known(subject, today)
    for check in _CHECKS:
        yield from check(subject)
