"""The totals of a run in the terminal: a row for each phase, or for each outcome where that is too wide."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import UNSET

from contracts_runner.model.nouns import pluralise
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.phrases import ENGLISH, Phrases
from contracts_runner.reporting.terminal import Pipe, Screen, Text, choose_style, print_text, print_whole
from contracts_runner.results.results import Results

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text as RichText

_WIDEST_TABLE = 1000


def render_head(head: str, phrases: Phrases = ENGLISH) -> str:
    """Return the line that names a ledger's head, from which the whole ledger follows."""
    return phrases("head of the ledger: %(head)s", head=head)


def render_archive(archive: Path | None, phrases: Phrases) -> str:
    """Return the line that names the archive of a run; None where there is none, since something leaked."""
    if archive is None:
        return phrases("Archive: none, since what leaked would be in it")
    return phrases("Archive: %(path)s", path=archive)


def name_phase(phase: Phase, phrases: Phrases) -> str:
    """Return what its rows are called within a line: scenarios."""
    return phrases(pluralise(phase.noun).capitalize()).lower()


def print_totals(console: Screen, results: Results, phrases: Phrases = ENGLISH) -> None:
    """Print the counts of each phase, of the requests, and the head of the ledger."""
    totals = results.totals
    phases = [phase for phase in Phase if totals[phase].total]
    if phases:
        table = _build_table(results, phases, phrases)
        wide = console.open_console() if isinstance(console, Pipe) else console
        # A row for each outcome is narrower: no heading is cut.
        is_fitting = wide.measure(table, options=wide.options.update(width=_WIDEST_TABLE)).maximum <= wide.width
        wide.print(table if is_fitting else _build_narrow_table(results, phases, phrases))
    sent = {"requests": totals.requests_sent, "writes": totals.writes_sent}
    print_text(console, Text(phrases("requests sent: %(requests)s, of them writes: %(writes)s", **sent)))
    if results.head is not UNSET:
        print_whole(console, Text(render_head(results.head, phrases), style="dim"))


def _build_table(results: Results, phases: Sequence[Phase], phrases: Phrases) -> "Table":
    table = _open_table(*map(phrases, Outcome), phrases("total"))
    for phase in phases:
        counts = results.totals[phase]
        cells = [_render_count(outcome, counts[outcome]) for outcome in Outcome]
        table.add_row(name_phase(phase, phrases), *cells, str(counts.total))
    return table


def _build_narrow_table(results: Results, phases: Sequence[Phase], phrases: Phrases) -> "Table":
    columns = [results.totals[phase] for phase in phases]
    table = _open_table(*(name_phase(phase, phrases) for phase in phases))
    for outcome in Outcome:
        table.add_row(phrases(outcome), *(_render_count(outcome, counts[outcome]) for counts in columns))
    table.add_row(phrases("total"), *(str(counts.total) for counts in columns))
    return table


def _open_table(*headings: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for heading in headings:
        table.add_column(heading, justify="right")
    return table


def _render_count(outcome: Outcome, count: int) -> "RichText":
    return Text(str(count), style=choose_style(outcome) if count else "dim").render()
