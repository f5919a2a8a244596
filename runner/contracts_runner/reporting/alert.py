"""An alert: what is broken in a run of a watch and was not before, and what is not broken any more.

Its texts are those of the run's results: what leaves the machine is what the ledger has.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import structs

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.reporting.phrases import Phrases, find_phrases
from contracts_runner.reporting.templating import build_environment, render_template
from contracts_runner.reporting.text import escape_markdown_line
from contracts_runner.reporting.verdict import render_nature, render_verdict
from contracts_runner.results.lines import as_json
from contracts_runner.results.results import CauseExample, CauseRow, Results

_TEMPLATE = "alert.md.jinja"
_RUN_FIELDS = ("id", "environment", "simulated", "started_at", "finished_at")
_LEAK = "leak "
_WITHHELD = "not told here, since secrets or personal values were found in what the run wrote"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What has changed until a run: causes that are new, that are gone, and that are still there.

    Without any new or gone one it tells that runs are made again.
    """

    results: Results
    new: tuple[CauseRow, ...]
    gone: tuple[CauseRow, ...]
    lasting: tuple[CauseRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A change as it is told: a title, a text in Markdown, and both with all rows as JSON."""

    title: str
    text: str
    document: dict[str, Json]


def find_change(before: Results | None, after: Results, *, is_back: bool = False) -> Change | None:
    """Return what has changed between two runs, None if no cause came or went; without an earlier one all are new.

    `is_back`: no run could be made in between, which was told, so that this one is told in any case.
    """
    old = {cause.key: cause for cause in (before.causes if before else ())}
    now = {cause.key: cause for cause in after.causes}
    if old.keys() == now.keys() and not is_back:
        return None
    hide = _withhold if after.leaks or (before and before.leaks) else tuple
    return Change(
        results=after,
        new=hide(cause for key, cause in now.items() if key not in old),
        gone=hide(cause for key, cause in old.items() if key not in now),
        lasting=hide(cause for key, cause in now.items() if key in old),
    )


def _withhold(causes: Iterable[CauseRow]) -> tuple[CauseRow, ...]:
    """Return causes without their texts, in which something may have leaked; that it has is told."""
    hidden = CauseExample(id="")
    return tuple(
        cause
        if cause.key.startswith(_LEAK)
        else structs.replace(cause, key="", title=_WITHHELD, ids=(), places=(), example=hidden)
        for cause in causes
    )


def render_alert(change: Change, folder: Path, templates: Sequence[Path]) -> Alert:
    """Return the alert of a change, by the template of a project or the shipped one. Raises UsageError for one that has
    a mistake."""
    results = change.results
    phrases = find_phrases(results.run.language or "")
    rows = {"new": change.new, "gone": change.gone, "lasting": change.lasting}
    told = {
        "title": _render_title(change, phrases),
        "verdict": render_verdict(results, phrases),
        "note": render_nature(results.run),
        "folder": str(folder),
    }
    environment = build_environment(templates, phrases=phrases)
    text = render_template(environment, _TEMPLATE, run=results.run, **told, **rows).decode("utf-8").strip()
    run = {name: getattr(results.run, name) for name in _RUN_FIELDS}
    plain = {name: as_json(causes) for name, causes in rows.items()}
    return Alert(title=told["title"], text=text, document={**told, "run": run, **plain, "text": text})


def render_unmade(environment: str, exit_code: int) -> Alert:
    """Return the alert that no run came to an end: of what was watched nothing is known."""
    title = f"{environment}: no run could be made"
    text = f"# {escape_markdown_line(title)}\n\nExit code {exit_code}; what the watch has printed says why."
    return Alert(title=title, text=text, document={"title": title, "exit_code": exit_code, "text": text})


def _render_title(change: Change, phrases: Phrases) -> str:
    new, gone = phrases.count(len(change.new), "new cause"), phrases("%(count)s gone", count=len(change.gone))
    return f"{change.results.run.environment}: {new}, {gone}"
