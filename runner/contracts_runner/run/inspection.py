"""Prints what there is in a project, and what is wrong in it; nothing is sent."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

from contracts_runner.engine.ports import SystemClock
from contracts_runner.errors import ProjectError
from contracts_runner.maintenance.inventory import take_inventory
from contracts_runner.maintenance.lint.project_check import check_project
from contracts_runner.maintenance.lint.report import render_count, render_github, render_json, render_text
from contracts_runner.maintenance.lint.subject import Subject
from contracts_runner.maintenance.listing import render_inventory, render_sources
from contracts_runner.maintenance.overlay import propose, write_overlay
from contracts_runner.maintenance.printing import ListFormat, OutputFormat, find_repository
from contracts_runner.project.project import Project, read_project
from contracts_runner.reading.variables import load_variables
from contracts_runner.redaction.json_text import escape_unsafe
from contracts_runner.reporting.text import make_visible
from contracts_runner.run.mistakes import find_all_mistakes, find_generated, print_warnings


def print_check(root: Path, form: OutputFormat, *, is_strict: bool, is_whole: bool) -> int:
    """Print the mistakes in the project's files ; returns the exit code."""
    variables, _ = load_variables(root, os.environ)  # a run reports mistakes of .env
    report = check_project(
        root,
        today=SystemClock().now().date(),
        find_mistakes=find_all_mistakes,
        find_generated=find_generated,
        variables=variables,
    )
    # Problems quote documents, which may be others'.
    match form:
        case OutputFormat.JSON:
            print(escape_unsafe(render_json(report, is_strict=is_strict)))
        case OutputFormat.GITHUB:
            if report.problems:
                print(make_visible(render_github(report, base=find_repository())))
            print(render_count(report), file=sys.stderr)
        case OutputFormat.TEXT:
            print(make_visible(render_text(report, is_whole=is_whole)))
        case _:
            assert_never(form)
    return 0 if report.is_ok(is_strict=is_strict) else 2


def print_overlay(root: Path, *, is_fixing: bool) -> int:
    """Print the overlays that mend the errors of the documents, or write them; returns the exit code."""
    project, problems = read_project(root)
    if project is None or project.specs.keys() != project.settings.specs.keys():
        raise ProjectError(problems)
    variables, _ = load_variables(root, os.environ)
    proposals = list(propose(Subject(project, variables, find_generated)))
    if not proposals:
        print("no document has a mistake that an overlay is known to mend")
    for proposal in proposals:
        if not is_fixing:
            print(make_visible(proposal.render()), end="")
            continue
        document = project.specs[proposal.spec].path.relative_to(root).as_posix()
        for file in write_overlay(proposal, root, document):
            print(make_visible(f"{file}: written"))
    return 0


def print_list(
    project: Project, form: ListFormat, *, environment: str | None, tags: Sequence[str], is_sources: bool
) -> None:
    """Print the scenarios and warehouse checks, or where the scenarios come from."""
    print_warnings(project.mistakes)
    inventory = take_inventory(project, environment=environment, tags=tags)
    text = render_sources(inventory.scenarios, form) if is_sources else render_inventory(inventory, form)
    print(escape_unsafe(text) if form is ListFormat.JSON else make_visible(text))
