"""Renders `contracts list` and `contracts list --sources`: text, JSON, Markdown, GitHub notices."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from contracts_runner.errors import SourceLocation
from contracts_runner.maintenance.annotations import render_annotation
from contracts_runner.maintenance.inventory import CheckEntry, Inventory, ScenarioEntry
from contracts_runner.maintenance.sources import SourceRow
from contracts_runner.maintenance.tables import Row, render_columns, render_markdown

FORMATS = ("text", "json", "markdown", "github")

_SCENARIO_HEADER = ("ID", "Title", "Operations", "Tags", "Contract", "Notes")
_CHECK_HEADER = ("Warehouse check", "Table", "Kind", "Operation")
_SOURCE_HEADER = ("ID", "Operation", "Document", "Section", "Evidence")
_TABLES: Mapping[str, Callable[[Row, Sequence[Row]], str]] = {"text": render_columns, "markdown": render_markdown}


def render_inventory(inventory: Inventory, form: str) -> str:
    """Return what a project has, in one of FORMATS; JSON is one object `{scenarios: […], warehouse: […]}`."""
    match form:
        case "json":
            scenarios = [_describe_scenario(entry) for entry in inventory.scenarios]
            return _dump({"scenarios": scenarios, "warehouse": [_describe_check(entry) for entry in inventory.checks]})
        case "github":
            notices = [_render_notice(entry.id, entry.location, entry.title) for entry in inventory.scenarios]
            notices += [
                _render_notice(entry.id, entry.location, f"{entry.table}: {entry.kind}") for entry in inventory.checks
            ]
            return "\n".join(notices)
        case _:
            scenario_rows = [_build_scenario_row(entry) for entry in inventory.scenarios]
            check_rows = [(entry.id, entry.table, entry.kind, entry.operation or "") for entry in inventory.checks]
            tables = ((_SCENARIO_HEADER, scenario_rows), (_CHECK_HEADER, check_rows))
            return "\n\n".join(_TABLES[form](header, rows) for header, rows in tables if rows)


def render_sources(rows: Sequence[SourceRow], form: str) -> str:
    """Return the sources in one of FORMATS: a line for each ID and operation; JSON is one object `{sources: […]}`."""
    match form:
        case "json":
            return _dump({"sources": [_describe_source(row) for row in rows]})
        case "github":
            return "\n".join(_render_notice(row.id, row.location, _tell_source(row)) for row in rows)
        case _:
            return _TABLES[form](_SOURCE_HEADER, [line for row in rows for line in _build_source_rows(row)])


def _describe_scenario(entry: ScenarioEntry) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": entry.id,
        "title": entry.title,
        "contract": entry.contract,
        "file": entry.location.path,
        "line": entry.location.line,
        "tags": list(entry.tags),
        "operations": list(entry.operations),
        "known": [{"environments": list(names), "until": until.isoformat()} for names, until in entry.known],
    }
    return described if entry.is_blocked is None else {**described, "blocked": entry.is_blocked}


def _describe_check(entry: CheckEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "table": entry.table,
        "check": entry.kind,
        "operation": entry.operation,
        "file": entry.location.path,
        "line": entry.location.line,
    }


def _build_scenario_row(entry: ScenarioEntry) -> Row:
    notes = [f"known until {until} in {', '.join(names)}" for names, until in entry.known]
    notes += ["writes are kept back"] if entry.is_blocked else []
    operations = ", ".join(entry.operations)
    return entry.id, entry.title, operations, ", ".join(entry.tags), entry.contract, "; ".join(notes)


def _describe_source(row: SourceRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "source": asdict(row.source) if row.source else None,
        "operations": [{"operation": label, "evidence": evidence} for label, evidence in row.operations],
    }


def _build_source_rows(row: SourceRow) -> list[Row]:
    document, section = (row.source.document, row.source.section) if row.source else ("no source", "")
    return [(row.id, label, document, section, evidence or "not in the spec") for label, evidence in row.operations]


def _tell_source(row: SourceRow) -> str:
    where = f"{row.source.document} {row.source.section}".strip() if row.source else "no source"
    return "; ".join([where, *(f"{label}: {evidence or 'not in the spec'}" for label, evidence in row.operations)])


def _render_notice(identifier: str, location: SourceLocation, message: str) -> str:
    return render_annotation("notice", message, file=location.path, line=location.line, title=identifier)


def _dump(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)
