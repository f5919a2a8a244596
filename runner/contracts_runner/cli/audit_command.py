"""`contracts audit`."""

import os
from pathlib import Path

import click

from contracts_runner.cli.options import project_option


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="RUN | --legacy FILE...")
@click.option("--legacy", is_flag=True, help="Read reports (Markdown) and logs (JSONL) of other tools instead.")
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
@project_option
@click.pass_context
def audit(ctx: click.Context, targets: tuple[str, ...], legacy: bool, form: str, project: Path | None) -> None:
    """Recompute every figure and hash of RUN, and say what does not hold.

    RUN is a run's folder, its archive, or the name or id of a run in ./runs. With --legacy, FILEs are foreign reports
    and logs, each held against its own rows and against the others.

    Exit codes: 0 everything holds, 1 something does not, 2 there is no run.
    """
    from contracts_runner.run.audit import audit_files, audit_run, print_audit

    report = audit_files(targets) if legacy else audit_run(targets, project=project or ctx.find_root().obj)
    base = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    print_audit(report, form, base=base)
    ctx.exit(1 if report.violations else 0)
