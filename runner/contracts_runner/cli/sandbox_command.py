"""`contracts sandbox`."""

import contextlib
import os
import time
from pathlib import Path

import click

from contracts_runner.cli.options import environment_option, open_project, project_option
from contracts_runner.errors import UsageError

_LONG = 3600.0


@click.command()
@environment_option
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; else a free one.")
@click.option("--seed", type=int, help="Seed of the application's data; else that of contracts.yaml.")
@click.option("--fault", "faults", multiple=True, metavar="NAME", help="A defect to plant; may be repeated.")
@click.option("--list-faults", is_flag=True, help="List the defects that the application knows; serve nothing.")
@project_option
@click.pass_context
def sandbox(
    ctx: click.Context,
    environment: str | None,
    port: int,
    seed: int | None,
    faults: tuple[str, ...],
    list_faults: bool,
    project: Path | None,
) -> None:
    """Serve the application of a sandbox environment until Ctrl-C.

    All requests meet one world, unlike the scenarios of a run, which have one each.
    """
    from contracts_runner.maintenance.examples import iter_examples
    from contracts_runner.maintenance.sandbox_app import choose_environment, configure_app, find_faults
    from contracts_runner.maintenance.tables import render_columns
    from contracts_runner.project.environments import resolve_environment
    from contracts_runner.sandbox.server import serve_sandbox

    opened = open_project(ctx, project)
    chosen = resolve_environment(opened.settings, choose_environment(opened.settings, environment), os.environ)
    assert chosen.sandbox is not None
    if list_faults:
        known = find_faults(chosen.sandbox.app)
        if not known:
            raise UsageError(f"the sandbox application '{chosen.sandbox.app}' lists no faults")
        click.echo(render_columns(("Fault", "What it breaks"), list(known.items())))
        return
    app = configure_app(chosen.sandbox, seed=seed, faults=faults)
    with contextlib.suppress(KeyboardInterrupt), serve_sandbox(app, port=port) as base_url:
        click.echo(f"Serving {app.app} (environment {chosen.name}) at {base_url}")
        click.echo(f"faults: {', '.join(faults) or 'none'}; one world for all requests; Ctrl-C ends it")
        for spec in opened.specs.values():
            for line in iter_examples(spec, chosen, base_url):
                click.echo(line)
        while True:
            time.sleep(_LONG)
