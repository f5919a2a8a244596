"""Folds a ledger into results.json: it sorts, counts and judges, and adds nothing (docs/design.md, Files of a run)."""

from collections import Counter
from collections.abc import Iterable, Mapping

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.results.endpoints import build_endpoints
from contracts_runner.results.latency import build_latency
from contracts_runner.results.record import Row, RunRecord, read_record
from contracts_runner.results.rows import (
    build_properties,
    build_scenarios,
    build_warehouse_checks,
    find_discrepancies,
)

SCHEMA_VERSION = 1

_RUN_KEYS = (
    "id",
    "environment",
    "base_url",
    "simulated",
    "seed",
    "tool_version",
    "git_commit",
    "spec_sha256",
    "command",
    "platform",
    "jobs",
    "writes",
    "redaction",
    "phases",
    "files",
)


def fold_ledger(lines: Iterable[Row]) -> dict[str, Json]:
    """Return results.json for the lines of a ledger.

    Beside the usual keys (docs/design.md, Files of a run) it has `selected` and `deselected` (how many scenarios),
    `not_started` (ids of the selected ones that never began and therefore have no row), `environment` (the doctor's
    findings), `discrepancies` (see `find_discrepancies`) and `ledger` (how many lines were folded).
    Raises RunFolderError for a ledger without its first line.
    """
    record = read_record(lines)
    scenarios = build_scenarios(record)
    properties = build_properties(record)
    checks = build_warehouse_checks(record)
    selected = [entry["id"] for entry in record.started["scenarios"]]
    return {
        "schema_version": SCHEMA_VERSION,
        "run": _build_run(record),
        "totals": {
            "scenarios": count_outcomes(scenarios),
            "properties": count_outcomes(properties),
            "warehouse": count_outcomes(checks),
            "requests_sent": record.requests.total(),
            "writes_sent": record.writes,
        },
        "selected": len(selected),
        "deselected": record.started["deselected"],
        "not_started": [scenario for scenario in selected if scenario not in record.opened],
        "environment": [_build_finding(finding) for finding in record.findings],
        "scenarios": scenarios,
        "properties": properties,
        "warehouse": _build_warehouse(record, checks),
        "latency": build_latency(
            scenarios, (row["operation"] for row in record.started["operations"]), record.pages.values()
        ),
        "endpoints": build_endpoints(record, scenarios),
        "discrepancies": find_discrepancies(record, scenarios),
        "ledger": {"lines": record.lines},
    }


def count_outcomes(rows: Iterable[Mapping[str, Json]]) -> dict[str, int]:
    """Return how many rows have each outcome, and their total."""
    counts = Counter(row["outcome"] for row in rows)
    return {**{outcome.value: counts[outcome.value] for outcome in Outcome}, "total": counts.total()}


def _build_run(record: RunRecord) -> dict[str, Json]:
    run = record.started["run"]
    finished = record.finished
    return {
        **{key: run.get(key) for key in _RUN_KEYS},
        "started_at": record.started["at"],
        "resumed_at": [line["at"] for line in record.resumed],
        "complete": finished is not None and not finished["is_interrupted"],
        "interrupted": finished is not None and finished["is_interrupted"],
        "finished_at": finished["at"] if finished else None,
    }


def _build_finding(finding: Row) -> dict[str, Json]:
    return {
        "name": finding["name"],
        "value": finding.get("value"),
        "status": finding["status"],
        "detail": finding.get("detail") or "",
    }


def _build_counts(snapshots: Mapping[str, Row]) -> dict[str, Json]:
    taken = {moment: snapshots.get(moment) for moment in ("before", "after")}
    return {
        # None: that snapshot was never taken; else why a table in it has no count, perhaps "".
        "notes": {moment: line["note"] if line else None for moment, line in taken.items()},
        "snapshots": {moment: dict(line["tables"]) if line else {} for moment, line in taken.items()},
    }


def _build_warehouse(record: RunRecord, checks: list[dict[str, Json]]) -> dict[str, Json]:
    load = record.load
    return {
        "planned": record.started.get("warehouse_checks", 0),
        **_build_counts(record.snapshots),
        "scenarios": [
            {"id": name, **_build_counts(record.scenario_snapshots[name])} for name in record.scenario_snapshots
        ],
        "load": {key: load[key] for key in ("outcome", "message", "rows", "duration_ms")} if load else None,
        "checks": checks,
    }
