"""Runs in ./runs as a watch leaves them, with as little in them as it looks at."""

import json
from pathlib import Path
from typing import Any

from contracts_runner.model.outcome import Outcome
from contracts_runner.run.options import RUNS
from helpers.sealing import seal_run


def write_watched_run(day: int, *, broken: int = 0, results: dict[str, Any] | None = None, **run: Any) -> Path:
    """Write a run of a day in November 2026, in which one scenario passed and some failed."""
    identifier, at = f"{day:08}", f"2026-11-{day:02}T00:00:00.000Z"
    head = {"id": identifier, "environment": "prod", "command": "contracts watch --every 1d", **run}
    none = {**dict.fromkeys(Outcome, 0), "total": 0}
    totals = {"scenarios": {**none, "passed": 1, "failed": broken, "total": 1 + broken}}
    document = {
        "run": {"complete": True, **head, "started_at": at, "finished_at": at},
        "totals": {**totals, "properties": none, "warehouse": none, "requests_sent": 1, "writes_sent": 0},
        "ledger": {"lines": 2},
        **(results or {}),
    }
    folder = RUNS / f"202611{day:02}T000000Z-prod-{identifier}"
    (folder / "artifacts" / "1.1").mkdir(parents=True)
    (folder / "artifacts" / "1.1" / "1-read.json").write_text("{}", encoding="utf-8")
    line = {"seq": 1, "at": at, "type": "run_started", "run": head}
    (folder / "ledger.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    (folder / "results.json").write_text(json.dumps(document), encoding="utf-8")
    seal_run(folder)
    return folder
