"""How a line gets to the terminal: whether a person looks at one, in which colour an outcome is, what is wrapped.

Rich is for terminals: what goes into a pipe is plain, and does not wait for it to be imported.
"""

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TextIO, Union, assert_never

from contracts_runner.model.outcome import Outcome
from contracts_runner.reporting.phrases import ENGLISH, Phrases
from contracts_runner.reporting.text import flatten, shorten

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text as RichText

MESSAGE_LIMIT = 500


class Text:
    """A line, or the beginning of one, and the style of each of its parts, in the words of rich."""

    def __init__(self, text: str, style: str = "") -> None:
        self._parts = [(text, style)]

    def append(self, text: str, style: str = "") -> "Text":
        """Add a part, whose style comes on top of that of the beginning."""
        self._parts.append((text, style))
        return self

    @property
    def plain(self) -> str:
        """The line without styles."""
        return "".join(text for text, _ in self._parts)

    def render(self) -> "RichText":
        """Return the line as rich prints it."""
        from rich.text import Text as RichText

        (text, style), *others = self._parts
        return RichText(text, style=style).append_tokens(others)


class Pipe:
    """What takes the place of a console where nobody looks at a terminal: stdout, stderr, or a file."""

    is_terminal = is_dumb_terminal = False

    def __init__(self, file: TextIO | None = None, *, stderr: bool = False) -> None:
        self._file, self._is_stderr = file, stderr

    @property
    def file(self) -> TextIO:
        """Where lines go now: the standard streams may be replaced."""
        return self._file or (sys.stderr if self._is_stderr else sys.stdout)

    def open_console(self) -> "Console":
        """Return a console for what needs a layout, such as a table."""
        from rich.console import Console

        return Console(file=self.file, soft_wrap=True, emoji=False)


Screen = Union["Console", Pipe]


def open_screen(*, stderr: bool = False) -> Screen:
    """Return what prints on stdout, or stderr: a console unless rich would take that for no terminal."""
    stream = sys.stderr if stderr else sys.stdout
    if not (stream.isatty() or os.environ.get("FORCE_COLOR") or os.environ.get("TTY_COMPATIBLE")):
        return Pipe(stderr=stderr)
    from rich.console import Console

    return Console(stderr=stderr, soft_wrap=not stderr, emoji=stderr)


@contextlib.contextmanager
def capture_screen() -> Iterator[tuple[Screen, Callable[[], str]]]:
    """Yield what prints as stdout would, and afterwards what gives the text that it came to."""
    screen = open_screen()
    if isinstance(screen, Pipe):
        kept = io.StringIO()
        yield Pipe(kept), kept.getvalue
    else:
        with screen.capture() as captured:
            yield screen, captured.get


def is_screen(console: Screen) -> bool:
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


def render_word(word: str, phrases: Phrases) -> str:
    """Return the word of an outcome, or another one, as wide as the widest."""
    return phrases(word).ljust(max(len(phrases(outcome)) for outcome in Outcome))


def render_row(outcome: Outcome, identifier: str, text: str, phrases: Phrases = ENGLISH) -> Text:
    """Return one line that begins with the outcome's word."""
    row = Text(render_word(outcome, phrases), style=choose_style(outcome))
    row.append(f"  {flatten(identifier)}", style="not dim bold")
    row.append(f"  {shorten(flatten(text), MESSAGE_LIMIT)}", style="not bold default")
    return row


def print_text(console: Screen, text: Text) -> None:
    """Print a line; in a pipe it stays one, whatever its length."""
    if isinstance(console, Pipe):
        print(text.plain.expandtabs(8), file=console.file)
    else:
        console.print(text.render(), soft_wrap=not is_screen(console), highlight=False)


def print_indented(console: Screen, text: str, indent: int, style: str = "") -> None:
    """Print what belongs to the line above it."""
    print_text(console, Text(" " * indent + shorten(flatten(text), MESSAGE_LIMIT), style=style))


def print_whole(console: Screen, text: Text) -> None:
    """Print a line to be copied from: it is neither cut nor wrapped, for a break in it would be pasted, too."""
    if isinstance(console, Pipe):
        print_text(console, text)
    else:
        console.print(text.render(), soft_wrap=True, highlight=False)
