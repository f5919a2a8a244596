"""`contracts run`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from contracts_runner.cli.options import environment_option, open_project, output_option, project_option
from contracts_runner.engine.selection import parse_shard
from contracts_runner.model.environment import WritePolicy
from contracts_runner.project.settings.property_form import PHASES as PROPERTY_PHASES
from contracts_runner.run.confirmation import confirm_writes

if TYPE_CHECKING:
    from contracts_runner.run.plan import RunOptions

PHASES = ("scenarios", "properties", "warehouse")
REPORTS = ("html", "md", "junit", "csv")
FORMATS = (*REPORTS, "json")


def parse_words(words: tuple[str, ...]) -> Callable[[click.Context, click.Parameter, str | None], tuple[str, ...]]:
    """Return a callback that splits an option at its commas; each word must be one of `words`. Left out: ()."""

    def parse(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
        chosen = tuple(part.strip() for part in value.split(",")) if value else ()
        for word in chosen:
            if word not in words:
                raise click.BadParameter(f"'{word}' is not one of {', '.join(words)}", ctx, param)
        return chosen

    return parse


@click.command()
@click.argument("selectors", metavar="[ID|GLOB|FILE]...", nargs=-1)
@environment_option
@click.option("--tag", "tags", multiple=True, metavar="T", help="Only scenarios with this tag; may be repeated.")
@click.option(
    "--phase", "phases", callback=parse_words(PHASES), metavar="P,...", help=f"Only these: {', '.join(PHASES)}."
)
@click.option(
    "--properties",
    "property_phases",
    callback=parse_words(PROPERTY_PHASES),
    metavar="P,...",
    help=f"Ways to generate requests: {', '.join(PROPERTY_PHASES)}; else the environment's.",
)
@click.option("--jobs", type=click.IntRange(1, 256), help="Scenarios at a time; else the environment's `jobs`.")
@click.option("--seed", type=int, default=1, show_default=True, help="Recorded; generated data derives from it.")
@click.option("--shard", metavar="I/N", help="Only the I-th of N parts of the selection.")
@click.option("--fail-fast", is_flag=True, help="Start no further scenario after one that failed or errored.")
@output_option
@click.option(
    "--format",
    "formats",
    callback=parse_words(FORMATS),
    metavar="F,...",
    help=f"Reports to write: {', '.join(FORMATS)}; json also prints results.json on stdout.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Show the requests that would be sent, and what is kept back and why; send and write nothing. What is known "
    "only when a step runs (captures, ${now}, ${uuid}) is shown as its expression.",
)
@click.option(
    "--writes",
    type=click.Choice([str(policy) for policy in WritePolicy]),
    help="Instead of the environment's `writes`.",
)
@click.option(
    "--resume",
    metavar="RUN",
    help="Finish this run (its folder, or its id under runs/), which was killed or interrupted: pending cleanup first, "
    "then what had not begun. No finished step is sent again. The other options are those of the run.",
)
@click.option(
    "--yes-write-to",
    metavar="NAME",
    help="Confirms `writes: allow` for the environment NAME, marked `protected`, where there is no terminal to ask on.",
)
@click.option("--skip-missing", is_flag=True, help="Skip what needs a credential that is not set.")
@click.option("--strict", is_flag=True, help="Exit with 1 on `fixed` too.")
@click.option(
    "--publish", is_flag=True, help="Write the results to the environment's `publish`, or $CONTRACTS_PUBLISH_DSN."
)
@project_option
@click.pass_context
def run(
    ctx: click.Context,
    selectors: tuple[str, ...],
    environment: str | None,
    tags: tuple[str, ...],
    phases: tuple[str, ...],
    property_phases: tuple[str, ...],
    jobs: int | None,
    seed: int,
    shard: str | None,
    fail_fast: bool,
    output: Path | None,
    formats: tuple[str, ...],
    dry_run: bool,
    writes: str | None,
    resume: str | None,
    yes_write_to: str | None,
    skip_missing: bool,
    strict: bool,
    publish: bool,
    project: Path | None,
) -> None:
    """Run the contracts and write the evidence.

    An environment marked `protected: true` is written to only after its name was typed, or with --yes-write-to NAME.

    Exit codes: 0 nothing failed or errored, 1 a contract failed, 2 wrong use or nothing selected, 3 could not find
    out, 130 interrupted.
    """
    from contracts_runner.run.plan import RunOptions, plan_run

    options = RunOptions(
        environment=environment,
        selectors=selectors,
        tags=tags,
        phases=phases or PHASES,
        is_phase_chosen=bool(phases),
        jobs=jobs,
        seed=seed,
        shard=parse_shard(shard) if shard else None,
        is_fail_fast=fail_fast,
        output=output,
        formats=formats or REPORTS,
        writes=WritePolicy(writes) if writes else None,
        is_missing_skipped=skip_missing,
        is_strict=strict,
        is_published=publish,
        property_phases=property_phases,
    )
    if resume is not None:
        options = _take_up(ctx, resume, options)
    plan = plan_run(open_project(ctx, project), options)
    if dry_run:
        from contracts_runner.reporting.text import make_visible
        from contracts_runner.run.preview import show_plan

        click.echo(make_visible(show_plan(plan)))
        return
    confirm_writes(plan.environment, confirmed=yes_write_to)
    from contracts_runner.run.execution import execute

    ctx.exit(execute(plan))


# Parameter of the command -> field of RunOptions.
_FIELDS = {
    "environment": "environment",
    "selectors": "selectors",
    "tags": "tags",
    "phases": "phases",
    "property_phases": "property_phases",
    "jobs": "jobs",
    "seed": "seed",
    "shard": "shard",
    "fail_fast": "is_fail_fast",
    "formats": "formats",
    "writes": "writes",
    "skip_missing": "is_missing_skipped",
    "strict": "is_strict",
    "publish": "is_published",
}


def _take_up(ctx: click.Context, name: str, options: "RunOptions") -> "RunOptions":
    """Return the options of the run that is to be resumed."""
    from contracts_runner.run.resume import open_resumption, recall_options

    given = {name for name in ctx.params if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT}
    for parameter, option in (("output", "--output"), ("dry_run", "--dry-run")):
        if parameter in given:
            raise click.UsageError(f"{option} cannot stand beside --resume", ctx)
    names = {field for parameter, field in _FIELDS.items() if parameter in given and ctx.params[parameter] != ()}
    return recall_options(open_resumption(name), options, names)
