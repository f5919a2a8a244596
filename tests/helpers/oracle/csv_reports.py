"""matrix.csv and clickhouse.csv: their rows against the recount."""

import csv
import io
from collections.abc import Iterator, Mapping

from contracts_runner.audit.foreign.markdown import ReportTable, build_table
from contracts_runner.audit.recount import Recount
from contracts_runner.audit.violation import Violation
from contracts_runner.model.json import Json
from helpers.oracle.figures import count_delta, iter_row_counts
from helpers.oracle.markdown_report import SANDBOX_LINE
from helpers.oracle.row_facts import build_facts
from helpers.oracle.tables import compare_table

MATRIX = "matrix.csv"
SNAPSHOTS = "clickhouse.csv"


def check_matrix(text: str, recount: Recount) -> Iterator[Violation]:
    """Yield the cells of matrix.csv that the evidence does not give."""
    simulated = SANDBOX_LINE if recount.results["run"]["simulated"] else ""
    expected: dict[str, Mapping[str, Json]] = {
        fact.id: {
            "title": fact.title,
            "operation": fact.operation,
            "outcome": fact.outcome,
            "status": fact.status,
            "latency_ms": fact.latency_ms,
            "artifact": fact.artifact,
            "reason": fact.note,
            "simulated": simulated,
        }
        for fact in build_facts(recount).values()
    }
    yield from _compare(text, MATRIX, ("id",), expected)


def check_snapshots(text: str, recount: Recount) -> Iterator[Violation]:
    """Yield the counts of clickhouse.csv that are not those of the snapshots."""
    expected = {
        f"{name} {scenario}".strip(): {
            "rows_before": before,
            "rows_after": after,
            "delta": count_delta(before, after),
        }
        for name, scenario, before, after in iter_row_counts(recount)
    }
    yield from _compare(text, SNAPSHOTS, ("table", "scenario"), expected)


def _compare(
    text: str, file: str, key: tuple[str, ...], expected: Mapping[str, Mapping[str, Json]]
) -> Iterator[Violation]:
    try:
        table = _read(text, file)
    except csv.Error as error:
        yield Violation(figure=file, printed=str(error), recomputed="a table", file=file)
        return
    if not set(key) <= set(table.header):
        yield Violation(figure="header", printed=", ".join(table.header), recomputed=", ".join(key), file=file, line=1)
        return
    yield from compare_table(table, expected, what="row", key=key)


def _read(text: str, file: str) -> ReportTable:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, at = [], 1
    for cells in reader:
        rows.append((at, cells))
        at = reader.line_num + 1
    return build_table(file, "", rows[0] if rows else (1, []), rows[1:])
