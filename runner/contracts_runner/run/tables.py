"""Drafts contracts of tables: of a live one (`contracts new --table`), or of what dbt and data contracts say
(`contracts import`)."""

import contextlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from contracts_runner.errors import SourceLocation, UnseenError, UsageError
from contracts_runner.maintenance.drafts.new_scenario import read_target
from contracts_runner.maintenance.drafts.table_writing import add_tables, name_checks, render_tables
from contracts_runner.maintenance.environments import read_open_environment
from contracts_runner.maintenance.importing.imported import Imported
from contracts_runner.maintenance.importing.table_files import read_table_files
from contracts_runner.model.environment import Environment, WarehouseSettings
from contracts_runner.model.nouns import count_noun
from contracts_runner.model.table_draft import TableDraft
from contracts_runner.project.contract.warehouse_contracts import read_warehouse_contract
from contracts_runner.project.project import Project
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.reading.places import iter_unknown
from contracts_runner.reading.suggest import suggest_or_list
from contracts_runner.reading.yaml_source import YamlDocument, load_yaml
from contracts_runner.run.connections import build_redactor
from contracts_runner.warehouse.catalogue import MissingDatabaseError
from contracts_runner.warehouse.client import connect
from contracts_runner.warehouse.dsn import EmbeddedDsn, parse_dsn
from contracts_runner.warehouse.errors import WarehouseQueryError, WarehouseUnavailable, describe_missing
from contracts_runner.warehouse.sketching import sketch_table

_EMPTY = (
    "chdb://memory has the tables of a run for as long as that goes on; write a folder, such as chdb:///tmp/warehouse, "
    "and fill it by `contracts verify`"
)


def draft_table(
    project: Project, table: str, *, environment: str | None, warehouse: str | None, key: str | None, into: Path | None
) -> str:
    """Return a warehouse contract of a table as it is now, or the file at `into` with the table added.

    `key` is the spec whose operations its checks will name. Raises UsageError; UnseenError where the table cannot be
    looked at.
    """
    resolved = resolve_environment(project.settings, environment, os.environ)
    name, settings = _choose_warehouse(resolved, warehouse)
    redactor = build_redactor(resolved)
    try:
        with contextlib.closing(connect(settings)) as opened:
            sketch = sketch_table(opened, table, redact=redactor.text, clock=lambda: datetime.now(UTC))
    except (UsageError, WarehouseUnavailable, WarehouseQueryError) as problem:
        is_lost = _is_in_memory(settings) and isinstance(problem, UsageError | MissingDatabaseError)
        if isinstance(problem, UsageError) and not is_lost:
            raise
        reason = _EMPTY if is_lost else redactor.text(str(problem))
        raise UnseenError(f"the table was not looked at: {reason}") from None
    return write_tables(project, [sketch], spec=key, warehouse=name, into=into)


def _is_in_memory(settings: WarehouseSettings) -> bool:
    return parse_dsn(settings.dsn or "") == EmbeddedDsn(path=None)


def import_tables(
    project: Project, files: Mapping[str, bytes], *, spec: str | None, warehouse: str | None, into: Path | None
) -> Imported:
    """Return the warehouse contract that says what files of other tools do; raises UsageError."""
    known = project.settings.find_names("warehouses")
    for problem in iter_unknown("there is no warehouse", [(warehouse or "", SourceLocation("", 1))], known):
        raise UsageError("; ".join(filter(None, (problem.message, problem.hint))))
    promises = read_table_files(files, _list_databases(project))
    report = list(promises.iter_report())
    if not promises.tables:
        raise UsageError("\n".join([f"there is no table in {', '.join(files)}", *report]))
    drafts = [table.draft for table in promises.tables.values()]
    text = write_tables(project, drafts, spec=spec, warehouse=warehouse or "", into=into)
    count = count_noun(sum(len(draft.checks) + bool(draft.columns) for draft in drafts), "check")
    report.append(f"{count_noun(len(drafts), 'table')} with {count}")
    return Imported(text=text, report=tuple(report), is_whole=not promises.lost)


def _list_databases(project: Project) -> frozenset[str]:
    environments = (read_open_environment(project.settings, name)[0] for name in project.settings.environments)
    return frozenset(each.database for found in environments if found for each in found.warehouses.values())


def write_tables(
    project: Project, drafts: list[TableDraft], *, spec: str | None, warehouse: str, into: Path | None
) -> str:
    """Return a warehouse contract of tables, or that at `into` with them added. Raises UsageError."""
    taken = {scenario.id for scenario in project.scenarios}
    taken |= {check.id for each in project.warehouses for check in each.checks if check.id}
    named = name_checks(drafts, taken)
    text, _ = read_target(project, into) if into else ("", "")
    if into is not None and text:
        document = load_yaml(into.resolve(), project.root)
        _require_fit(document, spec, warehouse)
        return add_tables(document, text, named)
    chosen = _choose_spec(project, spec)
    return render_tables({"spec": chosen, "name": warehouse} if warehouse else chosen, named)


def _require_fit(document: YamlDocument, spec: str | None, warehouse: str) -> None:
    """Raise UsageError where a file is not about such a spec and warehouse."""
    contract, _ = read_warehouse_contract(document)
    name = document.location().path
    if contract is None or not contract.spec:
        raise UsageError(f"{name} is not a warehouse contract")
    if contract.name != warehouse or spec not in (None, contract.spec):
        found = f"the spec {contract.spec}" + (f" and the warehouse {contract.name}" if contract.name else "")
        raise UsageError(f"{name} is for {found}; choose another file, or leave --into out")


def _choose_spec(project: Project, key: str | None) -> str:
    """Return the key of a spec: the first one where nobody says which."""
    specs = project.settings.specs
    if key is not None and key not in specs:
        raise UsageError("; ".join(filter(None, (f"there is no spec '{key}'", suggest_or_list(key, specs)))))
    return key or next(iter(specs), "")


def _choose_warehouse(environment: Environment, name: str | None) -> tuple[str, WarehouseSettings]:
    """Return the name of a warehouse, "" for a sole one without, and where it is."""
    known = environment.warehouses
    if not known:
        raise UsageError(describe_missing(None))
    if name is None and len(known) > 1:
        names = ", ".join(known)
        raise UsageError(f"the environment '{environment.name}' has several warehouses; choose by --warehouse: {names}")
    chosen = next(iter(known)) if name is None else name
    if chosen not in known:
        problem = f"the environment '{environment.name}' has no warehouse '{chosen}'"
        raise UsageError("; ".join(filter(None, (problem, suggest_or_list(chosen, filter(None, known))))))
    if known[chosen].dsn is None:
        raise UsageError(describe_missing(known[chosen]))
    return chosen, known[chosen]
