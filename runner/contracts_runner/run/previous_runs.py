"""What earlier runs of an environment have found, for `against: previous`: from the published history and runs/."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.lock import is_in_progress
from contracts_runner.model.environment import PublishSettings
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.project.settings.settings import Settings
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.results.results import Results
from contracts_runner.run.runs import list_runs, open_run, read_environment, read_run_file
from contracts_runner.warehouse.checks.context import PreviousFigure


@dataclass(slots=True, kw_only=True)
class PreviousRuns:
    """The complete runs of an environment before the run `run_id`; `history` is None where none is published."""

    settings: Settings
    environment: str
    run_id: str
    history: PublishSettings | None
    _read: list[Results] = field(default_factory=list)
    _further: Iterator[Results] | None = None

    def find(self, check: TableCheck) -> PreviousFigure | None:
        """Return the figure of a check in the last run that has one, None if none has.

        Raises WarehouseQueryError for a history that cannot be read: a later run may be in it.
        """
        found = filter(None, [self._find_published(check), self._find_local(check)])
        return max(found, key=lambda figure: figure.started_at, default=None)

    def _find_published(self, check: TableCheck) -> PreviousFigure | None:
        from contracts_runner.warehouse.history import find_published_figure

        if self.history is None or self.history.target.dsn is None:
            return None
        return find_published_figure(self.history.target, check, environment=self.environment, run_id=self.run_id)

    def _find_local(self, check: TableCheck) -> PreviousFigure | None:
        for results in self._iter_results():
            for row in results.warehouse.checks:
                if (row.id, row.table, row.check) == (check.name, check.table, check.word) and row.figure:
                    return PreviousFigure(
                        number=Decimal(row.figure), run=results.run.id, started_at=results.run.started_at
                    )
        return None

    def _iter_results(self) -> Iterator[Results]:
        """Yield the results, the newest first; each is read once for all checks."""
        yield from self._read
        self._further = self._further or self._iter_unread()
        for results in self._further:
            self._read.append(results)
            yield results

    def _iter_unread(self) -> Iterator[Results]:
        for run in list_runs(self.settings):
            if read_environment(run) != self.environment or (run.is_dir() and is_in_progress(run / LEDGER)):
                continue
            try:
                with open_run(run) as files:
                    results = parse_results(read_run_file(files, "results.json"))
            except (RunFolderError, MisfitError):
                continue
            if results.run.complete and results.run.id != self.run_id:
                yield results
