"""The rows of results.json: each with all its keys, and scenarios with their outcome judged again.

See docs/design.md, Outcomes.
"""

from collections.abc import Iterable, Mapping

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome, find_worst, list_decisive
from contracts_runner.results.record import Row, RunRecord

UNFINISHED = "the run ended before this scenario finished"
UNPROVEN = "no step of it was recorded"

# What a scenario may be without a single recorded step: everything else would be a claim without an exchange.
_NEEDS_NO_STEP = frozenset({Outcome.SKIPPED, Outcome.BLOCKED, Outcome.ERRORED})

_STEP_DEFAULTS: dict[str, Json] = {
    "name": "",
    "operation": "",
    "request": None,
    "response": None,
    "outcome": None,
    "reason": "",
    "cleanup": False,
    "artifact": None,
    "attempts": 1,
    "auth": None,
    "success": None,
    "error_code": None,
    "schema_checked": True,
}
_RESPONSE_DEFAULTS: dict[str, Json] = {"status": None, "media_type": None, "bytes": None, "latency_ms": None}
_CHECK_DEFAULTS: dict[str, Json] = {
    "check": "",
    "outcome": None,
    "expected": None,
    "actual": None,
    "message": "",
    "path": None,
    "location": None,
}
_WAREHOUSE_DEFAULTS: dict[str, Json] = {
    "id": "",
    "table": "",
    "check": "",
    "outcome": None,
    "expected": None,
    "actual": None,
    "message": "",
    "sql": None,
    "location": None,
}
_PROPERTY_DEFAULTS: dict[str, Json] = {
    "id": "",
    "operation": "",
    "check": "",
    "outcome": None,
    "reason": "",
    "examples": 0,
    "failure": None,
}
_FAILURE_DEFAULTS: dict[str, Json] = {"code": "", "title": "", "message": "", "curl": "", "steps": [], "artifacts": []}


def build_scenarios(record: RunRecord) -> list[dict[str, Json]]:
    """Return a row for each scenario that began, in contract order."""
    return [_build_scenario(record, entry) for entry in record.started["scenarios"] if entry["id"] in record.opened]


def judge_scenario(steps: Iterable[Mapping[str, Json]], closed: Row | None) -> tuple[Outcome, str]:
    """Return a scenario's outcome and its reason, from the rows of its steps.

    `closed` is the `scenario_finished` line: without it the scenario is at least errored.
    """
    judged = [(Outcome(step["outcome"]), step["cleanup"]) for step in steps]
    outcomes = list_decisive(
        (outcome for outcome, is_cleanup in judged if not is_cleanup),
        (outcome for outcome, is_cleanup in judged if is_cleanup),
    )
    if closed is None:
        return find_worst([*outcomes, Outcome.ERRORED]), UNFINISHED
    if outcomes:
        return find_worst(outcomes), closed["reason"]
    stated = Outcome(closed["outcome"])
    return (stated, closed["reason"]) if stated in _NEEDS_NO_STEP else (Outcome.ERRORED, UNPROVEN)


def find_discrepancies(record: RunRecord, scenarios: Iterable[Mapping[str, Json]]) -> list[dict[str, Json]]:
    """Return where the ledger's own word for a scenario is not what its steps add up to: {scenario, recorded,
    recomputed}. Reports print the recomputed one and say so."""
    return [
        {"scenario": row["id"], "recorded": closed["outcome"], "recomputed": row["outcome"]}
        for row in scenarios
        if (closed := record.closed.get(row["id"])) and closed["outcome"] != row["outcome"]
    ]


def build_warehouse_checks(record: RunRecord) -> list[dict[str, Json]]:
    """Return the rows of the warehouse checks in the order in which they were first made."""
    rows = (_complete(row, _WAREHOUSE_DEFAULTS) for row in record.warehouse_rows.values())
    return [{**row, "location": _render_location(row["location"])} for row in rows]


def build_properties(record: RunRecord) -> list[dict[str, Json]]:
    """Return the rows of the property phase in the order in which they were first reported."""
    rows = (_complete(row, _PROPERTY_DEFAULTS) for row in record.property_rows.values())
    return [{**row, "failure": row["failure"] and _complete(row["failure"], _FAILURE_DEFAULTS)} for row in rows]


def _build_scenario(record: RunRecord, entry: Row) -> dict[str, Json]:
    recorded = record.steps.get(entry["id"], {})
    steps = [_build_step(number, recorded[number]["step"]) for number in sorted(recorded)]
    closed = record.closed.get(entry["id"])
    outcome, reason = judge_scenario(steps, closed)
    return {
        "id": entry["id"],
        "title": entry["title"],
        "contract": entry["contract"],
        "tags": list(entry.get("tags") or ()),
        "source": _build_source(entry.get("source")),
        "location": _render_location(entry.get("location")),
        "outcome": outcome.value,
        "reason": reason,
        "duration_ms": closed["duration_ms"] if closed else None,
        "steps": steps,
    }


def _build_step(number: int, step: Row) -> dict[str, Json]:
    row = _complete(step, _STEP_DEFAULTS)
    request, response = row["request"], row["response"]
    return {
        "number": number,
        **row,
        "request": {"method": request["method"], "url": request["url"]} if request else None,
        "response": _complete(response, _RESPONSE_DEFAULTS) if response else None,
        "checks": [_build_check(check) for check in step.get("checks") or ()],
    }


def _build_check(check: Row) -> dict[str, Json]:
    row = _complete(check, _CHECK_DEFAULTS)
    return {**row, "location": _render_location(row["location"])}


def _complete(row: Row, defaults: Mapping[str, Json]) -> dict[str, Json]:
    return {key: row.get(key, default) for key, default in defaults.items()}


def _build_source(source: Json) -> dict[str, str] | None:
    return {"document": source["document"], "section": source.get("section") or ""} if source else None


def _render_location(location: Json) -> str | None:
    if isinstance(location, Mapping):
        return f"{location['path']}:{location['line']}"
    return location or None
