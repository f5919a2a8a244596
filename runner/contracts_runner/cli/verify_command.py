"""`contracts verify`."""

from pathlib import Path

import click

from contracts_runner.cli.options import list_given, open_project, project_option, run_options


@click.command()
@run_options("selectors", "environment", "output")
@project_option
@click.pass_context
def verify(ctx: click.Context, /, project: Path | None, **_: object) -> None:
    """Run the warehouse phase alone; the same as `contracts run --phase warehouse`."""
    from contracts_runner.run.execution import run_contracts

    ctx.exit(run_contracts(open_project(ctx, project), {**list_given(ctx), "phases": ("warehouse",)}))
