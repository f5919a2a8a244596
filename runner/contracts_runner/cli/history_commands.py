"""The commands about several runs."""

from pathlib import Path

import click

from contracts_runner.cli.main import main
from contracts_runner.cli.shared_options import (
    build_environment_option,
    choose_root,
    format_option,
    last_run_option,
    project_option,
)
from contracts_runner.maintenance.printing import OutputFormat
from contracts_runner.reporting.phrases import Language


@main.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@last_run_option
@format_option(OutputFormat)
@project_option
def diff(before: str, after: str, environment: str | None, form: OutputFormat, project: Path | None) -> int:
    """Compare two runs: what is newly failing in B, fixed, newly known, slower.

    A and B are runs: a folder, an archive, an id, a name under runs/, or `last`. Slower is what a test of statistics
    tells apart from chance; which one is printed. Drift is what answers of operations that both runs asked have
    otherwise, though the spec may allow it. A project is not needed.

    Exit codes: 0 nothing is newly failing, 1 something failed or errored that did not in A, 2 there is no such run.
    """
    from contracts_runner.run.diff import print_diff

    return print_diff(before, after, project=choose_root(project), environment=environment, form=form)


@main.command()
@click.argument("identifier", metavar="[ID]", required=False)
@build_environment_option("The environment whose runs are looked at; else the default one.")
@click.option("--runs", "most", type=click.IntRange(1, 1000), default=30, show_default=True, help="How many at most.")
@click.option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True, help="What is printed."
)
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a page with the trends into this file instead, such as runs/index.html.",
)
@click.option(
    "--lang",
    type=click.Choice(tuple(map(str, Language))),
    default="en",
    show_default=True,
    help="Language of the page.",
)
@project_option
def history(
    identifier: str | None,
    environment: str | None,
    most: int,
    form: str,
    page: Path | None,
    lang: str,
    project: Path | None,
) -> None:
    """Tell how outcomes changed over the runs of an environment: trends, what broke when, what is flaky, and what
    answers had otherwise than before.

    The runs are those in ./runs and the project's runs, and those that their ledgers tell of. With ID: one scenario,
    property or warehouse check, run by run.
    """
    from contracts_runner.run.history_output import print_history

    print_history(
        identifier,
        project=choose_root(project),
        environment=environment,
        most=most,
        is_json=form == "json",
        page=page,
        language=lang,
    )
