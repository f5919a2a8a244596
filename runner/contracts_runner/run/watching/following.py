"""What follows from a run of a watch: its metrics, and the end of old runs."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from contracts_runner.engine.ports import Clock
from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.files import read_file
from contracts_runner.faults import Fault, guard
from contracts_runner.reporting.text import make_visible
from contracts_runner.reporting.verdict import render_verdict
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.results.results import Results
from contracts_runner.run.watching.child import EndedRun
from contracts_runner.run.watching.gauges import WatchMetrics
from contracts_runner.run.watching.retention import Cleaner


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """Does it, each part whatever became of the others: what goes wrong is told on stderr, and the watch goes on."""

    clock: Clock
    metrics: WatchMetrics
    textfile: Path | None
    cleaner: Cleaner

    def follow(self, ended: EndedRun) -> str:
        """Return what there is to say of a run."""
        results = _read_results(ended.folder)
        if results is not None:
            _try("metrics", lambda: self.metrics.show_run(results, ended.exit_code))
        if self.textfile is not None:
            _try(str(self.textfile), lambda: self.metrics.write(self.textfile or Path()))
        _try("old runs", lambda: self.cleaner.clean(self.clock.now()))
        if results is None:
            return f"exit {ended.exit_code}: there are no results{f' in {ended.folder}' if ended.folder else ''}"
        return f"exit {ended.exit_code}: {render_verdict(results)}; {ended.folder}"


def _read_results(folder: Path | None) -> Results | None:
    try:
        return None if folder is None else parse_results(read_file(folder / "results.json"))
    except (OSError, MisfitError):
        return None


def _try(what: str, work: Callable[[], object]) -> None:
    def tell(why: Fault | str) -> None:
        print(make_visible(f"{what}: {why}"), file=sys.stderr, flush=True)

    try:
        guard(work, tell, raised=(OSError,))
    except OSError as error:
        tell(error.strerror or str(error))
    except RunFolderError as error:
        tell(str(error))
