"""`contracts check`."""

import os
from pathlib import Path

import click

from contracts_runner.cli.options import project_option


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Exit with 2 on warnings too.")
@project_option
@click.pass_context
def check(ctx: click.Context, form: str, strict: bool, project: Path | None) -> None:
    """Look for mistakes in specs, contracts and settings. Nothing is sent.

    Exit codes: 0 no errors, 2 errors.
    """
    from contracts_runner.engine.ports import SystemClock
    from contracts_runner.maintenance.lint.project_check import check_project
    from contracts_runner.maintenance.lint.report import render_count, render_github, render_json, render_text
    from contracts_runner.project.root import find_root
    from contracts_runner.redaction.json_text import escape_unsafe
    from contracts_runner.reporting.text import make_visible

    # Problems quote documents, which may be others'.
    root = find_root(project or ctx.find_root().obj, os.environ, Path.cwd())
    report = check_project(root, today=SystemClock().now().date())
    match form:
        case "json":
            click.echo(escape_unsafe(render_json(report, is_strict=strict)))
        case "github":
            base = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
            if report.problems:
                click.echo(make_visible(render_github(report, base=base)))
            click.echo(render_count(report), err=True)
        case _:
            click.echo(make_visible(render_text(report)))
    ctx.exit(0 if report.is_ok(is_strict=strict) else 2)
