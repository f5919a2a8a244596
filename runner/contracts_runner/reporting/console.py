"""Progress of a run while it goes on, on stderr: one line that moves on a terminal, a line for each result in a pipe.

Nothing of a response can steer the terminal: every text is made visible first and printed without markup.
"""

import time
from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from contracts_runner.model.outcome import WORST_FIRST, Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.summary import render_row
from contracts_runner.reporting.text import flatten, render_ms
from contracts_runner.reporting.walk_progress import WalkProgress
from contracts_runner.results import events
from contracts_runner.results.rows import WARNING


class ConsoleListener:
    """Shows events as they happen, from any thread; on stderr unless another console is given. `is_verbose`: on a
    terminal, too, a line for each result stays; `is_quiet`: nothing is shown.

    `clock` gives seconds that never go back.

    A context manager: the moving line is removed when it ends, and when the run's last event comes.
    """

    def __init__(
        self,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        is_quiet: bool = False,
        is_verbose: bool = False,
    ) -> None:
        self._console = console or Console(stderr=True)
        self._is_quiet, self._is_verbose = is_quiet, is_verbose
        self._walks = WalkProgress(clock)
        self._lock = Lock()
        self._counts: Counter[Outcome] = Counter()
        self._titles: dict[str, str] = {}
        self._progress: Progress | None = None
        self._task = TaskID(0)
        self._generated = 0  # requests of the property phase
        self._page = ""  # where a walk is that goes on

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
                case events.WarehouseCheckFinished():
                    check = event.row
                    warning = f"{WARNING}: " if check.is_warning else ""
                    self._print(check.outcome, check.id, f"{warning}{check.place} {check.check} {check.message}", None)
                case events.PropertyFinished(row=row) if row.outcome is not Outcome.PASSED:
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
        if self._console.is_terminal and self._progress is None:
            self._progress = _build_progress(self._console)
            self._task = self._progress.add_task("", total=len(event.scenarios), counts="", request="")
            self._progress.start()

    def _show_request(self, event: events.RequestSent) -> None:
        # It is not known beforehand how many requests will be generated: they are counted, without a total.
        is_generated = event.phase is Phase.PROPERTIES
        self._generated += is_generated
        count = f"{self._generated} generated: " if is_generated else ""
        walk = f"{self._page}: " if self._page and event.phase is Phase.WAREHOUSE else ""
        self._update(request=count + walk + flatten(f"{event.method} {event.url}"))

    def _show_page(self, page: events.PageFetched) -> None:
        text = self._walks.take(page)
        self._page = "" if page.number == page.pages else text
        self._update(request=text)
        if not self._console.is_terminal and self._walks.is_told(page):
            self._print_plain(text)

    def _finish_scenario(self, event: events.ScenarioFinished) -> None:
        self._counts[event.outcome] += 1
        counts = ", ".join(f"{self._counts[outcome]} {outcome}" for outcome in WORST_FIRST if self._counts[outcome])
        self._update(advance=1, counts=counts)
        title = self._titles.get(event.scenario, "")
        reason = f": {event.reason}" if event.reason else ""
        self._print(event.outcome, event.scenario, title + reason, event.duration_ms)

    def _update(self, **fields: Any) -> None:
        if self._progress is not None:
            self._progress.update(self._task, **fields)

    def _print(self, outcome: Outcome, identifier: str, text: str, duration_ms: float | None) -> None:
        # On a terminal the moving line counts; only what broke stays above it.
        if self._progress is not None and not outcome.traits.is_broken and not self._is_verbose:
            return
        took = "" if duration_ms is None else f" ({render_ms(duration_ms)} ms)"
        row = render_row(outcome, identifier, text + took)
        if self._console.is_terminal:
            self._console.print(row, soft_wrap=True)
        else:
            self._print_plain(row.plain)

    def _print_plain(self, text: str) -> None:
        # A line of plain text needs no layout: hundreds of them through rich cost a tenth of a second.
        print(text, file=self._console.file, flush=True)

    def _stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def _build_progress(console: Console) -> Progress:
    return Progress(
        MofNCompleteColumn(),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
        TextColumn("{task.fields[counts]}", markup=False),
        # In a narrow terminal this column alone is cut.
        TextColumn("{task.fields[request]}", markup=False, style="dim", table_column=Column(no_wrap=True, ratio=1)),
        console=console,
        expand=True,
        transient=True,
    )
