"""`--scheduler ADDRESS`: scenarios on the workers of a Dask cluster, with the ledger here.

What stays together (`needs`, `exclusive`) is one task, at most `jobs` of which are given away at a time. A worker asks
here before each request: so the rate limit and the write guard's count hold over all of them, the ledger has each
request before it leaves, and what was given up sends nothing more, however late it goes on. When a worker is lost, Dask
gives its task to another one, which asks whether it may begin: it may where the task only reads, or had sent nothing. A
task has no secrets: the worker takes them from its own environment, and the project from its own disk.

Only this module and those beside it import distributed, which the extra `cluster` brings.
"""

import contextlib
import logging
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from contracts_runner.engine.sharding import tie_scenarios
from contracts_runner.errors import UsageError
from contracts_runner.evidence.files import list_files, read_file
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.ledger import LedgerLines
from contracts_runner.model.contract import Scenario
from contracts_runner.model.phase import Phase
from contracts_runner.results.events import ScenarioStarted
from contracts_runner.run.cluster_desk import ClusterDesk
from contracts_runner.run.plan import RunPlan
from contracts_runner.run.session import Session

_CONNECT_SECONDS = 5
_PATIENCE_SECONDS = 60


@contextlib.contextmanager
def connect(address: str, *, seconds: float = _PATIENCE_SECONDS) -> Iterator[Any]:
    """Open a client of the cluster, which looks for the scheduler so long, also when that is restarted. Raises
    UsageError."""
    try:
        import distributed
    except ImportError as error:
        raise UsageError("--scheduler needs distributed: pip install 'contracts-runner[cluster]'") from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = distributed.Client(address, timeout=seconds, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"--scheduler {address}: no Dask scheduler answers there ({error})") from error
    with client:
        yield client


def check_cluster(plan: RunPlan, address: str) -> None:
    """Raise UsageError for a cluster that is not there, or cannot run the scenarios."""
    is_counting = any(each.is_counting_each for each in plan.environment.warehouses.values())
    if is_counting and plan.has_warehouse and any(scenario.tables for scenario in plan.selection.scenarios):
        raise UsageError("--scheduler: with `snapshot: each` tables are counted around each scenario, by one process")
    with connect(address, seconds=_CONNECT_SECONDS):
        pass


def run_on_cluster(session: Session, scenarios: Sequence[Scenario], address: str) -> list[Scenario]:
    """Run scenarios on the workers; returns those that are left for this process: what a phase needs, and is tied to
    it, since a credential does not travel."""
    needs = session.plan.needs
    by_id = {each.id: each for each in scenarios}
    groups = tie_scenarios(scenarios, needs=needs, is_repeatable=dict.fromkeys(by_id, False))
    own = {identifier for phase in Phase for identifier in needs.get(phase, ())}
    given = [[by_id[each] for each in group] for group in groups if own.isdisjoint(group)]
    with connect(address) as client:
        ClusterDesk(session, client, given).run()
    ended = {scenario.id for group in given for scenario in group}
    return [scenario for scenario in scenarios if scenario.id not in ended]


def search_on_cluster(session: Session, address: str) -> None:
    """Have each worker search what was written for the values that it has met, and keep what it finds. What one has met
    that is gone was searched for in its own scenarios only, which is told."""
    started = (line.event for line in LedgerLines(session.folder / LEDGER))
    workers = {each.worker for each in started if isinstance(each, ScenarioStarted) and each.worker} | session.testers
    if not workers:
        return
    from contracts_runner.run.cluster_worker import search_files

    texts = {name: read_file(session.folder / name).decode("utf-8", "replace") for name in list_files(session.folder)}
    with connect(address) as client:
        there = client.scheduler_info(-1)["workers"].keys()
        found = {
            worker: client.submit(search_files, session.run_id, texts, workers=[worker], pure=False)
            for worker in sorted(workers & there)
        }
        for future in found.values():
            session.leaks.extend(future.result(timeout=_PATIENCE_SECONDS))
    for worker in sorted(workers - there):
        print(f"worker {worker} is gone: what it met was searched for in its own scenarios only", file=sys.stderr)
