"""`contracts doctor`."""

from pathlib import Path

import click

from contracts_runner.cli.options import environment_option, format_option, open_project, project_option


@click.command()
@environment_option
@format_option("json", "github")
@project_option
@click.pass_context
def doctor(ctx: click.Context, environment: str | None, form: str, project: Path | None) -> None:
    """Say what a run would stand on. Exits with 3 if it could not do its work."""
    from contracts_runner.run.diagnosis import print_diagnosis

    ctx.exit(print_diagnosis(open_project(ctx, project), environment, form))
