"""Serves the application of a sandbox environment, or loads its data into a ClickHouse."""

import contextlib
import dataclasses
import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from contracts_runner.errors import UsageError
from contracts_runner.maintenance.examples import iter_examples
from contracts_runner.maintenance.printing import render_columns
from contracts_runner.maintenance.sandbox_app import (
    choose_environment,
    configure_app,
    find_defects,
    find_faults,
    fix_start,
)
from contracts_runner.model.credential import list_plain
from contracts_runner.model.environment import Environment, SandboxApp, WarehouseSettings
from contracts_runner.project.hooks import HookError, Hooks, put_on_path, read_row_counts
from contracts_runner.project.project import Project
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.reading.suggest import suggest
from contracts_runner.run.connections import build_hooks
from contracts_runner.sandbox.server import serve_sandbox
from contracts_runner.warehouse.catalogue import load_catalogue
from contracts_runner.warehouse.client import connect
from contracts_runner.warehouse.errors import WarehouseQueryError, WarehouseUnavailable

_MEMORY = "chdb://memory"
_LONG_SECONDS = 3600.0


def serve(project: Project, name: str | None, *, port: int, seed: int | None, faults: Sequence[str]) -> None:
    """Serve the application until Ctrl-C, in one world for all requests. Raises UsageError."""
    environment, sandbox = _resolve(project, name)
    app, hooks = configure_app(sandbox, seed=seed, faults=faults), build_hooks(project, environment)
    with contextlib.suppress(KeyboardInterrupt), serve_sandbox(app, hooks=hooks, port=port) as base_url:
        print(f"Serving {app.app} (environment {environment.name}) at {base_url}")
        print(f"faults: {', '.join(faults) or 'none'}; one world for all requests; Ctrl-C ends it", flush=True)
        for spec in project.place(environment).specs.values():
            for line in iter_examples(spec, environment, base_url):
                print(line, flush=True)
        while True:
            time.sleep(_LONG_SECONDS)


def render_faults(project: Project, name: str | None) -> str:
    """Return the defects that the application can have, as a table. Raises UsageError where it lists none."""
    _, sandbox = _resolve(project, name)
    known = find_faults(sandbox.app)
    if not known:
        raise UsageError(f"the sandbox application '{sandbox.app}' lists no faults")
    return render_columns(("Fault", "What it breaks"), list(known.items()))


def load(
    project: Project,
    name: str | None,
    *,
    dsn: str | None,
    database: str | None,
    defects: Sequence[str],
    is_replacing: bool,
) -> str:
    """Load the data with the defects, and return what was written, in words. Raises UsageError."""
    environment, sandbox = _resolve(project, name)
    target = _choose_target(environment, dsn=dsn, database=database)
    if target.dsn is None or target.dsn.rstrip("/") == _MEMORY:
        raise UsageError(
            f"{_MEMORY} is lost when this command ends; name a database to load into, such as --dsn chdb:///tmp/warehouse"
        )
    known = find_defects(target.load or "") if defects else {}
    for defect in defects:
        if defect not in known:
            raise UsageError(f"there is no defect '{defect}'; {suggest(defect, known) or '--list-defects shows them'}")
    app, start = fix_start(sandbox, datetime.now(UTC))
    hooks = build_hooks(project, environment)
    rows = _load(environment, hooks, app, target, defects, is_replacing=is_replacing)
    lines = [
        render_columns(("Table", "Rows written"), [(table, str(count)) for table, count in rows.items()]),
        f"database {target.database}; defects: {', '.join(defects) or 'none'}",
    ]
    if start:
        lines.append(f'the same data again, for `contracts verify`: {{sandbox: {{started_at: "{start}"}}}}')
    return "\n".join(lines)


def render_defects(project: Project, name: str | None) -> str:
    """Return the defects that the loader can plant, as a table. Raises UsageError where it lists none."""
    environment, _ = _resolve(project, name)
    loader = _choose_target(environment, dsn=None, database=None).load or ""
    known = find_defects(loader)
    if not known:
        raise UsageError(f"the loader '{loader}' lists no defects")
    return render_columns(("Defect", "What it does wrong"), list(known.items()))


def _resolve(project: Project, name: str | None) -> tuple[Environment, SandboxApp]:
    settings = project.settings
    environment = resolve_environment(settings, choose_environment(settings, name), os.environ)
    assert environment.sandbox is not None
    put_on_path(project.root)
    return environment, environment.sandbox


def _choose_target(environment: Environment, *, dsn: str | None, database: str | None) -> WarehouseSettings:
    found = [each for each in environment.warehouses.values() if each.load is not None]
    if len(found) != 1:
        number = "several loaders; choose another one" if found else "no loader; give it `warehouse: {load: …}`"
        raise UsageError(f"the environment '{environment.name}' names {number}")
    [settings] = found
    return dataclasses.replace(settings, dsn=dsn or settings.dsn, database=database or settings.database)


def _load(
    environment: Environment,
    hooks: Hooks,
    app: SandboxApp,
    target: WarehouseSettings,
    defects: Sequence[str],
    *,
    is_replacing: bool,
) -> Mapping[str, int]:
    """Return the rows written per table.

    A database that has tables must be allowed to be replaced: the loader removes what the sandbox does not have.
    """
    try:
        warehouse = connect(target)
    except WarehouseUnavailable as problem:
        raise UsageError(f"nothing was loaded: {problem}") from problem
    with contextlib.closing(warehouse):
        try:
            if not is_replacing and load_catalogue(warehouse):
                raise UsageError(
                    f"the database {warehouse.database} has tables, and a load removes what is not the sandbox's; "
                    "name another one by --database, or give --replace"
                )
            with serve_sandbox(app, hooks=hooks) as base_url:
                result = hooks.call(
                    target.load or "",
                    base_url=base_url,
                    credentials=list_plain(environment.credentials),
                    client=warehouse.raw_client,
                    database=warehouse.database,
                    now=lambda: datetime.now(UTC),
                    **({"defects": list(defects)} if defects else {}),
                )
            return read_row_counts(target.load or "", result)
        except (HookError, WarehouseUnavailable, WarehouseQueryError) as problem:
            raise UsageError(f"the load did not succeed: {problem}") from problem
