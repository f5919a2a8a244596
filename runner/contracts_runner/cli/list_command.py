"""`contracts list`."""

from pathlib import Path

import click

from contracts_runner.cli.options import environment_option, format_option, open_project, project_option


@click.command()
@environment_option
@click.option("--tag", "tags", multiple=True, metavar="T", help="Only scenarios with this tag; may be repeated.")
@click.option("--sources", is_flag=True, help="Where each scenario comes from: operation, document, evidence.")
@format_option("json", "markdown", "github")
@project_option
@click.pass_context
def list(
    ctx: click.Context, environment: str | None, tags: tuple[str, ...], sources: bool, form: str, project: Path | None
) -> None:
    """List what there is: scenarios and warehouse checks.

    With --env also what that environment accepts as known, and what its write policy keeps back.
    """
    from contracts_runner.run.inspection import print_list

    print_list(open_project(ctx, project), form, environment=environment, tags=tags, is_sources=sources)
