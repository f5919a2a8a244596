"""Reads a warehouse contract file: what tables must hold (docs/design.md, Warehouse contract)."""

from contracts_runner.errors import Problem
from contracts_runner.model.warehouse import TableCheck, WarehouseContract
from contracts_runner.project.contract.contracts import read_id
from contracts_runner.project.contract.warehouse_options import MODIFIERS, OPTIONS
from contracts_runner.reading.forms import Reading, Section, Value
from contracts_runner.reading.suggest import suggest_or_list
from contracts_runner.reading.yaml_source import YamlDocument

KEYS = ("warehouse", "tables", "snapshots")
# They may stand beside `checks`, without an id.
_TABLE_LEVEL = ("engine", "order_by", "columns")


def read_warehouse_contract(document: YamlDocument) -> tuple[WarehouseContract | None, list[Problem]]:
    """Return the contract as far as it can be read, and every mistake in it."""
    reading = Reading(document)
    section = reading.start().read_section("a warehouse contract", KEYS, required=("warehouse", "tables"))
    if section is None:
        return None, reading.problems
    tables = section.read("tables", Value.read_entries) or {}
    contract = WarehouseContract(
        spec=section.read_text("warehouse"),
        tables=tuple(tables),
        checks=tuple(check for name, value in tables.items() for check in _read_table(name, value)),
        snapshots=section.read("snapshots", Value.read_texts) or (),
        location=section.location,
    )
    return contract, reading.problems


def _read_table(name: str, value: Value) -> list[TableCheck]:
    """Return the table's checks; `exists` comes first, stated or not, because the others depend on it."""
    section = value.read_section("a table", (*_TABLE_LEVEL, "checks"))
    if section is None:
        return []
    checks = [
        _build_check(name, kind, section, identifier=None) for kind in section.value.value if kind in _TABLE_LEVEL
    ]
    items = section.read("checks", Value.read_items) or []
    checks += [check for item in items if (check := _read_check(name, item))]
    if not any(check.kind == "exists" for check in checks):
        implied = TableCheck(kind="exists", options=True, table=name, id=None, modifiers={}, location=value.location)
        checks.insert(0, implied)
    return sorted(checks, key=lambda check: check.kind != "exists")


def _read_check(table: str, value: Value) -> TableCheck | None:
    entries = value.read_entries()
    if not isinstance(value.value, dict):
        return None
    modifiers = {word for words in MODIFIERS.values() for word in words}
    kinds = [key for key in entries if key != "id" and key not in modifiers]
    for key in kinds:
        if key not in OPTIONS:
            entries[key].report(f"unknown check '{key}'", suggest_or_list(key, OPTIONS))
    known = [key for key in kinds if key in OPTIONS]
    if "id" not in entries:
        value.report("a check needs the key 'id'")
    if len(kinds) != 1:
        value.report("a check has one kind beside its id", f"kinds: {', '.join(OPTIONS)}")
    if not known:
        return None
    section = Section(value)
    return _build_check(table, known[0], section, identifier=section.read("id", read_id))


def _build_check(table: str, kind: str, section: Section, *, identifier: str | None) -> TableCheck:
    place = section.value.at(kind)
    OPTIONS[kind](place)
    allowed = MODIFIERS.get(kind, ())
    modifiers = {}
    for key in {word for words in MODIFIERS.values() for word in words} & set(section.value.value):
        modifier = section.value.at(key)
        if key not in allowed:
            modifier.report(f"the check '{kind}' has no '{key}'")
        modifiers[key] = modifier.read_boolean()
    location = section.location if identifier else place.location
    return TableCheck(
        kind=kind, options=place.value, table=table, id=identifier, modifiers=modifiers, location=location
    )
