"""matrix.csv and clickhouse.csv: the run as two tables."""

from contracts_runner.model.json import Json
from contracts_runner.reporting.csvfile import render_csv
from contracts_runner.reporting.digest import build_digest
from contracts_runner.reporting.snapshots import build_snapshot_rows
from contracts_runner.reporting.verdict import SANDBOX_LINE
from contracts_runner.results.results import Results

MATRIX_HEADER = (
    "id",
    "title",
    "document",
    "section",
    "operation",
    "method",
    "path",
    "outcome",
    "status",
    "latency_ms",
    "expected",
    "actual",
    "evidence",
    "provenance",
    "artifact",
    "reason",
    "simulated",
)
SNAPSHOT_HEADER = ("table", "rows_before", "rows_after", "delta", "note", "scenario")


def render_matrix(results: Results) -> str:
    """Return matrix.csv: one row for each scenario. The last column holds the warning of a simulated run, since a row
    of a spreadsheet travels alone."""
    endpoints = {row.operation: row for row in results.endpoints}
    simulated = SANDBOX_LINE if results.run.simulated else ""
    rows = []
    for scenario in results.scenarios:
        digest = build_digest(scenario, endpoints)
        rows.append(
            (
                scenario.id,
                scenario.title,
                digest.document,
                digest.section,
                digest.operation,
                digest.method,
                digest.path,
                scenario.outcome,
                digest.status,
                digest.latency_ms,
                *_render_pair(digest.expected, digest.actual),
                digest.evidence,
                digest.provenance,
                digest.artifact,
                digest.note,
                simulated,
            )
        )
    return render_csv(MATRIX_HEADER, rows)


def render_snapshots(results: Results) -> str:
    """Return clickhouse.csv: one row for each table that was looked at; an empty cell where nothing was counted."""
    rows = build_snapshot_rows(results.warehouse)
    suffix = SANDBOX_LINE if results.run.simulated else ""
    return render_csv(
        SNAPSHOT_HEADER,
        [
            (row.table, row.before, row.after, row.delta, "; ".join(filter(None, (row.note, suffix))), row.scenario)
            for row in rows
        ],
    )


def _render_pair(expected: Json, actual: Json) -> tuple[Json, Json]:
    """Keep a null that was compared apart from a check that compares nothing."""
    if expected is None and actual is None:
        return None, None
    return "null" if expected is None else expected, "null" if actual is None else actual
