"""`contracts new`."""

from pathlib import Path

import click

from contracts_runner.cli.options import open_project, project_option
from contracts_runner.errors import UsageError


@click.command()
@click.argument("identifier", metavar="PROPERTY-ID")
@click.option(
    "--from",
    "run",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder of the run that found it.",
)
@click.option("--id", "scenario", default="NEW.1", show_default=True, help="Id of the new scenario.")
@project_option
@click.pass_context
def new(ctx: click.Context, identifier: str, run: Path, scenario: str, project: Path | None) -> None:
    """Print a scenario that sends the requests of a property failure, to be finished by its author."""
    from contracts_runner.properties.replaying import find_spec, load_finding
    from contracts_runner.properties.skeleton import render_scenario
    from contracts_runner.reporting.text import make_visible

    finding = load_finding(run, identifier)
    spec = find_spec(open_project(ctx, project).specs, finding)
    if spec is None:
        raise UsageError("no spec of the project has the operations of this finding")
    click.echo(make_visible(render_scenario(finding, spec, scenario)), nl=False)
