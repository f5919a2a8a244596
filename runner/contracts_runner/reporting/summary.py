"""The summary of a run on stdout: what broke and where, then the totals; plain text in a pipe."""

from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

from msgspec import UNSET
from rich.console import Console
from rich.table import Table
from rich.text import Text

from contracts_runner.model.nouns import pluralise
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.model.scenario_draft import list_guesses
from contracts_runner.reporting.digest import render_quarantine
from contracts_runner.reporting.formats import FORMATS, list_files
from contracts_runner.reporting.phrases import ENGLISH, Phrases
from contracts_runner.reporting.text import flatten, render_comparison, shorten
from contracts_runner.reporting.verdict import SANDBOX_LINE, find_tone, group_never_accepted, render_verdict
from contracts_runner.results.results import Results
from contracts_runner.results.rows import QUARANTINED, WARNING, PropertyRow, ScenarioRow, StepRow, WarehouseRow
from contracts_runner.results.scenarios import is_left_out

_WIDEST = max(map(len, Outcome))
_MESSAGE_LIMIT = 500
_WIDEST_TABLE = 1000
_MEND_GUESS = "if that is why, write a value that the service has into the contract, and take the tag away"


def choose_style(outcome: Outcome) -> str:
    """Return the colour of an outcome, in the words of rich."""
    match outcome:
        case Outcome.PASSED:
            return "green"
        case Outcome.FAILED:
            return "bold red"
        case Outcome.ERRORED:
            return "bold magenta"
        case Outcome.KNOWN:
            return "blue"
        case Outcome.FIXED:
            return "bold cyan"
        case Outcome.BLOCKED:
            return "yellow"
        case Outcome.SKIPPED:
            return "dim"
        case _:
            assert_never(outcome)


def _is_shown(outcome: Outcome, *, is_quiet: bool) -> bool:
    return outcome.traits.is_broken if is_quiet else _is_detailed(outcome)


def _is_detailed(outcome: Outcome) -> bool:
    """Return whether every failing check is listed; of what is known already the reason is enough."""
    return outcome.traits.is_notable and outcome is not Outcome.KNOWN


def render_row(outcome: Outcome, identifier: str, text: str) -> Text:
    """Return one line that begins with the outcome's word."""
    row = Text(f"{outcome:<{_WIDEST}}", style=choose_style(outcome))
    row.append(f"  {flatten(identifier)}", style="not dim bold")
    row.append(f"  {shorten(flatten(text), _MESSAGE_LIMIT)}", style="not bold default")
    return row


def render_head(head: str) -> str:
    """Return the line that names a ledger's head, from which the whole ledger follows."""
    return f"head of the ledger: {head}"


def render_summary(
    results: Results, console: Console, *, folder: Path, is_quiet: bool = False, phrases: Phrases = ENGLISH
) -> None:
    """Print the summary of results.json, and which reports the run's folder holds; `is_quiet`: what broke, and the
    verdict.

    A simulated run says so in the first line, a scenario that passed what was not looked at. Blocked and skipped
    scenarios, and steps that were left out, are counted in the table and listed in the reports only.
    """
    if results.run.simulated:
        _print(console, Text(phrases(SANDBOX_LINE), style="bold yellow"))
    for scenario in results.scenarios:
        if scenario.quarantine:
            if not is_quiet:
                _print(console, _render_quarantined(scenario))
        elif _is_shown(scenario.outcome, is_quiet=is_quiet):
            _print_scenario(console, scenario)
        elif is_quiet:
            continue
        elif scenario.outcome is Outcome.KNOWN or (scenario.outcome is Outcome.PASSED and _says_more(scenario)):
            _print(console, render_row(scenario.outcome, scenario.id, _join(scenario.title, scenario.reason)))
    for row in results.properties:
        if row.outcome.traits.is_notable and (row.outcome.traits.is_broken or not is_quiet):
            _print_property(console, row)
    load, checks = results.warehouse.load, results.warehouse.checks
    told = {check.message for check in checks} | {fault.message for fault in results.faults or ()}
    if load is not None and load.outcome.traits.is_broken and load.message not in told:
        _print(console, render_row(load.outcome, "load", load.message))
    _print_warehouse(console, [each for each in checks if each.outcome.traits.is_broken] if is_quiet else checks)
    for found in results.discrepancies:
        text = f"the ledger says {found.recorded}, its steps say {found.recomputed}"
        _print(console, render_row(Outcome.ERRORED, found.scenario, text))
    for fault in results.faults or ():
        _print(console, render_row(Outcome.ERRORED, fault.where, fault.message))
    if is_quiet:
        _print_verdict(console, results, phrases)
        return
    for because, names in group_never_accepted(results).items():
        _print(console, Text(flatten(f"never accepted, because {because}: {', '.join(names)}"), style="yellow"))
    _print_totals(console, results, phrases)
    if results.head is not UNSET:
        _print(console, Text(render_head(results.head), style="dim"))
    for name in list_files(FORMATS):
        if (folder / name).is_file():
            _print(console, Text(flatten(str(folder / name)), style="dim"))


def _render_quarantined(scenario: ScenarioRow) -> Text:
    """Return the line of a scenario that decides nothing: it begins with that word, whatever its outcome is."""
    row = Text(f"{QUARANTINED}", style="yellow")
    row.append(f"  {flatten(scenario.id)}", style="bold")
    text = _join(str(scenario.outcome), scenario.title, render_quarantine(scenario), scenario.reason)
    return row.append(f"  {shorten(flatten(text), _MESSAGE_LIMIT)}", style="default")


def _says_more(scenario: ScenarioRow) -> bool:
    """Tell whether the reason of a scenario that passed is another one than that of a step left out by `when`."""
    left_out = {step.reason for step in scenario.steps if is_left_out(step)}
    return bool(scenario.reason) and scenario.reason not in left_out


def _print_scenario(console: Console, scenario: ScenarioRow) -> None:
    steps = [step for step in scenario.steps if _is_detailed(step.outcome)]
    below = {text for step in steps for text in (step.reason, *(check.message for check in step.checks))}
    reason = "" if scenario.reason in below else scenario.reason
    _print(console, render_row(scenario.outcome, scenario.id, _join(scenario.title, reason)))
    for step in steps:
        _print_step(console, step)
    if guesses := list_guesses(scenario.tags):
        _print_indented(console, f"guessed: {', '.join(guesses)}; {_MEND_GUESS}", 4)


def _print_step(console: Console, step: StepRow) -> None:
    failing = [check for check in step.checks if check.outcome is not Outcome.PASSED]
    if step.reason and step.reason not in (check.message for check in failing):
        _print_indented(console, _join(step.name, step.reason), 4)
    for check in failing:
        place = f"{check.check} at {check.path}" if check.path else check.check
        _print_indented(console, _join(step.name, place, check.message), 4)
        for line in filter(None, (render_comparison(check), check.location)):
            _print_indented(console, line, 6)
    if step.artifact:
        _print_indented(console, step.artifact, 6)


def _print_property(console: Console, row: PropertyRow) -> None:
    _print(console, render_row(row.outcome, row.id, row.reason))
    if row.failure and row.outcome is not Outcome.KNOWN:
        for step in row.failure.steps:
            _print_indented(console, step.curl, 4)
        for artifact in row.failure.artifacts[-1:]:
            _print_indented(console, artifact, 6)


def _print_warehouse(console: Console, checks: Sequence[WarehouseRow]) -> None:
    """Print what is to be looked at; a reason for which several checks are errored is told once."""
    groups: dict[str, list[WarehouseRow]] = {}
    for check in checks:
        if _is_detailed(check.outcome) and not check.is_warning:
            key = check.message if check.outcome is Outcome.ERRORED else f"id {check.id}"
            groups.setdefault(key, []).append(check)
    for first, *others in groups.values():
        name = f"{first.id} and {len(others)} more" if others else first.id
        text = _join(f"{first.place} {first.check}", first.message, render_comparison(first))
        _print(console, render_row(first.outcome, name, first.message if others else text))
    for check in checks:
        if check.is_warning or check.outcome is Outcome.KNOWN:
            text = _join(f"{check.place} {check.check}", check.message, render_comparison(check))
            _print(console, _render_apart(check, text))


def _render_apart(check: WarehouseRow, text: str) -> Text:
    """Return the line of a check that is known, or of one whose failure is a warning, which begins with that word."""
    if not check.is_warning:
        return render_row(check.outcome, check.id, check.message)
    row = Text(f"{WARNING:<{_WIDEST}}", style="yellow")
    row.append(f"  {flatten(check.id)}", style="bold")
    return row.append(f"  {shorten(flatten(f'{check.outcome}: {text}'), _MESSAGE_LIMIT)}", style="default")


def _print_verdict(console: Console, results: Results, phrases: Phrases) -> None:
    _print(console, Text(flatten(render_verdict(results, phrases)), style=choose_style(find_tone(results))))


def _print_totals(console: Console, results: Results, phrases: Phrases) -> None:
    totals = results.totals
    console.print()
    _print_verdict(console, results, phrases)
    phases = [phase for phase in Phase if totals[phase].total]
    if phases:
        table = _build_table(results, phases)
        # A row for each outcome is narrower: no heading is cut.
        is_fitting = (
            console.measure(table, options=console.options.update(width=_WIDEST_TABLE)).maximum <= console.width
        )
        console.print(table if is_fitting else _build_narrow_table(results, phases))
    _print(console, Text(f"requests sent: {totals.requests_sent}, of them writes: {totals.writes_sent}"))


def _build_table(results: Results, phases: Sequence[Phase]) -> Table:
    table = _open_table(*Outcome, "total")
    for phase in phases:
        counts = results.totals[phase]
        cells = [_render_count(outcome, counts[outcome]) for outcome in Outcome]
        table.add_row(pluralise(phase.noun), *cells, str(counts.total))
    return table


def _build_narrow_table(results: Results, phases: Sequence[Phase]) -> Table:
    columns = [results.totals[phase] for phase in phases]
    table = _open_table(*(pluralise(phase.noun) for phase in phases))
    for outcome in Outcome:
        table.add_row(outcome, *(_render_count(outcome, counts[outcome]) for counts in columns))
    table.add_row("total", *(str(counts.total) for counts in columns))
    return table


def _open_table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for heading in headings:
        table.add_column(heading, justify="right")
    return table


def _render_count(outcome: Outcome, count: int) -> Text:
    return Text(str(count), style=choose_style(outcome) if count else "dim")


def _join(*parts: str) -> str:
    return ": ".join(filter(None, parts))


def _print_indented(console: Console, text: str, indent: int) -> None:
    _print(console, Text(" " * indent + shorten(flatten(text), _MESSAGE_LIMIT)))


def _print(console: Console, text: Text) -> None:
    # A line of a pipe is a line: nothing is folded at the width of a terminal.
    console.print(text, soft_wrap=not console.is_terminal, highlight=False)
