"""The form of the ledger's lines: what the recount may rely on. A line of another form is a violation and is not
counted."""

from collections.abc import Mapping

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json

# The outcomes, worst first (docs/design.md, Outcomes).
RANKS = ("failed", "errored", "blocked", "fixed", "known", "skipped", "passed")
# 1e999 is JSON too. No figure of a run is larger, and everything up to here can be calculated with.
_LARGEST = 10**15


@dataclass(frozen=True, slots=True)
class Maybe:
    """The form, or null."""

    form: object


@dataclass(frozen=True, slots=True)
class Table:
    """An object with any names, whose values have one form."""

    form: object


@dataclass(frozen=True, slots=True)
class Word:
    """One of the words."""

    words: tuple[str, ...]


# A name that ends in "?" may be left out.
Form = object
_OUTCOME = Word(RANKS)
_VIOLATIONS = [{"keyword": str, "property?": str, "path?": str, "place?": str}]
_QUARANTINE = {"owner": str, "because": str, "until": str}
_PHASE = Word(("scenarios", "properties", "warehouse"))
_CHECK = {"check": str, "outcome": _OUTCOME, "message?": str, "path?": Maybe(str), "violations?": _VIOLATIONS}
_RESPONSE = {"status": int, "media_type?": Maybe(str), "bytes?": Maybe(int), "latency_ms": Maybe(float)}
_EXCHANGE = {
    "request": {"method": str, "url": str, "body?": Maybe(str)},
    "response": Maybe({"status": int, "body": Maybe(str), "truncated?": bool, "sha256?": str}),
    "timings?": Maybe({"first_byte_ms": Maybe(float), "total_ms": Maybe(float), "connect_ms?": float}),
}
_HASH = {"artifact_sha256?": str}
_SHAPE = {"shape?": {"left_out?": int, "cut?": bool}}
_STEP = {
    "name": str,
    "operation": str,
    "request": Maybe({"method": str, "url": str}),
    "response": Maybe(_RESPONSE),
    "outcome": _OUTCOME,
    "reason?": str,
    "cleanup": bool,
    "artifact": Maybe(str),
    "attempts?": Maybe(int),
    "checks": [_CHECK],
    "success?": Maybe(bool),
    "left_out?": bool,
}
_THRESHOLD = {"check": str, "scope": str, "scenarios": [str], "percentile?": float, "limit": float}
_STARTED = {
    "run": {
        "id": str,
        "environment": str,
        "simulated": bool,
        "base_url?": Maybe(str),
        "writes?": Maybe(str),
        "folder?": str,
        "language?": str,
        "templates?": Table(str),
        "options?": Maybe({"formats?": [str]}),
        "shard?": {"part": str, "split": str},
        "shards?": [{"part": str, "id": str, "head": str, "lines": int}],
        "observed?": [{"file": str, "sha256": str, "entries": int, "judged": int, "left_out?": Table(int)}],
    },
    "scenarios": [
        {"id": str, "title": str, "contract": str, "of?": str, "needed_by?": [str], "quarantine?": _QUARANTINE}
    ],
    "deselected": int,
    "operations": [{"operation": str, "effect?": Maybe(str), "method?": Maybe(str), "path?": Maybe(str)}],
    "warehouse_checks?": int,
}
FORMS: Mapping[str, Mapping[str, Form]] = {
    "run_started": _STARTED,
    "shard_started": {"part": str, "started": _STARTED},
    "earlier_runs_recorded": {
        "runs": [{"id": str, "started_at": str}],
        "rows": [{"phase": _PHASE, "id": str, "outcomes": str}],
        "latency?": Table(float),
    },
    "earlier_shapes_recorded": {"shapes": [{"operation": str, "status": int, "run": str, "at": str}]},
    "baseline_recorded": {
        "run": str,
        "environment": str,
        "started_at": str,
        "head": str,
        "rows": [{"phase": _PHASE, "id": str, "outcome": _OUTCOME, "signs?": [str]}],
    },
    "environment_recorded": {"findings": [{"name": str, "status": str}]},
    "request_sent": {
        "phase": str,
        "scenario": Maybe(str),
        "step": Maybe(str),
        "operation": str,
        "method": str,
        "is_write": bool,
        "credential?": str,
    },
    "scenario_started": {"scenario": str},
    "step_finished": {"scenario": str, "number": int, "step": _STEP, "exchange": Maybe(_EXCHANGE), **_HASH, **_SHAPE},
    "scenario_finished": {"scenario": str, "outcome": _OUTCOME, "reason": str, "duration_ms": float},
    "properties_restarted": {"operations": [str]},
    "property_exchange": {"operation": str, "case": str, "exchange": _EXCHANGE, "artifact": str, **_HASH},
    "property_answered": {
        "operation": str,
        "answers": [{"status": int, "success": bool, "auth?": Maybe(str), "error_code?": Maybe(str), "count": int}],
    },
    "property_finished": {
        "row": {
            "id": str,
            "operation": str,
            "check": str,
            "outcome": _OUTCOME,
            "examples": int,
            "failure?": Maybe({"code?": str, "artifacts?": [str]}),
        }
    },
    "warehouse_snapshot": {
        "moment": Word(("before", "after")),
        "tables": Table(Maybe(int)),
        "note": str,
        "scenario?": str,
    },
    "warehouse_loaded": {"outcome": _OUTCOME, "message": str, "rows": Table(int), "duration_ms": float},
    "page_fetched": {
        "operation": str,
        "number": int,
        "response": Maybe(_RESPONSE),
        "success?": Maybe(bool),
        "exchange": _EXCHANGE,
        "artifact": str,
        **_HASH,
        **_SHAPE,
    },
    "token_requested": {
        "credential": str,
        "number": int,
        "phase": str,
        "request": {"method": str, "url": str},
        "response": Maybe(_RESPONSE),
        "reason?": str,
        "exchange": _EXCHANGE,
        "artifact": str,
        **_HASH,
    },
    "warehouse_check_finished": {
        "row": {"id": str, "table": str, "check": str, "outcome": _OUTCOME, "severity?": str, "warehouse?": str}
    },
    "load_started": {"shape": Table(float), "thresholds": [_THRESHOLD], "left_out": Table(str)},
    "load_measured": {
        "worker": str,
        "seconds": float,
        "users": int,
        "sent": Table(int),
        "requests": [
            {"scenario": str, "operation": str, "count": int, "failed": int, "bytes": int, "latency": [[float]]}
        ],
        "iterations": [{"scenario": str, "outcome": _OUTCOME, "count": int}],
    },
    "load_failed": {"scenario": str, "step": _STEP, "exchange": Maybe(_EXCHANGE)},
    "fault_recorded": {"where": str, "message": str, "location": Maybe(str)},
    "run_resumed": {"under_way?": [str], "templates?": Table(str)},
    "run_finished": {"is_interrupted": bool, "is_strict?": bool},
    "leaks_found": {"leaks": [{"file": str, "line": int, "kind": str, "name": str}]},
}


def find_mismatch(value: Json, form: Form, path: str = "$") -> tuple[str, str] | None:
    """Return the JSONPath of the first value that does not have its form, and the form in a word; None without one."""
    match form:
        case Maybe():
            return None if value is None else find_mismatch(value, form.form, path)
        case Word():
            return None if value in form.words else (path, f"one of {', '.join(form.words)}")
        case Table() | dict():
            if not isinstance(value, dict):
                return path, "object"
            return _find_in_object(value, form if isinstance(form, dict) else dict.fromkeys(value, form.form), path)
        case list():
            return _find_in_array(value, form[0], path)
    return None if _has_type(value, form) else (path, getattr(form, "__name__", ""))


def _find_in_object(value: Mapping[str, Json], form: Mapping[str, Form], path: str) -> tuple[str, str] | None:
    for name, inner in form.items():
        plain = name.removesuffix("?")
        if plain not in value:
            if name == plain:
                return f"{path}.{plain}", "there"
            continue
        found = find_mismatch(value[plain], inner, f"{path}.{plain}")
        if found:
            return found
    return None


def _find_in_array(value: Json, form: Form, path: str) -> tuple[str, str] | None:
    if not isinstance(value, list):
        return path, "array"
    found = (find_mismatch(item, form, f"{path}[{index}]") for index, item in enumerate(value))
    return next(filter(None, found), None)


def _has_type(value: Json, form: Form) -> bool:
    if form in (int, float):
        is_number = isinstance(value, int if form is int else int | float) and not isinstance(value, bool)
        return is_number and abs(value) <= _LARGEST
    return isinstance(value, str if form is str else bool)
