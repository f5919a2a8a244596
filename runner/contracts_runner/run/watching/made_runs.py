"""The runs of an environment that are there when a watch looks: what it made, and what others made."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.lock import is_in_progress
from contracts_runner.project.settings.settings import Settings
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.results.results import Results
from contracts_runner.run.runs import iter_own_runs, open_run, read_head, read_run_file

# What the first line of a ledger says of its run.
Head = Mapping[str, Any]
# How the ledger of each run of a watch names its command.
COMMAND = "contracts watch"


def is_watched(head: Head) -> bool:
    """Tell whether a watch has made a run."""
    return f"{head.get('command')} ".startswith(f"{COMMAND} ")


def find_in_progress(settings: Settings, environment: str) -> str:
    """Return the name of a run that a process is making, "" for none."""
    for run in iter_own_runs(settings):
        if run.is_dir() and is_in_progress(run / LEDGER) and read_head(run).get("environment") == environment:
            return run.name
    return ""


def iter_complete(
    settings: Settings, environment: str, is_wanted: Callable[[Head], bool] = lambda _: True
) -> Iterator[tuple[Path, Results]]:
    """Yield the complete runs whose ledgers have a wanted head, in folders and archives, the newest first."""
    for run in iter_own_runs(settings):
        head = {} if run.is_dir() and is_in_progress(run / LEDGER) else read_head(run)
        if head.get("environment") == environment and is_wanted(head):
            with suppress(RunFolderError, MisfitError), open_run(run) as files:
                results = parse_results(read_run_file(files, "results.json"))
                if results.run.complete:
                    yield run, results
