"""`contracts audit`."""

from pathlib import Path

import click

from contracts_runner.cli.options import choose_root, environment_option, format_option, project_option


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="RUN | --legacy FILE...")
@click.option("--legacy", is_flag=True, help="Read reports (Markdown) and logs (JSONL) of other tools instead.")
@environment_option
@format_option("json", "github")
@project_option
@click.pass_context
def audit(
    ctx: click.Context,
    targets: tuple[str, ...],
    legacy: bool,
    environment: str | None,
    form: str,
    project: Path | None,
) -> None:
    """Recompute every figure and hash of RUN, and say what does not hold.

    RUN is a run's folder, its archive, its id, its name under runs/, or `last`: the newest run of the environment. With
    --legacy, FILEs are foreign reports and logs, each held against its own rows and against the others.

    Exit codes: 0 everything holds, 1 something does not, 2 there is no run.
    """
    from contracts_runner.run.audit import audit_files, audit_run, print_audit

    root = choose_root(ctx, project)
    report = audit_files(targets) if legacy else audit_run(targets, project=root, environment=environment)
    ctx.exit(print_audit(report, form))
