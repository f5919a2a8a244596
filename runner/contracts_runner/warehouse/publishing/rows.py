"""results.json as rows of the tables contract_runs, contract_results, contract_latency (tables.sql)."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import structs

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.results.lines import results_as_json
from contracts_runner.results.results import Results

Row = dict[str, Any]


def digest_results(results: Results) -> str:
    """Return the SHA-256 (hex) of results.json, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(results_as_json(results), sort_keys=True).encode()).hexdigest()


def build_rows(results: Results, published_at: datetime) -> dict[str, list[Row]]:
    """Return table -> rows; the table of runs comes last, so that a run that is there is there as a whole."""
    run = results.run
    head = {
        "run_id": run.id,
        "started_at": datetime.fromisoformat(run.started_at),
        "environment": run.environment,
    }
    tail = {"published_at": published_at}
    return {
        "contract_results": [{**head, **row, **tail} for row in _iter_results(results)],
        "contract_latency": [{**head, **structs.asdict(row), **tail} for row in results.latency],
        "contract_runs": [{**head, **_build_run(results), **tail}],
    }


def _build_run(results: Results) -> Row:
    run, totals = results.run, results.totals
    return {
        "finished_at": datetime.fromisoformat(run.finished_at) if run.finished_at else None,
        "base_url": run.base_url,
        "simulated": run.simulated,
        "complete": run.complete,
        **{outcome.value: sum(totals[phase][outcome] for phase in Phase) for outcome in Outcome},
        "requests_sent": totals.requests_sent,
        "writes_sent": totals.writes_sent,
        "seed": run.seed or 0,
        **{key: getattr(run, key) or "" for key in ("tool_version", "git_commit", "spec_sha256", "platform")},
        "results_sha256": digest_results(results),
    }


def _iter_results(results: Results) -> Iterator[Row]:
    for scenario in results.scenarios:
        row = _build_result(Phase.SCENARIOS, scenario.id, scenario.title, scenario.outcome, scenario.reason)
        yield {**row, "duration_ms": scenario.duration_ms}
    for found in results.properties:
        yield _build_result(Phase.PROPERTIES, found.id, found.operation, found.outcome, found.reason, found.check)
    for check in results.warehouse.checks:
        yield _build_result(Phase.WAREHOUSE, check.id, check.table, check.outcome, check.message, check.check)


def _build_result(phase: Phase, identifier: str, subject: str, outcome: Outcome, reason: str, rule: str = "") -> Row:
    return {
        "phase": phase,
        "id": identifier,
        "subject": subject,
        "rule": rule,
        "outcome": outcome,
        "reason": reason,
        "duration_ms": None,
    }
