"""What a run says to GitHub Actions: an annotation for each cause, at the contract's line, and the summary of the job.

GitHub shows ten annotations of a step.
"""

import os
from pathlib import Path

from contracts_runner.maintenance.printing import Level, find_repository, render_annotation
from contracts_runner.reporting.cause_views import CauseView, CauseViews
from contracts_runner.reporting.formats import SUMMARY
from contracts_runner.reporting.phrases import Phrases
from contracts_runner.reporting.text import make_visible, render_comparison, render_value, shorten, split_location
from contracts_runner.reporting.verdict import find_exit_code, render_verdict
from contracts_runner.results.results import Results

VARIABLE = "GITHUB_STEP_SUMMARY"
_MOST, _IDS = 10, 5
_TITLE, _MESSAGE = 200, 500


def render_annotations(results: Results, project: Path | None, phrases: Phrases) -> str:
    """Return the workflow commands, each on a line: of more causes than GitHub shows the last line tells how many.
    `project` is the folder that contract files are relative to. What decides nothing is a notice; a run that went wrong
    without a cause has its verdict.
    """
    views = CauseViews(results, phrases)
    deciding = [cause for cause in views.all if not cause.is_aside]
    causes = [*deciding, *(cause for cause in views.all if cause.is_aside)]
    lines = [_annotate(cause, views, project, phrases) for cause in causes]
    verdict = make_visible(render_verdict(results, phrases))
    if not deciding and find_exit_code(results):
        lines.insert(0, render_annotation(Level.ERROR, verdict, title="contracts"))
    if len(lines) > _MOST:
        number = len(lines) - _MOST + 1
        more = phrases("further causes, in the summary of the job: %(number)s", number=number)
        lines[_MOST - 1 :] = [render_annotation(Level.ERROR, more, title=verdict)]
    return "".join(f"{line}\n" for line in lines)


def append_summary(folder: Path) -> str:
    """Append summary.md of the run to the summary of the job, if there is one; returns what went wrong, or ""."""
    target, source = os.environ.get(VARIABLE), folder / SUMMARY
    if not target or not source.is_file():
        return ""
    try:
        with Path(target).open("ab") as file:
            file.write(source.read_bytes() + b"\n")
    except (OSError, ValueError) as error:
        return f"${VARIABLE}: the summary was not written: {error}"
    return ""


def _annotate(cause: CauseView, views: CauseViews, project: Path | None, phrases: Phrases) -> str:
    row, example = cause.row, cause.row.example
    ids = f"{phrases.count(len(row.ids), 'row')}: {views.list(row.ids, _IDS)}"
    message = shorten(f"{example.id}: {example.message}", _MESSAGE)
    told = (message, render_comparison(example, phrases=phrases), ids, cause.since, cause.request, cause.again)
    file, line = _find_place(cause.location, project)
    return render_annotation(
        Level.NOTICE if cause.is_aside else Level.ERROR,
        make_visible("\n".join(filter(None, told))),
        title=render_value(f"{phrases(row.outcome)}: {row.title}", _TITLE),
        file=file,
        line=line,
    )


def _find_place(location: str | None, project: Path | None) -> tuple[str | None, int]:
    """Return the file, relative to the repository, and the line of a location that a run has recorded."""
    found = split_location(location)
    if found is None:
        return None, 1
    path, repository = ((project or Path.cwd()) / found[0]).absolute(), find_repository()
    return path.relative_to(repository).as_posix() if path.is_relative_to(repository) else found[0], found[1]
