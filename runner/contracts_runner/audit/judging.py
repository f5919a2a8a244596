"""Outcomes, judged again: a check where its row holds all that is needed, a step from its checks, a scenario from its
steps, a run from its totals (docs/design.md, Outcomes).
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from contracts_runner.audit.line_forms import RANKS
from contracts_runner.audit.tally import ScenarioRecord
from contracts_runner.model.json import Json, is_equal

# Without a check or a step there is no proof: these outcomes alone need none.
_NEEDS_NO_PROOF = ("blocked", "skipped", "errored")
# What the spec says of an answer, and what is taken from it.
_BESIDE_EXPECT = {
    "status_declared",
    "media_type_declared",
    "response_headers",
    "body_json",
    "body_schema",
    "capture",
}
_SHA256 = re.compile("[0-9a-fA-F]{64}")
_CLASS = re.compile(r"([1-5])xx")


def judge_step(step: Mapping[str, Json]) -> str:
    """Return what a step's checks add up to; for one without checks its own word, if that needs no exchange."""
    # A rule that could not be applied is not looked at: it says nothing.
    outcomes = ["passed" if check["outcome"] == "skipped" else check["outcome"] for check in step["checks"]]
    if outcomes:
        return find_worst(outcomes)
    stated: str = step["outcome"]
    return stated if stated in _NEEDS_NO_PROOF else "errored"


def judge_scenario(record: ScenarioRecord) -> str:
    """Return what a scenario's steps, judged from their checks, add up to.

    What `when` left out takes no part in it. A cleanup step that broke counts as errored where the author's own checks
    did not hold: state was left behind. A scenario that never ended is at least errored.
    """
    found = []
    for line in record.steps.values():
        step = line.row["step"]
        outcome = judge_step(step)
        if step.get("left_out") is True and outcome == "skipped":
            continue
        if not step["cleanup"]:
            found.append(outcome)
        elif outcome in ("failed", "errored"):
            found.append(outcome if _is_only_beside(step["checks"]) else "errored")
        elif outcome in ("known", "fixed"):
            found.append(outcome)
    if record.closed is None:
        return find_worst([*found, "errored"])
    if found:
        return find_worst(found)
    stated: str = record.closed.row["outcome"]
    return stated if stated in _NEEDS_NO_PROOF else "errored"


def _is_only_beside(checks: Iterable[Mapping[str, Json]]) -> bool:
    """True if all that did not hold is beside what the author expects of the answer, and an answer came."""
    broken = [check["check"] for check in checks if check["outcome"] not in ("passed", "fixed")]
    return bool(broken) and set(broken) <= _BESIDE_EXPECT


def find_worst(outcomes: Iterable[str]) -> str:
    present = set(outcomes)
    return next(outcome for outcome in RANKS if outcome in present)


def count_outcomes(outcomes: Iterable[str]) -> dict[str, int]:
    """Return how often each outcome occurs, and the total."""
    counts = dict.fromkeys(RANKS, 0)
    for outcome in outcomes:
        counts[outcome] += 1
    return {**counts, "total": sum(counts.values())}


def count_scenarios(rows: Iterable[Mapping[str, Json]]) -> dict[str, int]:
    """Return the same of scenarios; one in quarantine counts as that alone."""
    outcomes = ["quarantined" if "quarantine" in row else row["outcome"] for row in rows]
    apart = outcomes.count("quarantined")
    counts = count_outcomes(outcome for outcome in outcomes if outcome != "quarantined")
    return {**counts, "total": len(outcomes), "quarantined": apart} if apart else counts


def count_checks(rows: Iterable[Mapping[str, Json]]) -> dict[str, int]:
    """Return the same of warehouse checks; a warning that failed or errored counts as that alone."""
    outcomes = [
        "warnings" if row.get("severity") == "warning" and row["outcome"] in ("failed", "errored") else row["outcome"]
        for row in rows
    ]
    counts = count_outcomes(outcome for outcome in outcomes if outcome != "warnings")
    warnings = outcomes.count("warnings")
    return {**counts, "total": len(outcomes), "warnings": warnings} if warnings else counts


def judge_run(
    totals: Iterable[Mapping[str, int]],
    *,
    load: str | None,
    is_strict: bool,
    is_whole: bool,
    has_rows: bool,
    thresholds: Iterable[str] = (),
) -> int:
    """Return the exit code that the totals of a run's phases mean, without what does not decide it (docs/design.md,
    Outcomes); `is_whole`: nothing is missing from the run, and nothing broke or leaked; `has_rows`: of any outcome;
    `thresholds`: the outcomes of those of a load."""
    present = {outcome for counts in totals for outcome, count in counts.items() if count} | set(thresholds)
    if "failed" in present or load == "failed" or (is_strict and present & {"fixed", "warnings"}):
        return 1
    return 0 if is_whole and has_rows and load != "errored" and "errored" not in present else 3


def judge_checks(step: Mapping[str, Json]) -> Iterator[tuple[int, str, Json, Json]]:
    """Yield (number of the check, figure, printed, recomputed) for each check of a step that its own values refute."""
    for number, check in enumerate(step["checks"], start=1):
        expected, actual = check.get("expected"), check.get("actual")
        recorded = _find_recorded(check["check"], step)
        if recorded is not None and actual is not None and not is_equal(actual, recorded):
            yield number, "actual", actual, recorded
        holds = _holds(check["check"], expected, actual)
        if (
            holds is not None
            and holds != (check["outcome"] == "passed")
            and check["outcome"] not in ("errored", "skipped")
        ):
            yield number, "outcome", check["outcome"], "passed" if holds else "failed"


def _find_recorded(name: str, step: Mapping[str, Json]) -> Json:
    """Return what the step records of the value that a check looked at; None if nothing."""
    response = step["response"] or {}
    match name:
        case "status" | "status_declared":
            return response.get("status")
        case "latency":
            return response.get("latency_ms")
        case "bytes":
            return response.get("bytes")
        case "success":
            return step.get("success")
    return None


def _holds(name: str, expected: Json, actual: Json) -> bool | None:
    """Tell whether the expectation holds; None where the row alone does not tell."""
    match name:
        case "status" if _is_number(actual):
            wanted = expected if isinstance(expected, list) else [expected]
            return any(_is_status(actual, each) for each in wanted) if all(map(_is_readable, wanted)) else None
        case "success" if isinstance(expected, bool) and isinstance(actual, bool):
            return expected is actual
        case "latency" if _is_number(expected) and _is_number(actual):
            return bool(actual <= expected)
        case "sha256" if all(isinstance(each, str) and _SHA256.fullmatch(each) for each in (expected, actual)):
            return bool(expected.lower() == actual.lower())
        case "body" | "bytes" if isinstance(expected, int) and isinstance(actual, int | float):
            return is_equal(expected, actual)
    return None


def _is_readable(wanted: Json) -> bool:
    return _is_number(wanted) or (isinstance(wanted, str) and _CLASS.fullmatch(wanted) is not None)


def _is_status(actual: int, wanted: Json) -> bool:
    return actual == wanted if _is_number(wanted) else actual // 100 == int(wanted[0])


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
