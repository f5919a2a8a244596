"""Prints what there is in a project, and what is wrong in it; nothing is sent."""

import json
import os
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import assert_never

from contracts_runner.engine.ports import SystemClock
from contracts_runner.errors import ProjectError, UsageError
from contracts_runner.evidence.files import write_whole
from contracts_runner.maintenance.inventory import take_inventory
from contracts_runner.maintenance.lint.project_check import check_project
from contracts_runner.maintenance.lint.report import CheckReport, render_count, render_github, render_json, render_text
from contracts_runner.maintenance.lint.subject import Subject
from contracts_runner.maintenance.listing import render_inventory, render_sources
from contracts_runner.maintenance.overlay import propose, write_overlay
from contracts_runner.maintenance.printing import ListFormat, OutputFormat, find_repository
from contracts_runner.maintenance.reference.project_schema import build_schemas
from contracts_runner.project.kept import KeptFiles
from contracts_runner.project.project import Project, read_project
from contracts_runner.reading.variables import load_variables
from contracts_runner.redaction.json_text import escape_unsafe
from contracts_runner.reporting.text import make_visible
from contracts_runner.run.check_watching import iter_changes, watch_check
from contracts_runner.run.mistakes import find_all_mistakes, find_generated, print_warnings


def check_files(root: Path, kept: KeptFiles | None = None, files: Collection[str] = ()) -> CheckReport:
    """Return the mistakes in the project's files (see check_project)."""
    variables, _ = load_variables(root, os.environ)  # a run reports mistakes of .env
    return check_project(
        root,
        today=SystemClock().now().date(),
        find_mistakes=find_all_mistakes,
        find_generated=find_generated,
        variables=variables,
        kept=kept,
        files=files,
    )


def print_check(
    root: Path,
    form: OutputFormat,
    *,
    is_strict: bool,
    is_whole: bool,
    is_watching: bool = False,
    has_schema: bool = False,
) -> int:
    """Print the mistakes in the project's files, after each change again if asked for; returns the exit code.

    `has_schema`: write the schemas for editors too.
    """
    if is_watching and form is OutputFormat.GITHUB:
        raise UsageError("--watch takes --format text or json")

    def show(report: CheckReport, kept: KeptFiles | None = None) -> None:
        if has_schema:
            _write_schemas(root, kept)
        _print_report(report, form, is_strict=is_strict, is_whole=is_whole, is_watching=is_watching)

    if is_watching:
        report = watch_check(lambda kept, files: check_files(root, kept, files), show, iter_changes(root))
    else:
        report = check_files(root)
        show(report)
    return 0 if report.is_ok(is_strict=is_strict) else 2


def _print_report(
    report: CheckReport, form: OutputFormat, *, is_strict: bool, is_whole: bool, is_watching: bool
) -> None:
    # Problems quote documents, which may be others'.
    match form:
        case OutputFormat.JSON:
            text = render_json(report, is_strict=is_strict, indent=None if is_watching else 2)
            print(escape_unsafe(text), flush=True)
        case OutputFormat.GITHUB:
            if report.problems:
                print(make_visible(render_github(report, base=find_repository())))
            print(render_count(report), file=sys.stderr)
        case OutputFormat.TEXT:
            # Editors that follow the output know by the first and the last line what is of one check.
            text = render_text(report, is_whole=is_whole)
            print(make_visible(f"checked:\n{text}; waiting for changes" if is_watching else text), flush=True)
        case _:
            assert_never(form)


def _write_schemas(root: Path, kept: KeptFiles | None) -> None:
    """Write the schemas for editors that are not written yet; nothing without usable settings."""
    project, _ = read_project(root, kept)
    for name, schema in build_schemas(project).items() if project else ():
        path, content = root / name, json.dumps(schema, ensure_ascii=False, indent=1).encode() + b"\n"
        if not path.exists() or path.read_bytes() != content:
            write_whole(path, content)
            print(f"{name}: written", file=sys.stderr)


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
