"""The figures of a report: the part of results.json that its readers see as numbers, outcomes and times.

report.html and report.md carry them in one block that programs can read; the audit recomputes that block. Which keys it
has, and how a block is marked in each format, is declared here only, for the writer and the reader.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import Enum

from msgspec import Struct

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.results.lines import as_json, list_fields
from contracts_runner.results.results import Results
from contracts_runner.results.rows import CheckRow

# Key -> its form: _WHOLE is the value as it is, _COUNTS of rows how many have each outcome, an object has these keys of
# it, a list with one form is one for all.
_WHOLE = None
_COUNTS = "counts"
_Form = object


def _keys(*names: str) -> dict[str, _Form]:
    return dict.fromkeys(names, _WHOLE)


_RUN = (
    *("id", "environment", "base_url", "simulated", "seed", "git_commit", "spec_sha256", "language", "observed"),
    *("started_at", "resumed_at", "finished_at", "complete", "interrupted"),
)
_STEP = {
    **_keys("number", "outcome"),
    "response": _keys("status", "bytes", "latency_ms"),
    "checks": _COUNTS,
}
_FIGURES: Mapping[str, _Form] = {
    "run": _keys(*_RUN),
    **_keys("totals", "selected", "deselected", "not_started"),
    "scenarios": [{**_keys("id", "outcome", "duration_ms"), "steps": [_STEP]}],
    "properties": [_keys("id", "operation", "check", "outcome", "examples")],
    "warehouse": {
        **_keys("planned", "snapshots"),
        "scenarios": [_keys("id", "snapshots")],
        "load": _keys("outcome", "rows"),
        "checks": [_keys("id", "table", "check", "outcome", "severity")],
    },
    **_keys("since", "drift", "baseline"),
    "load": {
        **_keys("shape", "measured_seconds", "iterations", "operations", "intervals"),
        "checks": [_keys("check", "scope", "outcome", "actual")],
    },
    "latency": _WHOLE,
    "causes": [_keys("key", "phase", "outcome", "count", "ids", "blocked")],
    "endpoints": [_keys("operation", "state", "statuses")],
    "ledger": _WHOLE,
}


class BlockFormat(Enum):
    """Where a block can be: its value is what it begins and ends with."""

    HTML = ('<script type="application/json" id="results">', "</script>")
    MARKDOWN = ("<!-- results ", " -->")


@dataclass(frozen=True, slots=True)
class Block:
    """A block in a document; `line` is where it begins, from 1."""

    line: int
    text: str


def select_figures(results: Results | Mapping[str, Json]) -> dict[str, Json]:
    """Return the figures of results, also of what is known of a results.json: keys that are absent stay absent."""
    selected: dict[str, Json] = _select(results, _FIGURES)
    return selected


def iter_blocks(document: str, block_format: BlockFormat) -> Iterator[Block]:
    """Yield every block of a document; one that does not end is left out."""
    begin, end = block_format.value
    at, line, counted = document.find(begin), 1, 0
    while at >= 0:
        closing = document.find(end, at + len(begin))
        if closing < 0:
            return
        line += document.count("\n", counted, at)
        yield Block(line, document[at + len(begin) : closing])
        counted, at = at, document.find(begin, closing)


def _select(value: object, form: _Form) -> Json:
    if isinstance(value, Struct):
        value = list_fields(value)
    match form, value:
        case dict(), dict() | Mapping():
            return {key: _select(value[key], inner) for key, inner in form.items() if key in value}
        case str(), list() | tuple():
            return dict(Counter(row.outcome if isinstance(row, CheckRow) else row["outcome"] for row in value))
        case [inner], list() | tuple():
            return [_select(item, inner) for item in value]
    return as_json(value)
