"""What does not fail a run, in the terminal: what is known, fixed or a warning, and what was not looked at."""

from collections.abc import Sequence

from contracts_runner.model.outcome import Outcome
from contracts_runner.reporting.digest import render_quarantine
from contracts_runner.reporting.phrases import Phrases
from contracts_runner.reporting.terminal import (
    MESSAGE_LIMIT,
    Screen,
    Text,
    print_text,
    render_row,
    render_word,
)
from contracts_runner.reporting.text import flatten, render_comparison, shorten
from contracts_runner.reporting.verdict import group_never_accepted
from contracts_runner.results.results import Results
from contracts_runner.results.rows import QUARANTINED, WARNING, PropertyRow, ScenarioRow, WarehouseRow
from contracts_runner.results.scenarios import is_left_out

# Ids in one line, and lines of what passed and says more; with -v all are told.
_NAMED, _TOLD = 5, 5

_Row = ScenarioRow | PropertyRow | WarehouseRow


def print_apart(console: Screen, results: Results, phrases: Phrases, *, is_verbose: bool) -> None:
    """Print a line for all that is known, and one for each of the others; `is_verbose`: for each of all."""
    scenarios = [row for row in results.scenarios if not row.quarantine]
    known = [row for row in _list_deciding(results) if row.outcome is Outcome.KNOWN]
    if known and not is_verbose:
        names = list_first([row.id for row in known], _NAMED, phrases)
        told_of = phrases("as the contracts say: %(ids)s", ids=names)
        print_text(console, render_row(Outcome.KNOWN, str(len(known)), told_of, phrases))
    for row in known if is_verbose else ():
        print_text(console, render_row(row.outcome, row.id, _explain(row), phrases))
    _print_not_looked_at(console, results, phrases)
    print_notable(console, results, phrases)
    told = [row for row in scenarios if row.outcome is Outcome.PASSED and _says_more(row)]
    for scenario in results.scenarios:
        if scenario.quarantine:
            texts = (scenario.title, render_quarantine(scenario, phrases), scenario.reason)
            print_text(console, _render_apart(phrases, QUARANTINED, scenario, *texts))
    for scenario in told if is_verbose else told[:_TOLD]:
        print_text(console, render_row(scenario.outcome, scenario.id, _explain(scenario), phrases))
    if (more := len(told) - _TOLD) > 0 and not is_verbose:
        print_text(console, Text(phrases("and %(number)s more that passed with a reason", number=more)))
    for because, names_of in group_never_accepted(results, phrases).items():
        because = phrases("never accepted, because %(because)s", because=because)
        print_text(console, Text(flatten(f"{because}: {', '.join(names_of)}"), style="yellow"))


def _print_not_looked_at(console: Screen, results: Results, phrases: Phrases) -> None:
    """Print what was not sent, or not looked at, a line for each reason."""
    reasons: dict[tuple[Outcome, str], list[str]] = {}
    for row in _list_deciding(results):
        if row.outcome in (Outcome.BLOCKED, Outcome.SKIPPED):
            reasons.setdefault((row.outcome, _find_reason(row)), []).append(row.id)
    for (outcome, reason), ids in [*reasons.items()][:_TOLD]:
        text = f"{reason}: {list_first(ids, _NAMED, phrases)}" if reason else list_first(ids, _NAMED, phrases)
        print_text(console, render_row(outcome, str(len(ids)), text, phrases))
    if (more := len(reasons) - _TOLD) > 0:
        print_text(console, Text(phrases("further reasons: %(number)s", number=more)))


def print_notable(console: Screen, results: Results, phrases: Phrases) -> None:
    """Print what fails a run with --strict alone: what is fixed, and the warnings."""
    for row in _list_deciding(results):
        if row.outcome is Outcome.FIXED:
            print_text(console, render_row(row.outcome, row.id, _explain(row), phrases))
    for check in results.warehouse.checks:
        if check.is_warning:
            place, compared = f"{check.place} {check.check}", render_comparison(check, phrases=phrases)
            print_text(console, _render_apart(phrases, WARNING, check, place, check.message, compared))


def _list_deciding(results: Results) -> list[_Row]:
    scenarios = [row for row in results.scenarios if not row.quarantine]
    return [*scenarios, *results.properties, *results.warehouse.checks]


def list_first(names: Sequence[str], most: int, phrases: Phrases) -> str:
    """Return the first names, and how many more there are."""
    more = phrases(" and %(number)s more", number=len(names) - most) if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _explain(row: _Row) -> str:
    title = row.title if isinstance(row, ScenarioRow) else ""
    return ": ".join(filter(None, (title, _find_reason(row))))


def _find_reason(row: _Row) -> str:
    return row.message if isinstance(row, WarehouseRow) else row.reason


def _says_more(scenario: ScenarioRow) -> bool:
    """Tell whether the reason of a scenario that passed is another one than that of a step left out by `when`."""
    left_out = {step.reason for step in scenario.steps if is_left_out(step)}
    return bool(scenario.reason) and scenario.reason not in left_out


def _render_apart(phrases: Phrases, word: str, row: _Row, *texts: str) -> Text:
    """Return the line of a row that decides nothing: it begins with the word for why."""
    line = Text(render_word(word, phrases), style="yellow")
    line.append(f"  {flatten(row.id)}", style="bold")
    told = ": ".join(filter(None, (phrases(row.outcome), *texts)))
    return line.append(f"  {shorten(flatten(told), MESSAGE_LIMIT)}", style="default")
