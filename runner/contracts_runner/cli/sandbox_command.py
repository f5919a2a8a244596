"""`contracts sandbox` and `contracts sandbox load`."""

from pathlib import Path

import click

from contracts_runner.cli.options import environment_option, open_project, project_option


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
    from contracts_runner.run.sandbox import render_faults, serve

    opened = open_project(ctx, project)
    if list_faults:
        click.echo(render_faults(opened, environment))
    else:
        serve(opened, environment, port=port, seed=seed, faults=faults)


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
    from contracts_runner.run.sandbox import load as load_data
    from contracts_runner.run.sandbox import render_defects

    opened = open_project(ctx, project)
    if list_defects:
        click.echo(render_defects(opened, environment))
        return
    click.echo(load_data(opened, environment, dsn=dsn, database=database, defects=defects, is_replacing=is_replacing))
