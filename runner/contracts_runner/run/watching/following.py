"""What follows from a run of a watch: its metrics, alerts, the end of old runs."""

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.ports import Clock
from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.files import read_file
from contracts_runner.faults import guard
from contracts_runner.reporting.text import make_visible
from contracts_runner.reporting.verdict import INTERRUPTED, find_exit_code, render_verdict
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.results.results import Results
from contracts_runner.run.watching.alerting import Alerting
from contracts_runner.run.watching.child import EndedRun
from contracts_runner.run.watching.gauges import WatchMetrics
from contracts_runner.run.watching.retention import Cleaner

# The last success is looked for in no more runs than these.
_MOST_EARLIER = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """Does it, each part whatever became of the others: what goes wrong is told on stderr, and the watch goes on."""

    clock: Clock
    metrics: WatchMetrics
    textfile: Path | None
    find_earlier: Callable[[], Iterator[tuple[Path, Results]]]  # complete runs of the environment, the newest first
    alerting: Alerting
    cleaner: Cleaner

    def begin(self) -> None:
        """Show what the last run has found, and do what an earlier watch has left."""
        _try("metrics", self._show_earlier)
        _try("alerts", lambda: self._report(self.alerting.begin()))

    def follow(self, ended: EndedRun) -> str:
        """Return what there is to say of a run."""
        results = _read_results(ended.folder)
        if results is not None and ended.folder is not None:
            folder = ended.folder
            _try("metrics", lambda: self.metrics.show_run(results, ended.exit_code))
            _try("alerts", lambda: self._report(self.alerting.tell(folder, results)))
        if ended.exit_code != INTERRUPTED and not (results and results.run.complete):
            _try("alerts", lambda: self._report(self.alerting.tell_unmade(ended.exit_code)))
        if self.textfile is not None:
            textfile = self.textfile
            _try(str(textfile), lambda: self.metrics.write(textfile))
        _try("old runs", lambda: self.cleaner.clean(self.clock.now(), protected=self.alerting.list_noted()))
        if results is None:
            return f"exit {ended.exit_code}: there are no results{f' in {ended.folder}' if ended.folder else ''}"
        return f"exit {ended.exit_code}: {render_verdict(results)}; {ended.folder}"

    def _show_earlier(self) -> None:
        for number, (_, results) in enumerate(islice(self.find_earlier(), _MOST_EARLIER)):
            code = find_exit_code(results)
            if number == 0:
                self.metrics.show_run(results, code)
            elif code == 0:
                self.metrics.show_success(results)
            if code == 0:
                return

    def _report(self, problems: Iterable[str]) -> None:
        for problem in problems:
            _tell(problem)


def _read_results(folder: Path | None) -> Results | None:
    try:
        return None if folder is None else parse_results(read_file(folder / "results.json"))
    except (OSError, MisfitError):
        return None


def _try(what: str, work: Callable[[], object]) -> None:
    try:
        guard(work, lambda fault: _tell(f"{what}: {fault}"), raised=(OSError,))
    except OSError as error:
        _tell(f"{what}: {error.strerror or error}")
    except RunFolderError as error:
        _tell(f"{what}: {error}")


def _tell(text: str) -> None:
    print(make_visible(text), file=sys.stderr, flush=True)
