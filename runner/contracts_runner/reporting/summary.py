"""What a run came to, on stdout: what broke and where, then the totals; plain text in a pipe."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.reporting.formats import FORMATS
from contracts_runner.reporting.text import flatten, render_comparison, shorten
from contracts_runner.reporting.verdict import PHASES, SANDBOX_LINE, find_tone, render_verdict

STYLES: Mapping[str, str] = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "bold red",
    Outcome.ERRORED: "bold magenta",
    Outcome.KNOWN: "blue",
    Outcome.FIXED: "bold cyan",
    Outcome.BLOCKED: "yellow",
    Outcome.SKIPPED: "dim",
}

_DETAILED = frozenset({Outcome.FAILED, Outcome.ERRORED, Outcome.FIXED})
_WIDEST = max(map(len, Outcome))
_MESSAGE_LIMIT = 500


def render_row(outcome: str, identifier: str, text: str) -> Text:
    """Return one line that begins with the outcome's word."""
    row = Text(f"{outcome:<{_WIDEST}}", style=STYLES[outcome])
    row.append(f"  {flatten(identifier)}", style="not dim bold")
    row.append(f"  {shorten(flatten(text), _MESSAGE_LIMIT)}", style="not bold default")
    return row


def render_summary(results: Mapping[str, Json], console: Console, *, folder: Path) -> None:
    """Print the summary of results.json, and which reports the run's folder holds.

    A simulated run says so in the first line. Blocked and skipped scenarios are counted in the table and listed in
    the reports only.
    """
    if results["run"]["simulated"]:
        _print(console, Text(SANDBOX_LINE, style="bold yellow"))
    for scenario in results["scenarios"]:
        if scenario["outcome"] in _DETAILED:
            _print_scenario(console, scenario)
        elif scenario["outcome"] == Outcome.KNOWN:
            _print(console, render_row(Outcome.KNOWN, scenario["id"], _join(scenario["title"], scenario["reason"])))
    for row in results["properties"]:
        if row["outcome"] in _DETAILED or row["outcome"] == Outcome.KNOWN:
            _print_property(console, row)
    for row in results["warehouse"]["checks"]:
        if row["outcome"] in _DETAILED:
            text = _join(f"{row['table']} {row['check']}", row["message"], render_comparison(row))
            _print(console, render_row(row["outcome"], row["id"], text))
    for row in results["discrepancies"]:
        text = f"the ledger says {row['recorded']}, its steps say {row['recomputed']}"
        _print(console, render_row(Outcome.ERRORED, row["scenario"], text))
    _print_totals(console, results)
    for name in (name for names in FORMATS.values() for name in names):
        if (folder / name).is_file():
            _print(console, Text(flatten(str(folder / name)), style="dim"))


def _print_scenario(console: Console, scenario: Mapping[str, Json]) -> None:
    steps = [step for step in scenario["steps"] if step["outcome"] in _DETAILED]
    below = {text for step in steps for text in (step["reason"], *(check["message"] for check in step["checks"]))}
    reason = "" if scenario["reason"] in below else scenario["reason"]
    _print(console, render_row(scenario["outcome"], scenario["id"], _join(scenario["title"], reason)))
    for step in steps:
        _print_step(console, step)


def _print_step(console: Console, step: Mapping[str, Json]) -> None:
    unheld = [check for check in step["checks"] if check["outcome"] != Outcome.PASSED]
    if step["reason"] and step["reason"] not in (check["message"] for check in unheld):
        _print_indented(console, _join(step["name"], step["reason"]), 4)
    for check in unheld:
        place = f"{check['check']} at {check['path']}" if check["path"] else check["check"]
        _print_indented(console, _join(step["name"], place, check["message"]), 4)
        for line in filter(None, (render_comparison(check), check["location"])):
            _print_indented(console, line, 6)
    if step["artifact"]:
        _print_indented(console, step["artifact"], 6)


def _print_property(console: Console, row: Mapping[str, Json]) -> None:
    _print(console, render_row(row["outcome"], row["id"], row["reason"]))
    failure = row["failure"]
    if failure and row["outcome"] != Outcome.KNOWN:
        for step in failure["steps"]:
            _print_indented(console, step["curl"], 4)
        for artifact in failure["artifacts"][-1:]:
            _print_indented(console, artifact, 6)


def _print_totals(console: Console, results: Mapping[str, Json]) -> None:
    totals = results["totals"]
    table = Table(box=None, pad_edge=False)
    for heading in ("", *Outcome, "total"):
        table.add_column(heading, justify="left" if not heading else "right")
    for phase, words in PHASES.items():
        if totals[phase]["total"]:
            cells = [_render_count(outcome, totals[phase][outcome]) for outcome in Outcome]
            table.add_row(words, *cells, str(totals[phase]["total"]))
    console.print()
    _print(console, Text(render_verdict(results), style=STYLES[find_tone(results)]))
    if table.row_count:
        console.print(table)
    _print(console, Text(f"requests sent: {totals['requests_sent']}, of them writes: {totals['writes_sent']}"))


def _render_count(outcome: Outcome, count: int) -> Text:
    return Text(str(count), style=STYLES[outcome] if count else "dim")


def _join(*parts: str) -> str:
    return ": ".join(filter(None, parts))


def _print_indented(console: Console, text: str, indent: int) -> None:
    _print(console, Text(" " * indent + shorten(flatten(text), _MESSAGE_LIMIT)))


def _print(console: Console, text: Text) -> None:
    # A line of a pipe is a line: nothing is folded at the width of a terminal that is not there.
    console.print(text, soft_wrap=not console.is_terminal, highlight=False)
