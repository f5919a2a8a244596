"""`contracts report`."""

from pathlib import Path

import click

from contracts_runner.cli.options import environment_option, open_project, project_option


@click.command()
@click.argument("run", metavar="RUN")
@environment_option
@project_option
@click.pass_context
def report(ctx: click.Context, run: str, environment: str | None, project: Path | None) -> None:
    """Render the reports of RUN again, from its ledger alone.

    RUN is a run's folder, its archive, its id, its name under runs/, or `last`: the newest run of the environment. An
    archive is unpacked into the folder of its name beside it, which must not be there yet. A run that was killed is
    rendered as incomplete.
    """
    from contracts_runner.run.finish import report_run

    ctx.exit(report_run(open_project(ctx, project), run, environment))
