"""Prints what changed between two OpenAPI documents, and which scenarios and checks use it."""

import sys
from pathlib import Path
from typing import assert_never

from contracts_runner.maintenance.impact.contract_edits import Fixes, fix_contracts
from contracts_runner.maintenance.impact.documents import read_documents
from contracts_runner.maintenance.impact.impact import find_impact
from contracts_runner.maintenance.impact.impact_report import ImpactReport
from contracts_runner.maintenance.printing import ListFormat
from contracts_runner.model.nouns import count_noun
from contracts_runner.project.project import Project
from contracts_runner.redaction.json_text import escape_unsafe
from contracts_runner.reporting.text import make_visible
from contracts_runner.run.mistakes import print_warnings


def print_impact(
    project: Project | None, old: str, new: str | None, form: ListFormat, *, key: str | None, is_fixing: bool
) -> int:
    """Print the changes, or write what follows of them; returns the exit code, 1 if one breaks."""
    compared = read_documents(project, old, new, key, Path.cwd())
    if project is None:
        print("no project: nobody is known to use what changed", file=sys.stderr)
    else:
        print_warnings(project.mistakes)
    for note in compared.notes:
        print(make_visible(note), file=sys.stderr)
    impact = find_impact(compared.old.spec, compared.new.spec, project, compared.key)
    report = ImpactReport(impact, compared)
    match form:
        case ListFormat.JSON:
            print(escape_unsafe(report.render_json()))
        case ListFormat.GITHUB:
            if impact.affected:
                print(make_visible(report.render_github()))
            print(report.render_count(), file=sys.stderr)
        case ListFormat.MARKDOWN:
            print(make_visible(report.render_markdown()))
        case ListFormat.TEXT:
            print(make_visible(report.render_text()))
        case _:
            assert_never(form)
    if is_fixing and project is not None:
        _print_fixes(fix_contracts(impact, project.root))
    return 1 if impact.is_breaking else 0


def _print_fixes(fixes: Fixes) -> None:
    for name, count in fixes.files.items():
        print(make_visible(f"{name}: {count_noun(count, 'place')} changed"), file=sys.stderr)
    for line in fixes.left:
        print(make_visible(f"by hand: {line}"), file=sys.stderr)
