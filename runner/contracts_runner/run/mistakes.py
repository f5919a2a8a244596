"""Which mistakes of contract files a run has to do with: those of what is selected; it warns of the others."""

import sys
from collections.abc import Collection, Iterable, Iterator

from contracts_runner.errors import Problem, ProjectError, Severity, SourceLocation
from contracts_runner.project.project import Project
from contracts_runner.reporting.text import make_visible


def split_mistakes(
    project: Project, chosen: Collection[SourceLocation], *, is_everything: bool
) -> tuple[list[Problem], list[Problem]]:
    """Return the mistakes of what is chosen, then the others.

    `chosen` are the places of the selected scenarios, warehouse checks and `known` entries. A mistake that none of them
    alone has is that of its whole file; a file in which nothing could be read is chosen if everything is.
    """
    entries = set(_iter_entries(project))
    chosen_files = {location.path for location in chosen}
    if is_everything:
        chosen_files |= project.documents.keys() - {location.path for location in entries}
    needed: list[Problem] = []
    others: list[Problem] = []
    for problem in project.mistakes:
        is_own = problem.owner in entries
        is_needed = problem.owner in chosen if is_own else problem.location.path in chosen_files
        if problem.severity is Severity.ERROR:
            (needed if is_needed else others).append(problem)
    return needed, others


def print_warnings(problems: Iterable[Problem]) -> None:
    """Print mistakes that do not keep a command from its work, on stderr."""
    for problem in ProjectError(problems).problems:
        print(make_visible(f"warning: {problem}"), file=sys.stderr)


def _iter_entries(project: Project) -> Iterator[SourceLocation]:
    yield from (scenario.location for scenario in project.scenarios)
    yield from (known.location for known in project.known_properties)
    yield from (check.location for contract in project.warehouses for check in contract.checks)
