"""What a run shows on stderr while it goes on: where it goes, then one line that moves on a terminal, now and then a
line in a pipe, and with `-v` a line for each result.

Nothing of a response can steer the terminal: every text is made visible first and printed without markup.
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Self

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.phrases import ENGLISH, Phrases
from contracts_runner.reporting.run_progress import RunProgress
from contracts_runner.reporting.terminal import Pipe, Screen, Text, is_screen, open_screen, print_text, render_row
from contracts_runner.reporting.text import flatten, render_ms
from contracts_runner.reporting.walk_progress import WalkProgress
from contracts_runner.results import events
from contracts_runner.results.rows import WARNING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID, TextColumn

# Below this width there is no bar.
_NARROW = 100


class ConsoleListener:
    """Shows events as they happen, from any thread; on stderr unless another console is given. `is_verbose`: with a
    line for each result; `is_quiet`: nothing is shown.

    `clock` gives seconds that never go back. `is_generating`: see RunProgress.

    A context manager: the moving line is removed when it ends, and when the run's last event comes.
    """

    def __init__(
        self,
        console: Screen | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        is_quiet: bool = False,
        is_verbose: bool = False,
        is_generating: bool = True,
        phrases: Phrases = ENGLISH,
    ) -> None:
        self._console = console or open_screen(stderr=True)
        self._is_screen = is_screen(self._console)
        self._is_quiet, self._is_verbose = is_quiet, is_verbose
        self._walks = WalkProgress(clock)
        self._phrases = phrases
        self._run = RunProgress(clock, phrases, is_generating=is_generating)
        self._lock = Lock()
        self._titles: dict[str, str] = {}
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._generated = 0  # requests of the property phase
        self._page = ""  # where a walk is that goes on
        self._request = ""  # what was sent last

    def handle(self, event: events.Event) -> None:
        """Show one event."""
        if self._is_quiet:
            return
        with self._lock:
            match event:
                case events.RunStarted():
                    self._start(event)
                case events.RequestSent():
                    self._show_request(event)
                case events.ScenarioFinished():
                    self._finish_scenario(event)
                case events.PageFetched():
                    self._show_page(event)
                case events.WarehouseLoaded():
                    self._print(event.outcome, "load", event.message, event.duration_ms)
                case events.WarehouseCheckFinished(row=check):
                    self._take(Phase.WAREHOUSE, check.outcome)
                    warning = f"{WARNING}: " if check.is_warning else ""
                    self._print(check.outcome, check.id, f"{warning}{check.place} {check.check} {check.message}", None)
                case events.PropertyFinished(row=row):
                    self._take(Phase.PROPERTIES, row.outcome)
                    if row.outcome is not Outcome.PASSED:
                        self._print(row.outcome, row.id, row.reason, None)
                case events.FaultRecorded():
                    self._print(Outcome.ERRORED, event.where, event.message, None)
                case events.RunFinished():
                    self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._stop()

    def _start(self, event: events.RunStarted) -> None:
        self._titles = {entry.id: entry.title for entry in event.scenarios}
        self._run.start(event)
        if self._progress is None:
            print_text(self._console, Text(flatten(_render_subject(event, self._phrases)), style="bold"))
        if not isinstance(self._console, Pipe) and self._is_screen and self._progress is None:
            self._progress = _build_progress(self._console)
            self._task = self._progress.add_task("", total=None, done="", left="", now="")
            self._move()
            self._progress.start()

    def _show_request(self, event: events.RequestSent) -> None:
        # It is not known beforehand how many requests will be generated: they are counted, without a total.
        is_generated = event.phase is Phase.PROPERTIES
        self._generated += is_generated
        self._run.enter(event.phase)
        count = f"{self._generated} generated: " if is_generated else ""
        walk = f"{self._page}: " if self._page and event.phase is Phase.WAREHOUSE else ""
        self._move(request=count + walk + flatten(f"{event.method} {event.url}"))

    def _show_page(self, page: events.PageFetched) -> None:
        text = self._walks.take(page)
        self._page = "" if page.number == page.pages else text
        self._move(request=text)
        if not self._is_screen and self._walks.is_told(page):
            print_text(self._console, Text(text))

    def _finish_scenario(self, event: events.ScenarioFinished) -> None:
        self._take(Phase.SCENARIOS, event.outcome)
        title = self._titles.get(event.scenario, "")
        reason = f": {event.reason}" if event.reason else ""
        self._print(event.outcome, event.scenario, title + reason, event.duration_ms)

    def _take(self, phase: Phase, outcome: Outcome) -> None:
        self._run.take(phase, outcome)
        self._move()
        if not self._is_screen and not self._is_verbose and self._run.is_due():
            print_text(self._console, Text(self._run.render()))

    def _move(self, request: str | None = None) -> None:
        if self._progress is None or self._task is None:
            return
        run = self._run
        self._request = self._request if request is None else request
        counts = ", ".join(filter(None, (run.counts, run.waiting)))
        self._progress.update(
            self._task,
            completed=run.done,
            total=run.total,
            done=run.where,
            left=run.left,
            now="; ".join(filter(None, (counts, self._request))),
        )

    def _print(self, outcome: Outcome, identifier: str, text: str, duration_ms: float | None) -> None:
        if not self._is_verbose:
            return
        took = "" if duration_ms is None else f" ({render_ms(duration_ms)} ms)"
        row = render_row(outcome, identifier, text + took, self._phrases)
        if self._console.is_terminal:
            print_text(self._console, row)
        else:
            # A line of plain text needs no layout: hundreds of them through rich cost a tenth of a second.
            print(row.plain, file=self._console.file, flush=True)

    def _stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def _render_subject(event: events.RunStarted, phrases: Phrases) -> str:
    """Return where the run goes: the environment, its address, how writes are taken, how much is selected."""
    run = event.run
    parts = [phrases.count(len(event.scenarios), Phase.SCENARIOS.noun)]
    if event.deselected:
        parts.append(phrases("%(number)s not selected", number=event.deselected))
    if event.warehouse_checks:
        parts.append(phrases.count(event.warehouse_checks, Phase.WAREHOUSE.noun))
    address = f" ({run.base_url})" if run.base_url else ""
    writes = ", " + phrases("writes: %(policy)s", policy=run.writes) if run.writes else ""
    return phrases("environment %(name)s", name=f"{run.environment}{address}{writes}: {', '.join(parts)}")


def _build_progress(console: "Console") -> "Progress":
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Column

    return Progress(
        _build_column("done"),
        *([BarColumn(bar_width=20), TimeElapsedColumn()] if console.width >= _NARROW else []),
        _build_column("left"),
        # In a narrow terminal this column alone is cut.
        TextColumn("{task.fields[now]}", markup=False, table_column=Column(no_wrap=True, ratio=1)),
        console=console,
        expand=True,
        transient=True,
    )


def _build_column(field: str) -> "TextColumn":
    from rich.progress import TextColumn
    from rich.table import Column

    return TextColumn(f"{{task.fields[{field}]}}", markup=False, table_column=Column(no_wrap=True))
