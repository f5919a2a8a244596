"""The commands about documents: what of them is covered, and what a change of one breaks."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contracts_runner.cli.main import main
from contracts_runner.cli.shared_options import (
    build_environment_option,
    format_option,
    last_run_option,
    list_given,
    open_project_if,
    pass_project,
    project_option,
    run_options,
)
from contracts_runner.maintenance.printing import ListFormat, OutputFormat

if TYPE_CHECKING:
    from contracts_runner.project.project import Project


@main.command()
@build_environment_option("Only what the runs of this environment have seen; else of all.")
@click.option("--runs", "most", type=click.IntRange(0), default=20, show_default=True, help="So many runs of each.")
@click.option("--fail-under", type=click.FloatRange(0, 100), help="Exit with 1 if less of a hundred parts is covered.")
@click.option("--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="Also write a heat map.")
@format_option(OutputFormat)
@pass_project
def coverage(
    project: "Project",
    environment: str | None,
    most: int,
    fail_under: float | None,
    page: Path | None,
    form: OutputFormat,
) -> int:
    """Tell which parts of the documents contracts and runs have touched.

    Parts are operations, their statuses, media types, parameters (and values of an enum), properties of bodies. A
    contract asserts one (it says what it must be) or exercises it; else runs have observed it; else it was never
    probed. Nothing is sent. What the runs tell of each endpoint follows: first and last seen, state, latency.

    Exit codes: 0, 1 below --fail-under, 2 wrong use.
    """
    from contracts_runner.run.coverage import print_coverage

    return print_coverage(project, form, environment=environment, most=most, fail_under=fail_under, page=page)


@main.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", required=False)
@click.option("--spec", "key", metavar="KEY", help="The spec of contracts.yaml whose contracts are meant.")
@click.option("--fix", is_flag=True, help="Write what follows mechanically into the contracts, and list what is left.")
@format_option(ListFormat)
@project_option
def impact(old: str, new: str | None, key: str | None, fix: bool, form: ListFormat, project: Path | None) -> int:
    """Tell what changed between two OpenAPI documents, and which scenarios and checks use it.

    OLD and NEW are files, or revisions of git: `HEAD~1:` is the spec as it was, `HEAD~1:spec/api.yaml` a file of it.
    Without NEW, OLD is compared with the project's own spec. The overlays of the spec are laid over both.

    With --fix new names of operations, parameters and properties, and another status or media type in the place of one,
    are written into the contract files, whose comments and layout stay.

    Exit codes: 0 nothing breaks, 1 something does, 2 wrong use or a document that cannot be read.
    """
    from contracts_runner.maintenance.impact.documents import needs_project
    from contracts_runner.run.impacts import print_impact

    opened = open_project_if(project, is_needed=fix or needs_project(old, new, key, Path.cwd()))
    return print_impact(opened, old, new, form, key=key, is_fixing=fix)


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path, dir_okay=False))
@build_environment_option("The environment; else the one whose addresses most requests went to.")
@run_options("output", "formats", "artifacts", "language", "is_quiet", "is_verbose")
@pass_project
def observe(project: "Project", files: Sequence[Path], **_: object) -> int:
    """Judge recorded traffic by the documents: a run in which nothing is sent.

    FILE is a HAR archive, as browsers, mitmproxy, Playwright and Charles write it. Each answer of an operation is
    checked against the document as that of a run is, and is a step of the row `observed:OPERATION`. Without --env the
    environment is the one whose addresses most requests went to. Other requests are counted, with the reason; of a
    route that no document has the nearest operations are told.

    Exit codes: 0 nothing failed or errored, 1 an answer breaks the document, 2 wrong use, a file that is no HAR, or
    nothing to judge, 3 could not find out, 130 interrupted.
    """
    from contracts_runner.run.observing.observing import observe as observe_traffic

    return observe_traffic(project, files, list_given())


@main.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@last_run_option
@click.option("--spec", "key", metavar="KEY", help="Only of this spec of contracts.yaml.")
@click.option(
    "--all",
    "is_all",
    is_flag=True,
    help="Also what was in places that the document leaves open (objects without properties, arrays without items, "
    "what is marked as unknown), and what was so in each of many answers: members always there, the only words.",
)
@pass_project
def learn(project: "Project", runs: Sequence[str], environment: str | None, key: str | None, is_all: bool) -> int:
    """Print what recorded answers show that the documents do not say, as an overlay.

    Members, types, nulls, values, statuses, media types and headers that the document does not have, each at the place
    where it belongs, with `x-evidence: observed` and how often it came. Values are not written, but for words that came
    again and again. Nothing is applied: read it, keep what is meant to be, and name it among the overlays of the spec.

    Exit codes: 0, 2 wrong use.
    """
    from contracts_runner.run.learning import print_learned

    return print_learned(project, runs, environment=environment, key=key, is_all=is_all)
