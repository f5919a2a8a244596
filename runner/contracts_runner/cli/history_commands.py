"""The commands about several runs."""

from pathlib import Path

import click

from contracts_runner.cli.main import main
from contracts_runner.cli.shared_options import choose_root, format_option, last_run_option, project_option
from contracts_runner.maintenance.printing import OutputFormat


@main.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@last_run_option
@format_option(OutputFormat)
@project_option
def diff(before: str, after: str, environment: str | None, form: OutputFormat, project: Path | None) -> int:
    """Compare two runs: what is newly failing in B, fixed, newly known, slower.

    A and B are runs: a folder, an archive, an id, a name under runs/, or `last`. Slower is what a test of statistics
    tells apart from chance; which one is printed. A project is not needed.

    Exit codes: 0 nothing is newly failing, 1 something failed or errored that did not in A, 2 there is no such run.
    """
    from contracts_runner.run.diff import print_diff

    return print_diff(before, after, project=choose_root(project), environment=environment, form=form)
