"""matrix.csv, checks.csv and clickhouse.csv: their rows against the recount."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from contracts_runner.audit.foreign.markdown import ReportTable, build_table
from contracts_runner.audit.recount import Recount
from contracts_runner.audit.violation import Violation
from contracts_runner.model.json import Json
from helpers.oracle.figures import count_delta, iter_row_counts
from helpers.oracle.markdown_report import SANDBOX_LINE
from helpers.oracle.row_facts import build_facts
from helpers.oracle.tables import compare_table

MATRIX = "matrix.csv"
CHECKS = "checks.csv"
SNAPSHOTS = "clickhouse.csv"
_NUMBER = "number of the row"


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


def check_checks(text: str, recount: Recount) -> Iterator[Violation]:
    """Yield the cells of checks.csv that the evidence does not give; a row has no name but its number."""
    simulated = SANDBOX_LINE if recount.results["run"]["simulated"] else ""
    expected = {str(number): {**row, "simulated": simulated} for number, row in enumerate(_iter_checks(recount), 1)}
    yield from _compare(text, CHECKS, (_NUMBER,), expected)


def _iter_checks(recount: Recount) -> Iterator[Mapping[str, Json]]:
    results: Any = recount.results
    for scenario in results["scenarios"]:
        for step in scenario["steps"]:
            for row in step["checks"]:
                of_step = {"step": step["number"], "name": step["name"], "artifact": step["artifact"]}
                where = {"phase": "scenarios", "id": scenario["id"], "operation": step["operation"], **of_step}
                yield {**where, **_take(row, "check", "path", "outcome", "message", "location")}
    for row in results["properties"]:
        yield {"phase": "properties", **_take(row, "id", "operation", "check", "outcome")}
    for row in results["warehouse"]["checks"]:
        yield {"phase": "warehouse", **_take(row, "id", "check", "outcome", "message")}


def _take(row: Mapping[str, Json], *keys: str) -> Mapping[str, Json]:
    return {key: row.get(key) for key in keys}


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
        table = _number(_read(text, file))
    except csv.Error as error:
        yield Violation(figure=file, printed=str(error), recomputed="a table", file=file)
        return
    if not set(key) <= set(table.header):
        yield Violation(figure="header", printed=", ".join(table.header), recomputed=", ".join(key), file=file, line=1)
        return
    yield from compare_table(table, expected, what="row", key=key)


def _number(table: ReportTable) -> ReportTable:
    rows = [replace(row, cells={**row.cells, _NUMBER: str(number)}) for number, row in enumerate(table.rows, 1)]
    return replace(table, header=(*table.header, _NUMBER), rows=tuple(rows))


def _read(text: str, file: str) -> ReportTable:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, at = [], 1
    for cells in reader:
        rows.append((at, cells))
        at = reader.line_num + 1
    return build_table(file, "", rows[0] if rows else (1, []), rows[1:])
