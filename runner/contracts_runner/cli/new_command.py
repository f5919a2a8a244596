"""`contracts new`."""

from pathlib import Path

import click

from contracts_runner.cli.options import environment_option, open_project, project_option
from contracts_runner.run.runs import RUN


@click.command()
@click.argument("identifier", metavar="PROPERTY-ID")
@click.option(
    "--from",
    "run",
    metavar="RUN",
    required=True,
    help=f"The run that found it: {RUN}.",
)
@click.option("--id", "scenario", default="NEW.1", show_default=True, help="Id of the new scenario.")
@environment_option
@project_option
@click.pass_context
def new(
    ctx: click.Context, identifier: str, run: str, scenario: str, environment: str | None, project: Path | None
) -> None:
    """Print a scenario that sends the requests of a property failure, to be finished by its author."""
    from contracts_runner.run.replay import render_skeleton

    opened = open_project(ctx, project)
    click.echo(render_skeleton(opened, run, identifier, environment=environment, scenario=scenario), nl=False)
