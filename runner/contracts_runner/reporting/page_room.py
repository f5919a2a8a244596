"""How much of its rows report.html carries: each as a line, and more of it, worst first, while there is room."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from markupsafe import Markup

from contracts_runner.model.phase import Phase
from contracts_runner.reporting.page import RowView
from contracts_runner.results.results import Results

# Bytes of a page: 1.5 MB for 250 scenarios and 190 checks, 8 MB for 5,000 scenarios.
_PAGE, _PAGE_OF_ROW = 870_000, 1_400
# What else is in it: for all, and of figures, timeline and tables for each row, step, response, cause, operation.
_REST, _OF_ROW, _OF_STEP, _OF_RESPONSE, _OF_CAUSE, _OF_OPERATION = 150_000, 120, 60, 65, 150, 900
# However long the rest is.
_LEAST = 400_000
# What a line takes.
_LINE = 900
# A row that takes more leaves the rest of the room to those after it; else there is none any more.
_LARGE = 50_000


class PageRoom:
    """The room of the page of a run. Each row gets its line; half of what is left is for requests, responses and
    values."""

    def __init__(self, results: Results) -> None:
        rows = sum(results.totals[phase].total for phase in Phase)
        steps = [step for scenario in results.scenarios for step in scenario.steps]
        responses = sum(step.response is not None for step in steps)
        causes = sum(_OF_CAUSE + 10 * len(cause.ids) for cause in results.causes)
        rest = _REST + rows * _OF_ROW + len(steps) * _OF_STEP + responses * _OF_RESPONSE + causes
        rest += len(results.endpoints) * _OF_OPERATION
        self._left = max(_LEAST, _PAGE - rest + rows * (_PAGE_OF_ROW - _LINE))
        self._left_whole = self._left // 2
        self._is_full = False
        self.counts: Counter[str] = Counter()

    def fill(self, entry: RowView, render: Callable[[RowView], Markup]) -> Markup:
        """Return a row as far as there is room for it."""
        if entry.is_whole and self._left_whole > 0:
            text = render(entry)
            if self._take(text, self._left_whole):
                self._left_whole -= _count(text)
                self.counts["whole"] += 1
                return text
            if _count(text) < _LARGE:
                self._left_whole = 0
        if not self._is_full:
            text = render(replace(entry, is_whole=False))
            if self._take(text, self._left):
                self.counts["short"] += 1
                return text
            if _count(text) < _LARGE:
                self._is_full = True
        line = render(replace(entry, is_whole=False, is_line=True))
        self._left -= _count(line)
        self.counts["line"] += 1
        return line

    def _take(self, text: Markup, room: int) -> bool:
        size = _count(text)
        if size > room:
            return False
        self._left -= size
        return True


def _count(text: Markup) -> int:
    """Return the bytes that a row takes beyond its line; below zero, what it leaves to others."""
    return len(text.encode("utf-8", "backslashreplace")) - _LINE
