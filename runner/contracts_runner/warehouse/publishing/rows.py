"""results.json as rows of the tables contract_runs, contract_results, contract_latency (tables.sql)."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import PHASES

Row = dict[str, Any]


def digest_results(results: Mapping[str, Json]) -> str:
    """Return the SHA-256 (hex) of results.json, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(results, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def build_rows(results: Mapping[str, Json], published_at: datetime) -> dict[str, list[Row]]:
    """Return table -> rows; the table of runs comes last, so that a run that is there is there as a whole."""
    run = results["run"]
    head = {
        "run_id": run["id"],
        "started_at": datetime.fromisoformat(run["started_at"]),
        "environment": run["environment"],
    }
    tail = {"published_at": published_at}
    return {
        "contract_results": [{**head, **row, **tail} for row in _build_results(results)],
        "contract_latency": [{**head, **row, **tail} for row in results["latency"]],
        "contract_runs": [{**head, **_build_run(results), **tail}],
    }


def _build_run(results: Mapping[str, Json]) -> Row:
    run, totals = results["run"], results["totals"]
    finished = run["finished_at"]
    return {
        "finished_at": datetime.fromisoformat(finished) if finished else None,
        "base_url": run["base_url"],
        "simulated": run["simulated"],
        "complete": run["complete"],
        **{outcome.value: sum(totals[phase][outcome.value] for phase in PHASES) for outcome in Outcome},
        "requests_sent": totals["requests_sent"],
        "writes_sent": totals["writes_sent"],
        "seed": run["seed"] or 0,
        **{key: run[key] or "" for key in ("tool_version", "git_commit", "spec_sha256", "platform")},
        "results_sha256": digest_results(results),
    }


def _build_results(results: Mapping[str, Json]) -> list[Row]:
    return [
        *(
            _build_result("scenarios", row, row["title"], "", row["reason"], row["duration_ms"])
            for row in results["scenarios"]
        ),
        *(
            _build_result("properties", row, row["operation"], row["check"], row["reason"])
            for row in results["properties"]
        ),
        *(
            _build_result("warehouse", row, row["table"], row["check"], row["message"])
            for row in results["warehouse"]["checks"]
        ),
    ]


def _build_result(
    phase: str, row: Mapping[str, Json], subject: str, rule: str, reason: str, duration_ms: float | None = None
) -> Row:
    return {
        "phase": phase,
        "id": row["id"],
        "subject": subject,
        "rule": rule,
        "outcome": row["outcome"],
        "reason": reason,
        "duration_ms": duration_ms,
    }
