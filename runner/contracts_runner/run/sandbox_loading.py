"""Loads the data of a sandbox into a ClickHouse, for `contracts sandbox load`."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from contracts_runner.errors import UsageError
from contracts_runner.maintenance.sandbox_app import find_defects, fix_start
from contracts_runner.model.environment import Environment, WarehouseSettings
from contracts_runner.reading.suggest import suggest
from contracts_runner.sandbox.server import serve_sandbox
from contracts_runner.warehouse import WarehouseQueryError, WarehouseUnavailable, connect
from contracts_runner.warehouse.catalogue import load_catalogue
from contracts_runner.warehouse.hooks import HookError, call_hook, read_row_counts

_MEMORY = "chdb://memory"


def choose_target(
    environment: Environment, *, dsn: str | None, database: str | None, is_listing: bool
) -> WarehouseSettings:
    """Return where to load to, and by which loader; raises UsageError where nothing could be loaded or kept."""
    settings = environment.warehouse
    if settings is None or settings.load is None:
        raise UsageError(f"the environment '{environment.name}' names no loader; give it `warehouse: {{load: …}}`")
    target = dataclasses.replace(settings, dsn=dsn or settings.dsn, database=database or settings.database)
    if not is_listing and (target.dsn is None or target.dsn.rstrip("/") == _MEMORY):
        raise UsageError(
            f"{_MEMORY} is gone when this command ends; say where to load to, such as --dsn chdb:///tmp/warehouse"
        )
    return target


def load_sandbox(
    environment: Environment, target: WarehouseSettings, defects: Sequence[str], *, is_replacing: bool
) -> tuple[Mapping[str, int], str]:
    """Serve the sandbox, load it with the defects; returns the rows written per table, and `started_at` of fix_start.

    Raises UsageError for an unknown defect, a database that has tables (unless it may be replaced: the loader removes
    what the sandbox does not have), one that cannot be reached, and a load that failed.
    """
    assert environment.sandbox is not None
    loader = target.load or ""
    known = find_defects(loader) if defects else {}
    for defect in defects:
        if defect not in known:
            raise UsageError(f"there is no defect '{defect}'; {suggest(defect, known) or '--list-defects shows them'}")
    try:
        warehouse = connect(target)
    except WarehouseUnavailable as problem:
        raise UsageError(f"nothing was loaded: {problem}") from problem
    try:
        if not is_replacing and load_catalogue(warehouse):
            raise UsageError(
                f"the database {warehouse.database} has tables, and a load removes what is not the sandbox's; "
                "name another one by --database, or say --replace"
            )
        app, start = fix_start(environment.sandbox, datetime.now(UTC))
        with serve_sandbox(app) as base_url:
            result = call_hook(
                loader,
                base_url=base_url,
                credentials=environment.credentials,
                client=warehouse.raw_client,
                database=warehouse.database,
                now=lambda: datetime.now(UTC),
                **({"defects": list(defects)} if defects else {}),
            )
        return read_row_counts(loader, result), start
    except (HookError, WarehouseUnavailable, WarehouseQueryError) as problem:
        raise UsageError(f"the load did not succeed: {problem}") from problem
    finally:
        warehouse.close()
