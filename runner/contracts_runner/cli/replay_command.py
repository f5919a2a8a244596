"""`contracts replay`."""

from pathlib import Path

import click

from contracts_runner.cli.options import environment_option, open_project, project_option, run_options


@click.command()
@click.argument("run", metavar="RUN")
@click.argument("identifier", metavar="PROPERTY-ID")
@environment_option
@run_options("confirmed")
@project_option
@click.pass_context
def replay(
    ctx: click.Context,
    run: str,
    identifier: str,
    environment: str | None,
    confirmed: str | None,
    project: Path | None,
) -> None:
    """Send the requests of a property failure of RUN again.

    RUN is a run's folder, its archive, its id, its name under runs/, or `last`: the newest run of the environment.
    Without --env the requests go to the environment of the run. Exits with 1 if the defect shows again, with 0 if it
    does not, with 3 if no answer came.
    """
    from contracts_runner.run.replay import replay_finding

    opened = open_project(ctx, project)
    ctx.exit(replay_finding(opened, run, identifier, environment=environment, confirmed=confirmed))
