"""What earlier runs of an environment have found, for `against: previous`: from the published history and runs/."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.lock import is_in_progress
from contracts_runner.model.environment import PublishSettings
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.project.settings.settings import Settings
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.results.results import Results
from contracts_runner.results.rows import WarehouseRow
from contracts_runner.run.runs import iter_own_runs, open_run, read_environment, read_run_file

if TYPE_CHECKING:
    from contracts_runner.warehouse.checks.context import PreviousFigure

# A check without any figure, such as a new one, is looked for in no more runs than these.
_MOST_RUNS = 100

# Id, table and word of a check -> what a run has found.
_Figures = Mapping[tuple[str, str, str], "PreviousFigure"]


@dataclass(slots=True, kw_only=True)
class PreviousRuns:
    """The complete runs of an environment before the run `run_id`; `history` is None where none is published."""

    settings: Settings
    environment: str
    run_id: str
    history: PublishSettings | None
    _read: list[_Figures] = field(default_factory=list)
    _unread: Iterator[_Figures] | None = None

    def find(self, check: TableCheck) -> "PreviousFigure | None":
        """Return the figure of a check in the last run that has one, None if none has.

        Raises WarehouseQueryError for a history that cannot be read: a later run may be in it.
        """
        found = filter(None, [self._find_published(check), self._find_local(check)])
        return max(found, key=lambda figure: figure.started_at, default=None)

    def _find_published(self, check: TableCheck) -> "PreviousFigure | None":
        from contracts_runner.warehouse.history import find_published_figure

        if self.history is None or self.history.target.dsn is None:
            return None
        return find_published_figure(self.history.target, check, environment=self.environment, run_id=self.run_id)

    def _find_local(self, check: TableCheck) -> "PreviousFigure | None":
        key = (check.name, check.table, check.word)
        return next((figures[key] for figures in self._iter_figures() if key in figures), None)

    def _iter_figures(self) -> Iterator[_Figures]:
        """Yield the figures of each run, the newest first; each is read once for all checks."""
        yield from self._read
        self._unread = self._unread or islice(self._iter_unread(), _MOST_RUNS)
        for figures in self._unread:
            self._read.append(figures)
            yield figures

    def _iter_unread(self) -> Iterator[_Figures]:
        for results in iter_complete(self.settings, self.environment):
            if results.run.id != self.run_id:
                yield _find_figures(results)


def iter_complete(settings: Settings, environment: str) -> Iterator[Results]:
    """Yield the results of the complete runs of an environment, the newest first; what cannot be read is left out."""
    for run in iter_own_runs(settings):
        if read_environment(run) != environment or (run.is_dir() and is_in_progress(run / LEDGER)):
            continue
        try:
            with open_run(run) as files:
                results = parse_results(read_run_file(files, "results.json"))
        except (RunFolderError, MisfitError):
            continue
        if results.run.complete:
            yield results


def _find_figures(results: Results) -> _Figures:
    from contracts_runner.warehouse.checks.context import PreviousFigure

    run = results.run
    return {
        (row.id, row.table, row.check): PreviousFigure(number=number, run=run.id, started_at=run.started_at)
        for row in results.warehouse.checks
        if (number := _read_figure(row)) is not None
    }


def _read_figure(row: WarehouseRow) -> Decimal | None:
    """Return the figure of a row; an earlier version has those of row_count and sum_equals in `actual` alone."""
    from contracts_runner.warehouse.numbers import parse_decimal

    if row.figure:
        return Decimal(row.figure)
    found = row.actual.get("sum") if isinstance(row.actual, Mapping) else row.actual
    return parse_decimal(found) if row.check in ("row_count", "sum_equals") else None
