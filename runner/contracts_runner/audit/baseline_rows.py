"""What is broken as it was in the baseline of a run, found again from the ledger."""

import re
from collections.abc import Iterable, Mapping

from contracts_runner.audit.tally import Row, Tally
from contracts_runner.model.json import Json

_BROKEN = ("failed", "errored")
_BY_VALUE = ("status", "status_declared", "error", "media_type", "media_type_declared")


def build_baseline(tally: Tally, rows: Mapping[str, Iterable[Row]]) -> dict[str, Json]:
    """Return `baseline` of results.json for the rows of each phase."""
    assert tally.baseline is not None
    recorded = tally.baseline.row
    before = {(row["phase"], row["id"]): row for row in recorded["rows"]}
    found = []
    for phase in ("scenarios", "properties", "warehouse"):
        for row in rows[phase]:
            there = before.get((phase, row["id"]))
            is_apart = row.get("severity") == "warning" or "quarantine" in row
            if there is None or row["outcome"] not in _BROKEN or is_apart:
                continue
            signs, known = _list_signs(phase, row), set(there.get("signs", ()))
            if there["outcome"] == row["outcome"] and bool(signs) == bool(known) and signs <= known:
                found.append({"phase": phase, "id": row["id"], "outcome": row["outcome"]})
    return {**{key: recorded[key] for key in ("run", "environment", "started_at", "head")}, "rows": found}


def subtract(totals: Mapping[str, Mapping[str, int]], baseline: Json) -> dict[str, dict[str, int]]:
    """Return the totals of the phases without what is broken as in the baseline."""
    left = {phase: {**counts} for phase, counts in totals.items() if isinstance(counts, Mapping)}
    for row in baseline["rows"] if baseline else ():
        left[row["phase"]][row["outcome"]] -= 1
    return left


def _list_signs(phase: str, row: Row) -> set[str]:
    if phase == "properties":
        return {row["failure"]["code"]} if row.get("failure") else set()
    signs = set()
    for step in row.get("steps", ()):
        checks = [check for check in step["checks"] if check["outcome"] in _BROKEN]
        if step["outcome"] in _BROKEN and not checks:
            signs.add(step["name"])
        for check in checks if step["outcome"] in _BROKEN else ():
            place, value = re.sub(r"\[-?\d+\]", "[*]", check.get("path") or ""), ""
            if check["check"] in _BY_VALUE and not isinstance(check.get("actual"), list | dict):
                value = str(check.get("actual"))
            signs.add(f"{step['name']}: {check['check']} {place} {value}".rstrip())
    return signs
