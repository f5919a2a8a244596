"""Each operation over the runs: when its service was first and last seen, in which state, and how fast."""

from collections.abc import Iterable

from contracts_runner.dataclass import dataclass
from contracts_runner.results.results import Results
from contracts_runner.results.rows import EndpointState


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointEntry:
    """An operation in an environment. Times are when runs began, as they are written; `state` and `p50_ms` are those of
    the last run that sent it something."""

    environment: str
    operation: str
    first_seen: str
    last_seen: str
    state: EndpointState
    runs: int
    p50_ms: float | None


def build_entries(runs: Iterable[Results]) -> list[EndpointEntry]:
    """Return the entries of what runs sent something to, the oldest run first."""
    entries: dict[tuple[str, str], EndpointEntry] = {}
    for results in runs:
        latencies = {row.operation: row.p50 for row in results.latency}
        at, environment = str(results.run.started_at), results.run.environment
        for row in results.endpoints:
            if row.state is EndpointState.NEVER_PROBED:
                continue
            known = entries.pop((environment, row.operation), None)
            entries[environment, row.operation] = EndpointEntry(
                environment=environment,
                operation=row.operation,
                first_seen=known.first_seen if known else at,
                last_seen=at,
                state=row.state,
                runs=known.runs + 1 if known else 1,
                p50_ms=latencies.get(row.operation),
            )
    return sorted(entries.values(), key=lambda each: (each.environment, each.operation))
