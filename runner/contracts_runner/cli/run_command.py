"""`contracts run`."""

from pathlib import Path

import click

from contracts_runner.cli.options import list_given, open_project, project_option, run_options


@click.command()
@run_options()
@project_option
@click.pass_context
def run(ctx: click.Context, /, project: Path | None, **_: object) -> None:
    """Run the contracts and write the evidence.

    An environment marked `protected: true` is written to only after its name was typed, or with --yes-write-to NAME.

    Exit codes: 0 nothing failed or errored, 1 a contract failed, 2 wrong use or nothing selected, 3 could not find
    out, 130 interrupted.
    """
    from contracts_runner.run.execution import run_contracts

    ctx.exit(run_contracts(open_project(ctx, project), list_given(ctx)))
