"""`contracts list`."""

from pathlib import Path

import click

from contracts_runner.cli.options import environment_option, open_project, project_option


@click.command()
@environment_option
@click.option("--tag", "tags", multiple=True, metavar="T", help="Only scenarios with this tag; may be repeated.")
@click.option("--sources", is_flag=True, help="Where each scenario comes from: operation, document, evidence.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown", "github"]),
    default="text",
    show_default=True,
)
@project_option
@click.pass_context
def list(
    ctx: click.Context, environment: str | None, tags: tuple[str, ...], sources: bool, form: str, project: Path | None
) -> None:
    """List what there is: scenarios and warehouse checks.

    With --env also what that environment accepts as known, and what its write policy keeps back.
    """
    from contracts_runner.maintenance.inventory import take_inventory
    from contracts_runner.maintenance.listing import render_inventory, render_sources
    from contracts_runner.maintenance.sources import list_sources
    from contracts_runner.redaction.json_text import escape_unsafe
    from contracts_runner.reporting.text import make_visible

    opened = open_project(ctx, project)
    inventory = take_inventory(opened, environment=environment, tags=tags)
    if sources:
        listed = {entry.id for entry in inventory.scenarios}
        text = render_sources([row for row in list_sources(opened) if row.id in listed], form)
    else:
        text = render_inventory(inventory, form)
    click.echo(escape_unsafe(text) if form == "json" else make_visible(text))
