"""What `contracts history` prints: a table over the runs, JSON, or a page."""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, takewhile
from pathlib import Path

from contracts_runner.errors import explain_errors
from contracts_runner.evidence.files import write_whole
from contracts_runner.maintenance.printing import render_columns
from contracts_runner.model.json import Json
from contracts_runner.model.nouns import count_noun, pluralise
from contracts_runner.model.outcome import WORST_FIRST, Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.project.root import list_template_folders
from contracts_runner.redaction.json_text import escape_unsafe
from contracts_runner.reporting.cause_views import render_since
from contracts_runner.reporting.drift_text import name_place, render_drift
from contracts_runner.reporting.phrases import ENGLISH, Language, Phrases, find_phrases
from contracts_runner.reporting.text import flatten, make_visible
from contracts_runner.results.lines import as_json
from contracts_runner.results.rows import NO_ROW, OUTCOME_LETTERS
from contracts_runner.results.since import SinceState
from contracts_runner.run.history import History, HistoryRow, HistoryRun, read_history
from contracts_runner.run.runs import find_settings

REPORT = "report.html"


def print_history(
    identifier: str | None,
    *,
    project: Path | None,
    environment: str | None,
    most: int,
    is_json: bool,
    page: Path | None,
    language: str = Language.ENGLISH,
) -> None:
    """Print the history of an environment, or of one of its rows; write it as a page, in a language, into the file
    `page`.

    Raises UsageError, RunFolderError.
    """
    settings = find_settings(project)
    history = read_history(settings, environment, most=most)
    if identifier is not None:
        history = history.narrow(identifier)
    if page is not None:
        folders = list_template_folders(settings.templates if settings else None)
        write_page(history, page, folders, find_phrases(language))
        print(make_visible(f"{page}: written, with {count_noun(len(history.runs), 'run')}"))
    elif is_json:
        print(escape_unsafe(json.dumps(_as_document(history), ensure_ascii=False, indent=2)))
    else:
        lines = _iter_lines(history)
        if identifier is not None:
            lines = chain.from_iterable(_iter_row_lines(row, history.runs) for row in history.rows)
        for line in lines:
            print(make_visible(line))


def write_page(history: History, page: Path, template_folders: Sequence[Path], phrases: Phrases = ENGLISH) -> None:
    """Write one self-contained page, with links to the reports of the runs that are there. Raises RunFolderError."""
    from contracts_runner.reporting.templating import build_environment, render_template

    with explain_errors("write", page):
        links = {run.run.id: link for run in history.runs if (link := _find_link(run, page.parent))}
        page.parent.mkdir(parents=True, exist_ok=True)
    environment = build_environment(template_folders, phrases=phrases)
    content = render_template(
        environment,
        "history.html.jinja",
        history=history,
        language=phrases.language,
        links=links,
        phases=[(phrases(pluralise(phase.noun).capitalize()), phase) for phase in history.list_phases()],
        outcomes=[*reversed(WORST_FIRST)],
    )
    write_whole(page, content)


def _find_link(run: HistoryRun, start: Path) -> str:
    if run.folder is None or not (run.folder / REPORT).is_file():
        return ""
    return Path(os.path.relpath(run.folder / REPORT, start)).as_posix()


def _tell(row: HistoryRow) -> str:
    return render_since(row.since, ENGLISH) if row.since else ""


def _tell_steady(row: HistoryRow) -> str:
    """Return the outcome of a row that earlier runs tell nothing of, and in how many runs it was the same."""
    last = row.outcomes[-1]
    if last is None:
        return "not in the last run"
    found = [outcome for outcome in row.outcomes if outcome is not None]
    count = sum(1 for _ in takewhile(last.__eq__, reversed(found)))
    if count == len(found):
        return f"{last} in each of {count} runs" if count > 1 else f"{last} in 1 run"
    return f"{last} in the last {count} runs" if count > 1 else f"{last} in the last run"


def _iter_lines(history: History) -> Iterator[str]:
    simulated = " (simulated: says nothing about production)" if any(run.is_simulated for run in history.runs) else ""
    yield f"environment {history.environment}{simulated}, {count_noun(len(history.runs), 'run')}, the oldest first"
    phases = history.list_phases()
    header = ("started", "run", "folder", *(pluralise(phase.noun) for phase in phases))
    counts = [[_render_counts(run.count(phase)) for phase in phases] for run in history.runs]
    names = map(_name_run, history.runs)
    yield render_columns(header, [(*name, *cells) for name, cells in zip(names, counts, strict=True)])
    yield ""
    shown = [row for row in history.rows if not row.is_steady]
    if shown:
        letters = ", ".join(f"{letter} {outcome}" for outcome, letter in OUTCOME_LETTERS.items())
        yield f"what changed, or is broken ({letters}, {NO_ROW} no row):"
        rows = [(flatten(row.id), _render_strip(row.outcomes), _tell(row)) for row in shown]
        yield render_columns(("id", "outcomes", ""), rows)
    for run in history.runs:
        if run.drift:
            yield f"answers that were otherwise in the run {run.run.id} ({run.run.started_at}) than before:"
            yield from (f"  {name_place(row)} {render_drift(row)}" for row in run.drift)
    flaky = sum(row.since is not None and row.since.state is SinceState.FLAKY for row in history.rows)
    yield f"{flaky} flaky, {len(history.rows) - len(shown)} of {count_noun(len(history.rows), 'row')} steady"


def _iter_row_lines(row: HistoryRow, runs: Sequence[HistoryRun]) -> Iterator[str]:
    yield f"{flatten(row.id)}: {_tell(row) or _tell_steady(row)}"
    words = [(*_name_run(run), outcome or "no row") for run, outcome in zip(runs, row.outcomes, strict=True)]
    yield render_columns(("started", "run", "folder", "outcome"), words)


def _name_run(run: HistoryRun) -> tuple[str, str, str]:
    incomplete = "" if run.is_complete else " (not complete)"
    return run.run.started_at, run.run.id + incomplete, str(run.folder) if run.folder else "not here"


def _render_counts(counts: Counter[Outcome]) -> str:
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in WORST_FIRST if counts[outcome])


def _render_strip(outcomes: Sequence[Outcome | None]) -> str:
    return "".join(OUTCOME_LETTERS[outcome] if outcome else NO_ROW for outcome in outcomes)


def _as_document(history: History) -> Json:
    rows: list[Mapping[str, object]] = [
        {
            "phase": row.phase,
            "id": row.id,
            "outcomes": list(row.outcomes),
            "since": row.since and {name: getattr(row.since, name) for name in ("state", "at", "run", "runs", "of")},
        }
        for row in history.rows
    ]
    return as_json(
        {
            "environment": history.environment,
            "runs": [
                {
                    "id": run.run.id,
                    "started_at": run.run.started_at,
                    "folder": str(run.folder) if run.folder else None,
                    "complete": run.is_complete,
                    "simulated": run.is_simulated,
                    "totals": {phase: _count_all(run.count(phase)) for phase in Phase},
                    "drift": run.drift,
                }
                for run in history.runs
            ],
            "rows": rows,
        }
    )


def _count_all(counts: Counter[Outcome]) -> dict[str, int]:
    return {**{outcome: counts[outcome] for outcome in Outcome}, "total": counts.total()}
