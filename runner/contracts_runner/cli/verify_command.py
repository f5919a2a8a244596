"""`contracts verify`."""

from pathlib import Path

import click

from contracts_runner.cli.options import environment_option, open_project, output_option, project_option


@click.command()
@click.argument("selectors", metavar="[ID|GLOB|FILE]...", nargs=-1)
@environment_option
@output_option
@project_option
@click.pass_context
def verify(
    ctx: click.Context, selectors: tuple[str, ...], environment: str | None, output: Path | None, project: Path | None
) -> None:
    """Run the warehouse phase alone; the same as `contracts run --phase warehouse`."""
    from contracts_runner.cli.run_command import REPORTS
    from contracts_runner.model.phase import Phase
    from contracts_runner.run.execution import execute
    from contracts_runner.run.plan import RunOptions, plan_run

    options = RunOptions(
        environment=environment,
        selectors=selectors,
        phases=(Phase.WAREHOUSE,),
        is_phase_chosen=True,
        output=output,
        formats=REPORTS,
    )
    ctx.exit(execute(plan_run(open_project(ctx, project), options)))
