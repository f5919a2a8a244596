"""The results of a run, counted again from the ledger's lines, in the form of results.json (docs/design.md, Files of a
run)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from contracts_runner.audit.acceptance import list_never_accepted
from contracts_runner.audit.baseline_rows import build_baseline
from contracts_runner.audit.chain import Line
from contracts_runner.audit.earlier_outcomes import list_since
from contracts_runner.audit.judging import count_checks, count_outcomes, count_scenarios, judge_scenario, judge_step
from contracts_runner.audit.load_recount import count_load
from contracts_runner.audit.shape_recount import list_shapes
from contracts_runner.audit.tally import Row, ScenarioRecord, Tally
from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json

PERCENTILES = (50, 90, 99)
# What a row of results.json takes from the ledger unchanged.
_STEP_KEYS = ("name", "operation", "cleanup", "artifact", "response", "request")
_RUN_KEYS = (
    *("id", "environment", "base_url", "simulated", "seed", "tool_version", "git_commit", "spec_sha256"),
    *("command", "platform", "jobs", "writes", "redaction", "phases", "files"),
)
# Of runs that have them.
_PRESENT_KEYS = ("folder", "project", "language", "shard", "shards", "observed")


@dataclass(frozen=True, slots=True)
class Recount:
    """The sorted lines, and `results`: what results.json must say, as far as this module recomputes it."""

    tally: Tally
    results: Mapping[str, Json]


def recount(tally: Tally, head: str = "") -> Recount:
    """Return the results of the sorted lines, the last of which has the hash `head`."""
    scenarios = [_build_scenario(name, record) for name, record in tally.opened.items()]
    checks, properties = list(tally.checks.values()), list(tally.properties.values())
    rows: dict[str, Sequence[Row]] = {"scenarios": scenarios, "properties": properties, "warehouse": checks}
    totals: dict[str, Json] = {
        phase: count_outcomes(row["outcome"] for row in counted) for phase, counted in rows.items()
    }
    totals["scenarios"] = count_scenarios(scenarios)
    totals["warehouse"] = count_checks(checks)
    totals["requests_sent"] = len(tally.requests) + sum(sum(line.row["sent"].values()) for line in tally.load_windows)
    totals["writes_sent"] = sum(line.row["is_write"] for line in tally.requests)
    results = {
        "schema_version": 2,
        "run": _build_run(tally),
        "totals": totals,
        "selected": len(tally.started.row["scenarios"]),
        "deselected": tally.started.row["deselected"],
        "not_started": [name for name, record in tally.scenarios.items() if not record.is_opened],
        "scenarios": scenarios,
        "properties": [_pick(row, ("id", "operation", "check", "outcome", "examples")) for row in properties],
        **({"since": list_since(tally, rows)} if tally.earlier else {}),
        **({"baseline": build_baseline(tally, rows)} if tally.baseline else {}),
        **({"never_accepted": list_never_accepted(tally)} if tally.answers else {}),
        "warehouse": _build_warehouse(tally, checks),
        **({"load": count_load(tally)} if tally.load_started else {}),
        "latency": _build_latency(tally),
        "ledger": {"lines": tally.count},
        "head": head,
    }
    if shapes := list_shapes(tally):
        results["shapes"] = shapes
    if tally.faults:
        results["faults"] = [_pick(row, ("where", "message", "location")) for row in tally.faults]
    if tally.leaks:
        results["leaks"] = [_pick(row, ("file", "line", "kind", "name")) for row in tally.leaks.values()]
    return Recount(tally, results)


def _build_run(tally: Tally) -> dict[str, Json]:
    end = tally.finished
    is_interrupted = end is not None and end.row["is_interrupted"]
    is_strict = end is not None and "is_strict" in end.row
    return {
        **_pick(tally.run, _RUN_KEYS),
        **{key: tally.run[key] for key in _PRESENT_KEYS if key in tally.run},
        **({"strict": end.row["is_strict"]} if end is not None and is_strict else {}),
        "started_at": min(line.row["at"] for line in (tally.started, *tally.shards)),
        "resumed_at": [line.row["at"] for line in tally.resumed],
        "finished_at": end.row["at"] if end else None,
        "complete": end is not None and not is_interrupted,
        "interrupted": is_interrupted,
    }


def _build_scenario(name: str, record: ScenarioRecord) -> dict[str, Json]:
    return {
        "id": name,
        "title": record.entry["title"],
        "contract": record.entry["contract"],
        **{key: record.entry[key] for key in ("of", "needed_by", "quarantine") if key in record.entry},
        "outcome": judge_scenario(record),
        "duration_ms": record.closed.row["duration_ms"] if record.closed else None,
        "steps": [_build_step(number, record.steps[number].row["step"]) for number in sorted(record.steps)],
    }


def _build_step(number: int, step: Row) -> dict[str, Json]:
    picked = _pick(step, _STEP_KEYS)
    return {
        "number": number,
        **picked,
        "response": picked["response"] and _pick(picked["response"], ("status", "media_type", "bytes", "latency_ms")),
        "request": picked["request"] and _pick(picked["request"], ("method", "url")),
        "outcome": judge_step(step),
        **({"left_out": step["left_out"]} if "left_out" in step else {}),
        "checks": step["checks"],
    }


def _build_warehouse(tally: Tally, checks: Iterable[Row]) -> dict[str, Json]:
    keys = ("id", "table", "check", "outcome", "expected", "actual", "message", "sql")
    return {
        "planned": tally.started.row.get("warehouse_checks", 0),
        "snapshots": _build_snapshots(tally.snapshots),
        "scenarios": [
            {"id": name, "snapshots": _build_snapshots(taken)} for name, taken in tally.scenario_snapshots.items()
        ],
        "load": _pick(tally.load.row, ("outcome", "message", "rows", "duration_ms")) if tally.load else None,
        "checks": [
            {**_pick(row, keys), **({"severity": row["severity"]} if "severity" in row else {})} for row in checks
        ],
    }


def _build_snapshots(taken: Mapping[str, Line]) -> dict[str, dict[str, Json]]:
    return {moment: dict(taken[moment].row["tables"]) if moment in taken else {} for moment in ("before", "after")}


def _build_latency(tally: Tally) -> list[dict[str, Json]]:
    """Return a row for each operation with a measured response: steps by their last attempt, and fetched pages."""
    order = [row["operation"] for row in tally.started.row["operations"]]
    measured: dict[str, list[float]] = {operation: [] for operation in order}
    for answered in _iter_answered(tally):
        response = answered["response"]
        if response is not None and response["latency_ms"] is not None:
            measured.setdefault(answered["operation"], []).append(response["latency_ms"])
    return [_describe_latency(operation, sorted(values)) for operation, values in measured.items() if values]


def _iter_answered(tally: Tally) -> Iterator[Row]:
    for record in tally.opened.values():
        for number in sorted(record.steps):
            yield record.steps[number].row["step"]
    for line in tally.pages.values():
        yield line.row


def _describe_latency(operation: str, ordered: Sequence[float]) -> dict[str, Json]:
    # Nearest rank, in whole numbers: the least value that so many per cent of all do not exceed.
    ranks = {percent: -(-len(ordered) * percent // 100) for percent in PERCENTILES}
    return {
        "operation": operation,
        "count": len(ordered),
        "min": ordered[0],
        **{f"p{percent}": ordered[max(rank, 1) - 1] for percent, rank in ranks.items()},
        "max": ordered[-1],
    }


def _pick(row: Row, keys: Iterable[str]) -> dict[str, Json]:
    return {key: row.get(key) for key in keys}
