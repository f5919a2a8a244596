"""`contracts sandbox` and `contracts sandbox load`."""

import contextlib
import os
import time
from pathlib import Path

import click

from contracts_runner.cli.options import environment_option, open_project, project_option
from contracts_runner.errors import UsageError

_LONG = 3600.0


@click.group(invoke_without_command=True)
@environment_option
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; else a free one.")
@click.option("--seed", type=int, help="Seed of the application's data; else that of contracts.yaml.")
@click.option("--fault", "faults", multiple=True, metavar="NAME", help="A defect to plant; may be repeated.")
@click.option("--list-faults", is_flag=True, help="List the defects that the application knows; serve nothing.")
@project_option
@click.pass_context
def sandbox(
    ctx: click.Context,
    environment: str | None,
    port: int,
    seed: int | None,
    faults: tuple[str, ...],
    list_faults: bool,
    project: Path | None,
) -> None:
    """Serve the application of a sandbox environment until Ctrl-C.

    All requests meet one world, unlike the scenarios of a run, which have one each.
    """
    if ctx.invoked_subcommand is not None:
        return
    from contracts_runner.maintenance.examples import iter_examples
    from contracts_runner.maintenance.sandbox_app import choose_environment, configure_app, find_faults
    from contracts_runner.maintenance.tables import render_columns
    from contracts_runner.project.settings.environments import resolve_environment
    from contracts_runner.sandbox.server import serve_sandbox

    opened = open_project(ctx, project)
    chosen = resolve_environment(opened.settings, choose_environment(opened.settings, environment), os.environ)
    assert chosen.sandbox is not None
    if list_faults:
        known = find_faults(chosen.sandbox.app)
        if not known:
            raise UsageError(f"the sandbox application '{chosen.sandbox.app}' lists no faults")
        click.echo(render_columns(("Fault", "What it breaks"), list(known.items())))
        return
    app = configure_app(chosen.sandbox, seed=seed, faults=faults)
    with contextlib.suppress(KeyboardInterrupt), serve_sandbox(app, port=port) as base_url:
        click.echo(f"Serving {app.app} (environment {chosen.name}) at {base_url}")
        click.echo(f"faults: {', '.join(faults) or 'none'}; one world for all requests; Ctrl-C ends it")
        for spec in opened.specs.values():
            for line in iter_examples(spec, chosen, base_url):
                click.echo(line)
        while True:
            time.sleep(_LONG)


@sandbox.command()
@environment_option
@click.option("--dsn", help="The ClickHouse to load into: chdb:///folder or http(s)://user:password@host:port.")
@click.option("--database", help="The database; else that of the environment.")
@click.option("--defect", "defects", multiple=True, metavar="NAME", help="A defect to plant; may be repeated.")
@click.option("--replace", "is_replacing", is_flag=True, help="Load into a database that has tables already.")
@click.option("--list-defects", is_flag=True, help="List the defects that the loader knows; load nothing.")
@project_option
@click.pass_context
def load(
    ctx: click.Context,
    environment: str | None,
    dsn: str | None,
    database: str | None,
    defects: tuple[str, ...],
    is_replacing: bool,
    list_defects: bool,
    project: Path | None,
) -> None:
    """Load the data of a sandbox into a ClickHouse, with planted defects.

    The loader is that of the environment.
    """
    from contracts_runner.maintenance.sandbox_app import choose_environment, find_defects
    from contracts_runner.maintenance.tables import render_columns
    from contracts_runner.project.settings.environments import resolve_environment
    from contracts_runner.run.sandbox_loading import choose_target, load_sandbox

    opened = open_project(ctx, project)
    chosen = resolve_environment(opened.settings, choose_environment(opened.settings, environment), os.environ)
    target = choose_target(chosen, dsn=dsn, database=database, is_listing=list_defects)
    if list_defects:
        known = find_defects(target.load or "")
        if not known:
            raise UsageError(f"the loader '{target.load}' lists no defects")
        click.echo(render_columns(("Defect", "What it does wrong"), list(known.items())))
        return
    rows, start = load_sandbox(chosen, target, defects, is_replacing=is_replacing)
    click.echo(render_columns(("Table", "Rows written"), [(table, str(count)) for table, count in rows.items()]))
    click.echo(f"database {target.database}; defects: {', '.join(defects) or 'none'}")
    if start:
        click.echo(f'the same data again, for `contracts verify`: {{sandbox: {{started_at: "{start}"}}}}')
