"""`contracts check`."""

import os
from pathlib import Path

import click

from contracts_runner.cli.options import choose_root, format_option, project_option
from contracts_runner.project.root import find_root


@click.command()
@format_option("json", "github")
@click.option("--strict", is_flag=True, help="Exit with 2 on warnings too.")
@project_option
@click.pass_context
def check(ctx: click.Context, form: str, strict: bool, project: Path | None) -> None:
    """Look for mistakes in specs, contracts and settings. Nothing is sent.

    Exit codes: 0 no errors, 2 errors.
    """
    from contracts_runner.run.inspection import print_check

    ctx.exit(print_check(find_root(choose_root(ctx, project), os.environ, Path.cwd()), form, is_strict=strict))
