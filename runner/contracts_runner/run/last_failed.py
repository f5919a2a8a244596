"""`--last-failed`: what an earlier run found broken, as the selection of a new one."""

import dataclasses

from contracts_runner.errors import UsageError
from contracts_runner.model.phase import Phase
from contracts_runner.project.settings.settings import Settings
from contracts_runner.results.baseline import list_broken
from contracts_runner.results.results import Results
from contracts_runner.run.options import RunOptions, name_choice
from contracts_runner.run.runs import find_run, read_results


def choose_last_failed(options: RunOptions, settings: Settings) -> RunOptions:
    """Return the options with what `--last-failed` chooses, if that was given. Raises UsageError, RunFolderError."""
    if options.last_failed is None:
        return options
    run = find_run(options.last_failed, settings, environment=options.environment)
    results = read_results(run)
    if results.run.observed:
        raise UsageError(f"--last-failed: {run} judged recorded traffic, which is not sent; name another run")
    broken = _list_broken(results)
    if not broken:
        raise UsageError(f"--last-failed: nothing failed or errored in {run}; leave the option out to run everything")
    return dataclasses.replace(options, chosen=tuple(broken))


def _list_broken(results: Results) -> list[str]:
    """Return what failed or errored, each once; of generated requests the operations."""
    operations = {row.id: row.operation for row in results.properties}
    broken = list_broken(results.scenarios, results.properties, results.warehouse.checks)
    names = ((row.phase, operations[row.id] if row.phase is Phase.PROPERTIES else row.id) for row in broken)
    return [*dict.fromkeys(name_choice(phase, name) for phase, name in names)]
