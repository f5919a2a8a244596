"""What report.html says of a row beyond what all reports say: what looks again, since when, and a member that is
missing."""

import re
import shlex

from markupsafe import Markup, escape

from contracts_runner.reporting.cause_views import render_since
from contracts_runner.reporting.phrases import ENGLISH, Phrases
from contracts_runner.reporting.text import make_visible, render_literal, render_time, render_value
from contracts_runner.results.results import RunRow
from contracts_runner.results.rows import CheckRow, PropertyRow, ScenarioRow, WarehouseRow
from contracts_runner.results.since import SinceRow, SinceState

# An identifier of so many characters stands on one line everywhere.
_FITS = 12
_SEAM = re.compile(r"(?<=[._:/-])(?=\w)")


def render_again(run: RunRow, row: ScenarioRow | PropertyRow | WarehouseRow) -> str:
    """Return the command that looks again at a row that broke, "" for any other."""
    if not row.outcome.traits.is_broken:
        return ""
    if isinstance(row, PropertyRow):
        return shlex.join(["contracts", "replay", run.id, row.id])
    identifier = (isinstance(row, ScenarioRow) and row.of) or row.id
    return shlex.join(["contracts", "run", identifier, "--env", run.environment])


def render_broken_since(row: SinceRow, phrases: Phrases = ENGLISH) -> str:
    """Return what earlier runs tell of a row, such as "broken since 2026-11-02 10:15 UTC, 4 runs"."""
    if row.state is not SinceState.SINCE:
        return render_since(row, phrases)
    at = render_minute(row.at, phrases)
    return phrases("broken since %(at)s, %(runs)s", at=at, runs=phrases.count(row.runs, "run"))


def render_minute(value: str, phrases: Phrases = ENGLISH) -> str:
    """Return an ISO time as "2025-11-09 15:14 UTC"; other text as it is."""
    return re.sub(r"(:\d\d):\d\d UTC\Z", r"\1 UTC", render_time(value, phrases))


def render_missing(check: CheckRow | WarehouseRow, phrases: Phrases = ENGLISH) -> tuple[str, str] | None:
    """Return what is expected and actual where an object lacks a member, None for any other check."""
    violations = (check.violations or ()) if isinstance(check, CheckRow) else ()
    if not violations or violations[0].keyword != "required" or violations[0].property != check.expected:
        return None
    expected = phrases("the member %(name)s", name=render_literal(check.expected))
    actual, none = render_value(check.actual), phrases("no such member")
    return expected, actual if actual.startswith(none) else f"{none}: {actual}"


def make_breakable(text: str) -> Markup:
    """Return an identifier that a line ends in after its marks of punctuation, and not in a word."""
    shown = escape(make_visible(text))
    return Markup(_SEAM.sub("<wbr>", shown)) if len(text) > _FITS else shown
