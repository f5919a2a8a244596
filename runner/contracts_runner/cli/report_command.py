"""`contracts report`."""

from pathlib import Path

import click

from contracts_runner.cli.options import project_option
from contracts_runner.errors import RunFolderError


@click.command()
@click.argument("run", type=click.Path(path_type=Path, exists=True))
@project_option
@click.pass_context
def report(ctx: click.Context, run: Path, project: Path | None) -> None:
    """Render the reports of RUN again, from its ledger alone.

    RUN is a run's folder. A run that was killed is rendered as incomplete.
    """
    from contracts_runner.cli.options import open_project
    from contracts_runner.cli.run_command import REPORTS
    from contracts_runner.evidence.manifest import write_archive, write_manifest
    from contracts_runner.run.finish import find_exit_code, print_results, write_reports
    from contracts_runner.run.templates import list_template_folders

    if not (run / "ledger.jsonl").is_file():
        raise RunFolderError(f"{run} holds no ledger.jsonl: name the folder of a run")
    templates = open_project(ctx, project).templates
    results = write_reports(run, formats=REPORTS, templates=list_template_folders(templates))
    write_manifest(run)
    write_archive(run)
    print_results(results, run, formats=REPORTS)
    ctx.exit(find_exit_code(results, is_strict=False))
