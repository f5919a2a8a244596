"""The worst check makes the step, the worst step the scenario: once more and on its own (docs/design.md, Outcomes)."""

from collections.abc import Iterable, Mapping

from contracts_runner.audit.shapes import RANKS
from contracts_runner.audit.tally import ScenarioRecord
from contracts_runner.model.json import Json

# Without a check or a step there is no proof: these alone may be said all the same.
_NEEDS_NO_PROOF = ("blocked", "skipped", "errored")


def judge_step(step: Mapping[str, Json]) -> str:
    """Return what a step's checks add up to; for one without checks its own word, if that needs no exchange."""
    outcomes = [check["outcome"] for check in step["checks"]]
    if outcomes:
        return find_worst(outcomes)
    stated: str = step["outcome"]
    return stated if stated in _NEEDS_NO_PROOF else "errored"


def judge_scenario(record: ScenarioRecord) -> str:
    """Return what a scenario's steps, judged from their checks, add up to.

    A cleanup step counts only when it failed or errored, as errored. A scenario that never ended is at least errored.
    """
    found = []
    for line in record.steps.values():
        step = line.row["step"]
        outcome = judge_step(step)
        if not step["cleanup"]:
            found.append(outcome)
        elif outcome in ("failed", "errored"):
            found.append("errored")
    if record.closed is None:
        return find_worst([*found, "errored"])
    if found:
        return find_worst(found)
    stated: str = record.closed.row["outcome"]
    return stated if stated in _NEEDS_NO_PROOF else "errored"


def find_worst(outcomes: Iterable[str]) -> str:
    """Return the worst of some outcomes."""
    present = set(outcomes)
    return next(outcome for outcome in RANKS if outcome in present)


def count_outcomes(outcomes: Iterable[str]) -> dict[str, int]:
    """Return how often each outcome occurs, and the total."""
    counts = dict.fromkeys(RANKS, 0)
    for outcome in outcomes:
        counts[outcome] += 1
    return {**counts, "total": sum(counts.values())}


def judge_run(totals: Mapping[str, Mapping[str, int]], *, is_complete: bool, load: str | None) -> int:
    """Return the exit code that a run's totals mean (docs/design.md, Outcomes)."""
    if any(counts["failed"] for counts in totals.values()):
        return 1
    is_known = is_complete and load != "errored" and not any(counts["errored"] for counts in totals.values())
    return 0 if is_known else 3
