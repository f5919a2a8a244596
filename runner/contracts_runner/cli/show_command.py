"""`contracts show`."""

from pathlib import Path

import click

from contracts_runner.cli.options import open_project, project_option


@click.command()
@click.argument("identifier", metavar="ID")
@project_option
@click.pass_context
def show(ctx: click.Context, identifier: str, project: Path | None) -> None:
    """Show one scenario or warehouse check: what it sends and expects, where it comes from, its last outcome.

    The last outcome is that of the newest run, folder or archive, in ./runs and the project's runs.
    """
    from contracts_runner.run.last_outcome import show as show_scenario

    click.echo(show_scenario(open_project(ctx, project), identifier))
