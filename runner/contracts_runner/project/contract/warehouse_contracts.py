"""Reads a warehouse contract file: what tables must hold (DESIGN §5)."""

from contracts_runner.errors import Problem
from contracts_runner.model.warehouse import TableCheck, WarehouseContract
from contracts_runner.model.warehouse_kinds import Columns, Engine, Exists, OrderBy
from contracts_runner.project.contract.contracts import read_id
from contracts_runner.project.contract.warehouse_kinds import KINDS, MODIFIERS
from contracts_runner.reading.forms import Reading, Section, Value
from contracts_runner.reading.suggest import suggest_or_list
from contracts_runner.reading.yaml_source import YamlDocument

KEYS = ("warehouse", "tables", "snapshots")
# They may stand beside `checks`, without an id.
_TABLE_LEVEL = (Engine.word, OrderBy.word, Columns.word)


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
    found = [_build_check(name, kind, section, identifier=None) for kind in section.value.value if kind in _TABLE_LEVEL]
    found += [_read_check(name, item) for item in section.read("checks", Value.read_items) or []]
    checks = [check for check in found if check]
    if not any(isinstance(check.kind, Exists) for check in checks):
        written = {Exists.word: True}
        checks.insert(0, TableCheck(kind=Exists(), table=name, id=None, written=written, location=value.location))
    return sorted(checks, key=lambda check: not isinstance(check.kind, Exists))


def _read_check(table: str, value: Value) -> TableCheck | None:
    entries = value.read_entries()
    if not isinstance(value.value, dict):
        return None
    kinds = [key for key in entries if key != "id" and key not in MODIFIERS]
    for key in kinds:
        if key not in KINDS:
            entries[key].report(f"unknown check '{key}'", suggest_or_list(key, KINDS))
    known = [key for key in kinds if key in KINDS]
    if "id" not in entries:
        value.report("a check needs the key 'id'")
    if len(kinds) != 1:
        value.report("a check has one kind beside its id", f"kinds: {', '.join(KINDS)}")
    if not known:
        return None
    section = Section(value)
    return _build_check(table, known[0], section, identifier=section.read("id", read_id))


def _build_check(table: str, word: str, section: Section, *, identifier: str | None) -> TableCheck | None:
    place = section.value.at(word)
    kind = KINDS[word](place)
    modifiers = {key: section.value.at(key) for key in MODIFIERS if key in section}
    for key, modifier in modifiers.items():
        if word not in MODIFIERS[key]:
            modifier.report(f"the check '{word}' has no '{key}'")
    is_final = section.read("final", Value.read_boolean)
    if kind is None:
        return None
    return TableCheck(
        kind=kind,
        table=table,
        id=identifier,
        is_final=is_final is not False,
        written={word: place.value, **{key: modifier.value for key, modifier in modifiers.items()}},
        location=section.location if identifier else place.location,
    )
