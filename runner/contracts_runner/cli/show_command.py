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

    The last outcome is that of the newest run in ./runs.
    """
    from contracts_runner.maintenance.description import describe
    from contracts_runner.reporting.text import make_visible
    from contracts_runner.run.last_outcome import describe_outcome, find_last_outcome

    description = describe(open_project(ctx, project), identifier)
    outcome = describe_outcome(find_last_outcome(Path("runs"), identifier))
    # Reasons quote what a service answered.
    click.echo(make_visible(f"{description}\n\n{outcome}"))
