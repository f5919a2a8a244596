"""`contracts replay`."""

from pathlib import Path

import click

from contracts_runner.cli.options import environment_option, open_project, project_option


@click.command()
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("identifier", metavar="PROPERTY-ID")
@environment_option
@click.option("--yes-write-to", metavar="NAME", help="Confirms `writes: allow` for a `protected` environment.")
@project_option
@click.pass_context
def replay(
    ctx: click.Context,
    run: Path,
    identifier: str,
    environment: str | None,
    yes_write_to: str | None,
    project: Path | None,
) -> None:
    """Send the requests of a property failure of RUN again.

    Without --env they go to the environment of the run. Exits with 1 if the defect shows again, with 0 if it does not,
    with 3 if no answer came.
    """
    from contracts_runner.run.replay import replay_finding

    ctx.exit(replay_finding(open_project(ctx, project), run, identifier, environment, confirmed=yes_write_to))
