"""matrix.csv, checks.csv and clickhouse.csv (RFC 4180): tables whose cells a spreadsheet does not take for formulas."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from contracts_runner.model.json import Json
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.digest import Digest, build_digest
from contracts_runner.reporting.phrases import ENGLISH, Phrases
from contracts_runner.reporting.snapshots import build_snapshot_rows
from contracts_runner.reporting.text import make_visible, render_value
from contracts_runner.reporting.verdict import render_nature
from contracts_runner.results.results import Results
from contracts_runner.results.rows import ScenarioRow, SourceRow

# OWASP "CSV injection"; the full-width forms count as formulas in East Asian editions.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_CELL_LIMIT = 1000

MATRIX_HEADER = (
    *("id", "title", "document", "section", "operation", "method", "path", "outcome", "status", "latency_ms"),
    *("expected", "actual", "evidence", "provenance", "artifact", "reason", "simulated"),
)
CHECKS_HEADER = (
    *("phase", "id", "step", "name", "operation", "table", "check", "path", "outcome"),
    *("expected", "actual", "message", "location", "artifact", "simulated"),
)
# Rows that are written at once.
_PIECE = 1000
SNAPSHOT_HEADER = ("table", "rows_before", "rows_after", "delta", "note", "scenario")


def render_matrix(results: Results, phrases: Phrases = ENGLISH) -> str:
    """Return matrix.csv: one row for each scenario. The last column holds the warning of a simulated run, since a row
    of a spreadsheet travels alone."""
    endpoints = {row.operation: row for row in results.endpoints}
    simulated = render_nature(results.run, phrases)
    rows = [
        (*_build_matrix_row(scenario, build_digest(scenario, endpoints, phrases)), simulated)
        for scenario in results.scenarios
    ]
    return render_csv(MATRIX_HEADER, rows)


def _build_matrix_row(scenario: ScenarioRow, digest: Digest) -> tuple[Json, ...]:
    step, source = digest.step, scenario.source or SourceRow(document="")
    return (
        *(scenario.id, scenario.title, source.document, source.section, step.operation, digest.method, digest.path),
        *(scenario.outcome, step.response.status if step.response else None, digest.latency_ms),
        *_render_pair(digest.check.expected, digest.check.actual),
        *(digest.endpoint.evidence, digest.provenance, step.artifact, digest.note),
    )


def iter_checks(results: Results, phrases: Phrases = ENGLISH) -> Iterator[str]:
    """Yield the pieces of checks.csv: one row for each check of a step, for each of the property phase, and for each of
    a table."""
    simulated = render_nature(results.run, phrases)
    rows = chain(_iter_step_checks(results.scenarios), _iter_other_checks(results))
    yield render_csv(CHECKS_HEADER, ())
    while piece := [(*row, simulated) for row in islice(rows, _PIECE)]:
        yield render_csv(None, piece)


def _iter_step_checks(scenarios: Iterable[ScenarioRow]) -> Iterator[tuple[Json, ...]]:
    for scenario in scenarios:
        for step in scenario.steps:
            for row in step.checks:
                yield (
                    *(Phase.SCENARIOS, scenario.id, step.number, step.name, step.operation, None),
                    *(row.check, row.path, row.outcome, *_render_pair(row.expected, row.actual)),
                    *(row.message, row.location, step.artifact),
                )


def _iter_other_checks(results: Results) -> Iterator[tuple[Json, ...]]:
    for each in results.properties:
        message = each.failure.message if each.failure else each.reason
        yield (
            *(Phase.PROPERTIES, each.id, None, None, each.operation, None, each.check, None, each.outcome),
            *(None, None, message, None, None),
        )
    for row in results.warehouse.checks:
        yield (
            *(Phase.WAREHOUSE, row.id, None, None, None, row.place, row.check, None, row.outcome),
            *(*_render_pair(row.expected, row.actual), row.message, row.location, None),
        )


def render_snapshots(results: Results, phrases: Phrases = ENGLISH) -> str:
    """Return clickhouse.csv: one row for each table that was looked at; an empty cell where nothing was counted."""
    rows = build_snapshot_rows(results.warehouse, phrases)
    suffix = render_nature(results.run, phrases)
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


def render_csv(header: Sequence[str] | None, rows: Iterable[Sequence[Json]]) -> str:
    """Return the CSV text, without a header the lines of the rows alone. None is an empty cell, a number stays a
    number, everything else becomes harmless text."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    if header is not None:
        writer.writerow(header)
    writer.writerows([neutralise(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def neutralise(cell: Json) -> str | int | float | None:
    """Return a cell that is data for every reader: a leading apostrophe stops what would be a formula."""
    if cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool)):
        return cell
    text = cell if isinstance(cell, str) else render_value(cell, _CELL_LIMIT)
    return f"'{make_visible(text)}" if text.startswith(_FORMULA) else make_visible(text)
