"""The run that `--baseline` names."""

import hashlib
from pathlib import Path

from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.ledger import MAX_LINE_BYTES
from contracts_runner.project.settings.settings import Settings
from contracts_runner.results.baseline import list_broken
from contracts_runner.results.events import BaselineRecorded
from contracts_runner.run.options import RunOptions
from contracts_runner.run.runs import find_run, open_part, read_results


def find_baseline(options: RunOptions, settings: Settings) -> BaselineRecorded | None:
    """Return what was broken in the run that the options name, None if they name none. Raises RunFolderError, also for
    results that are not those of the run's ledger."""
    if options.baseline is None:
        return None
    run = find_run(options.baseline, settings, environment=options.environment)
    results, head = read_results(run), _hash_last_line(run)
    if results.head and results.head != head:
        raise RunFolderError(
            f"--baseline: {run}: results.json is not that of its ledger; `contracts report {run}` writes it again"
        )
    return BaselineRecorded(
        run=results.run.id,
        environment=results.run.environment,
        started_at=results.run.started_at,
        head=head,
        rows=tuple(list_broken(results.scenarios, results.properties, results.warehouse.checks)),
    )


def _hash_last_line(run: Path) -> str:
    last = b""
    with open_part(run, LEDGER) as ledger:
        while (line := ledger.readline(MAX_LINE_BYTES)).endswith(b"\n"):
            last = line
    return hashlib.sha256(last.removesuffix(b"\n")).hexdigest()
