"""`contracts doctor`."""

import json
import os
from pathlib import Path

import click

from contracts_runner.cli.options import environment_option, open_project, project_option


@click.command()
@environment_option
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
@project_option
@click.pass_context
def doctor(ctx: click.Context, environment: str | None, form: str, project: Path | None) -> None:
    """Say what a run would stand on. Exits with 3 if it could not do its work."""
    from contracts_runner.redaction.json_text import escape_unsafe
    from contracts_runner.results.lines import as_json
    from contracts_runner.results.rows import FindingStatus
    from contracts_runner.run.diagnosis import diagnose, render_findings

    opened = open_project(ctx, project)
    findings = diagnose(opened, environment, os.environ)
    if form == "json":
        document = {"findings": [as_json(finding) for finding in findings]}
        click.echo(escape_unsafe(json.dumps(document, ensure_ascii=False)))
    else:
        click.echo(render_findings(findings, is_github=form == "github"))
    ctx.exit(3 if any(finding.status is FindingStatus.PROBLEM for finding in findings) else 0)
