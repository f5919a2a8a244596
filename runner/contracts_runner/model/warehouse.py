"""Warehouse contracts: what tables must hold (docs/design.md, Warehouse contract)."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts_runner.errors import SourceLocation
from contracts_runner.model.json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCheck:
    """One check of a table (docs/design.md, Warehouse contract).

    `kind` is its word ("exists", "row_count", …), `options` its value as written, already checked for form by
    `project`. `id` is None for checks that stand at table level."""

    kind: str
    options: Json
    table: str
    id: str | None
    modifiers: Mapping[str, Json]  # keys beside the kind, such as `final: false`
    location: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEach:
    """An operation whose items say how another one is asked: `parameters` and `keep` map names to JSONPaths of an item.

    A parameter whose path finds several values is asked for each of them.
    """

    operation: str
    rows: str
    parameters: Mapping[str, str]
    keep: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseContract:
    """One warehouse contract file; `spec` is the key of the spec whose operations it names."""

    spec: str
    tables: tuple[str, ...]
    checks: tuple[TableCheck, ...]  # in the order of the file, `exists` first for each table
    snapshots: tuple[str, ...]  # names, or patterns with `*`
    location: SourceLocation
