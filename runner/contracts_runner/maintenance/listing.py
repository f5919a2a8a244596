"""Renders `contracts list` and `contracts list --sources`: text, JSON, Markdown, GitHub notices."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal, assert_never

from contracts_runner.errors import SourceLocation
from contracts_runner.maintenance.inventory import Inventory, ScenarioEntry
from contracts_runner.maintenance.printing import (
    Level,
    ListFormat,
    Row,
    render_annotation,
    render_columns,
    render_markdown,
)
from contracts_runner.model.contract import Quarantine, Skip
from contracts_runner.model.spec import Operation
from contracts_runner.model.warehouse import TableCheck, find_asks

_SCENARIO_HEADER = ("ID", "Title", "Operations", "Tags", "Contract", "Notes")
_CHECK_HEADER = ("Warehouse check", "Table", "Kind", "Operation")
_SOURCE_HEADER = ("ID", "Operation", "Document", "Section", "Evidence")


def render_inventory(inventory: Inventory, form: ListFormat) -> str:
    """Return what a project has as text, json (`{scenarios: […], warehouse: […]}`), markdown or github."""
    match form:
        case ListFormat.JSON:
            scenarios = [_describe_scenario(entry) for entry in inventory.scenarios]
            return _dump({"scenarios": scenarios, "warehouse": [_describe_check(check) for check in inventory.checks]})
        case ListFormat.GITHUB:
            listed = [entry.scenario for entry in inventory.scenarios]
            notices = [_render_notice(scenario.id, scenario.location, scenario.title) for scenario in listed]
            notices += [
                _render_notice(check.name, check.location, f"{check.place}: {check.word}") for check in inventory.checks
            ]
            return "\n".join(notices)
        case ListFormat.TEXT | ListFormat.MARKDOWN:
            scenario_rows = [_build_scenario_row(entry) for entry in inventory.scenarios]
            check_rows = [
                (check.name, check.place, check.word, _find_operation(check) or "") for check in inventory.checks
            ]
            tables = ((_SCENARIO_HEADER, scenario_rows), (_CHECK_HEADER, check_rows))
            return "\n\n".join(_render_table(form, header, rows) for header, rows in tables if rows)
        case _:
            assert_never(form)


def render_sources(entries: Sequence[ScenarioEntry], form: ListFormat) -> str:
    """Return the sources of test IDs in the same forms, a line for each ID and operation; JSON is `{sources: […]}`."""
    match form:
        case ListFormat.JSON:
            return _dump({"sources": [_describe_source(entry) for entry in entries]})
        case ListFormat.GITHUB:
            notices = ((entry.scenario, _render_source(entry)) for entry in entries)
            return "\n".join(_render_notice(scenario.id, scenario.location, text) for scenario, text in notices)
        case ListFormat.TEXT | ListFormat.MARKDOWN:
            return _render_table(form, _SOURCE_HEADER, [row for entry in entries for row in _build_source_rows(entry)])
        case _:
            assert_never(form)


def _render_table(
    form: Literal[ListFormat.TEXT, ListFormat.MARKDOWN], header: Sequence[str], rows: Sequence[Row]
) -> str:
    return render_columns(header, rows) if form is ListFormat.TEXT else render_markdown(header, rows)


def _describe_scenario(entry: ScenarioEntry) -> dict[str, Any]:
    scenario = entry.scenario
    described: dict[str, Any] = {
        "id": scenario.id,
        "title": scenario.title,
        "contract": scenario.contract,
        "file": scenario.location.path,
        "line": scenario.location.line,
        "tags": list(scenario.tags),
        **({"of": scenario.of} if scenario.of else {}),
        **({"needs": dict(scenario.needs)} if scenario.needs else {}),
        **({"skip": _describe_skip(scenario.skip)} if scenario.skip else {}),
        **({"quarantine": _describe_quarantine(scenario.quarantine)} if scenario.quarantine else {}),
        "operations": [operation.label for operation in entry.operations],
        "known": [
            {"environments": list(known.environments), "until": known.until.isoformat()} for known in entry.known
        ],
    }
    return described if entry.is_blocked is None else {**described, "blocked": entry.is_blocked}


def _describe_skip(skip: Skip) -> dict[str, Any]:
    until = skip.until.isoformat() if skip.until else None
    return {"because": skip.because, "environments": list(skip.environments or ()), "until": until}


def _describe_quarantine(quarantine: Quarantine) -> dict[str, Any]:
    environments, until = list(quarantine.environments or ()), quarantine.until.isoformat()
    return {"owner": quarantine.owner, "because": quarantine.because, "environments": environments, "until": until}


def _describe_check(check: TableCheck) -> dict[str, Any]:
    return {
        "id": check.name,
        **({"warehouse": check.warehouse} if check.warehouse else {}),
        "table": check.table,
        "check": check.word,
        "operation": _find_operation(check),
        "file": check.location.path,
        "line": check.location.line,
    }


def _find_operation(check: TableCheck) -> str | None:
    """Return the operation that the table is compared with."""
    asks = find_asks(check)
    return asks.operation if asks else None


def _build_scenario_row(entry: ScenarioEntry) -> Row:
    scenario = entry.scenario
    notes = [f"known until {known.until} in {', '.join(known.environments)}" for known in entry.known]
    notes += [f"needs {', '.join(scenario.needs.values())}"] if scenario.needs else []
    notes += [_render_skip(scenario.skip)] if scenario.skip else []
    notes += [_render_quarantine(scenario.quarantine)] if scenario.quarantine else []
    notes += ["writes are kept back"] if entry.is_blocked else []
    operations = ", ".join(operation.label for operation in entry.operations)
    return scenario.id, scenario.title, operations, ", ".join(scenario.tags), scenario.contract, "; ".join(notes)


def _render_skip(skip: Skip) -> str:
    until = f" until {skip.until}" if skip.until else ""
    where = f" in {', '.join(skip.environments)}" if skip.environments else ""
    return f"skipped{until}{where}: {skip.because}"


def _render_quarantine(quarantine: Quarantine) -> str:
    where = f" in {', '.join(quarantine.environments)}" if quarantine.environments else ""
    return f"in quarantine until {quarantine.until}{where} ({quarantine.owner}): {quarantine.because}"


def _describe_source(entry: ScenarioEntry) -> dict[str, Any]:
    source = entry.scenario.source
    return {
        "id": entry.scenario.id,
        "title": entry.scenario.title,
        "source": asdict(source) if source else None,
        "operations": [
            {"operation": operation.label, "evidence": operation.evidence if operation.is_described else None}
            for operation in entry.operations
        ],
    }


def _build_source_rows(entry: ScenarioEntry) -> list[Row]:
    source = entry.scenario.source
    document, section = (source.document, source.section) if source else ("no source", "")
    return [(entry.scenario.id, each.label, document, section, _grade(each)) for each in entry.operations]


def _render_source(entry: ScenarioEntry) -> str:
    source = entry.scenario.source
    where = f"{source.document} {source.section}".strip() if source else "no source"
    return "; ".join([where, *(f"{operation.label}: {_grade(operation)}" for operation in entry.operations)])


def _grade(operation: Operation) -> str:
    return operation.evidence if operation.is_described else "not in the spec"


def _render_notice(identifier: str, location: SourceLocation, message: str) -> str:
    return render_annotation(Level.NOTICE, message, file=location.path, line=location.line, title=identifier)


def _dump(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)
