"""The summary of a run on stdout: where and what, the totals, what broke by its cause, and last the verdict."""

import os
from collections.abc import Mapping
from pathlib import Path

from contracts_runner.evidence.folder import LEDGER
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.apart import print_apart, print_notable
from contracts_runner.reporting.cause_text import BrokenRows, CausePrinter
from contracts_runner.reporting.commands import render_next
from contracts_runner.reporting.drift_text import iter_drift_lines
from contracts_runner.reporting.phrases import ENGLISH, Phrases
from contracts_runner.reporting.terminal import (
    Screen,
    Text,
    choose_style,
    print_text,
    print_whole,
)
from contracts_runner.reporting.text import count_seconds, flatten
from contracts_runner.reporting.totals import print_totals
from contracts_runner.reporting.verdict import (
    INTERRUPTED,
    find_exit_code,
    find_tone,
    render_nature,
    render_traffic,
    render_verdict,
)
from contracts_runner.results.results import Results
from contracts_runner.results.rows import ExchangeRow


def render_summary(
    results: Results,
    console: Screen,
    *,
    folder: Path,
    exchanges: Mapping[str, ExchangeRow] | None = None,
    is_quiet: bool = False,
    is_verbose: bool = False,
    phrases: Phrases = ENGLISH,
) -> None:
    """Print the summary of a run in its folder: failures last, by their cause, and then the verdict. `exchanges` are
    the recorded ones of the causes' examples, by artifact; `is_quiet`: what broke, and the verdict.

    A simulated run says so in the first line. Steps that were left out are listed in the reports only.
    """
    here = find_path(folder) if (folder / LEDGER).is_file() else results.run.id
    if nature := render_nature(results.run, phrases):
        print_text(console, Text(nature, style="bold yellow"))
    if results.run.shard:
        told = phrases("shard %(part)s: a part of the selection", part=results.run.shard.part)
        print_text(console, Text(told, style="bold"))
    if not is_quiet:
        print_text(console, Text(flatten(_render_subject(results, phrases))))
        for line in render_traffic(results.run, phrases):
            print_text(console, Text(flatten(line)))
        print_apart(console, results, phrases, is_verbose=is_verbose)
        print_totals(console, results, phrases)
        _print_drift(console, results, phrases)
    elif results.run.strict:
        print_notable(console, results, phrases)
    printer = CausePrinter(
        console=console,
        results=results,
        rows=BrokenRows(results),
        exchanges=exchanges or {},
        run=here,
        phrases=phrases,
        is_verbose=is_verbose,
    )
    printer.print()
    if find_exit_code(results) == INTERRUPTED and not results.run.observed:
        command = render_next(results.run, "run", "--resume", here)
        print_whole(console, Text(phrases("go on with: %(command)s", command=flatten(command))))
    print_whole(console, Text(flatten(_render_end(results, folder, phrases)), style=choose_style(find_tone(results))))


def _print_drift(console: Screen, results: Results, phrases: Phrases) -> None:
    if results.drift:
        count = phrases.count(len(results.drift), "place")
        told = phrases(
            "drift: answers have another shape than in earlier runs, which fails nothing: %(places)s", places=count
        )
        print_text(console, Text(told))
        for line in iter_drift_lines(results.drift, phrases):
            print_text(console, Text(f"  {line}"))


def find_path(path: Path) -> str:
    """Return a path as a person here names it: relative to the working directory where that is shorter."""
    relative = os.path.relpath(path)
    return min(relative, str(path), key=len)


def _render_subject(results: Results, phrases: Phrases) -> str:
    """Return what was looked at: the environment, its address, how much of the project."""
    run = results.run
    address = f" ({run.base_url})" if run.base_url else ""
    # A load has its scenarios elsewhere.
    parts = [phrases.count(results.selected, Phase.SCENARIOS.noun)] if results.selected else []
    if results.deselected:
        parts.append(phrases("%(number)s not selected", number=results.deselected))
    if results.warehouse.planned:
        parts.append(phrases.count(results.warehouse.planned, Phase.WAREHOUSE.noun))
    counted = f": {', '.join(parts)}" if parts else ""
    return phrases("environment %(name)s", name=f"{run.environment}{address}{counted}")


def _render_end(results: Results, folder: Path, phrases: Phrases) -> str:
    """Return the last line: the verdict, how long the run took, and where its report is."""
    seconds = _count_seconds(results)
    took = phrases("%(seconds)s s", seconds=f"{seconds:.1f}") if seconds is not None else ""
    reports = (folder / name for name in ("report.html", "report.md", "results.json"))
    report = next((find_path(path) for path in reports if path.is_file()), "")
    return "; ".join(filter(None, (render_verdict(results, phrases), took, report)))


def _count_seconds(results: Results) -> float | None:
    """Return how long the run took; of one that was resumed, since then."""
    run = results.run
    return count_seconds((run.started_at, *run.resumed_at)[-1], run.finished_at)
