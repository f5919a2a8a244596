"""How a line gets to the terminal: whether a person looks at one, in which colour an outcome is, what is wrapped."""

from typing import assert_never

from rich.console import Console
from rich.text import Text

from contracts_runner.model.outcome import Outcome
from contracts_runner.reporting.text import flatten, shorten

WIDEST = max(map(len, Outcome))
MESSAGE_LIMIT = 500


def is_screen(console: Console) -> bool:
    """Return whether lines may move, and are wrapped: FORCE_COLOR makes colours, but no terminal."""
    is_terminal = getattr(console.file, "isatty", None)
    return console.is_terminal and not console.is_dumb_terminal and is_terminal is not None and bool(is_terminal())


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


def render_row(outcome: Outcome, identifier: str, text: str) -> Text:
    """Return one line that begins with the outcome's word."""
    row = Text(f"{outcome:<{WIDEST}}", style=choose_style(outcome))
    row.append(f"  {flatten(identifier)}", style="not dim bold")
    row.append(f"  {shorten(flatten(text), MESSAGE_LIMIT)}", style="not bold default")
    return row


def print_text(console: Console, text: Text) -> None:
    """Print a line; in a pipe it stays one, whatever its length."""
    console.print(text, soft_wrap=not is_screen(console), highlight=False)


def print_indented(console: Console, text: str, indent: int, style: str = "") -> None:
    """Print what belongs to the line above it."""
    print_text(console, Text(" " * indent + shorten(flatten(text), MESSAGE_LIMIT), style=style))


def print_whole(console: Console, text: Text) -> None:
    """Print a line to be copied from: it is neither cut nor wrapped, for a break in it would be pasted, too."""
    console.print(text, soft_wrap=True, highlight=False)
