"""The group of commands. They are imported when one is used, so that `--help` and errors are quick."""

import gc
from pathlib import Path

import click

from contracts_runner import DISTRIBUTION
from contracts_runner.errors import ContractsError

# name -> help line, which is printed without importing the commands.
COMMANDS = {
    "run": "Run the contracts and write the evidence.",
    "check": "Look for mistakes in specs, contracts and settings; sends nothing.",
    "list": "List the scenarios and warehouse checks, or their sources.",
    "show": "Show one scenario or warehouse check with its last outcome.",
    "verify": "Run the warehouse phase alone.",
    "replay": "Send the requests of a property failure again.",
    "new": "Print a scenario made from a property failure.",
    "audit": "Recompute every figure and hash of a run; print what does not hold.",
    "report": "Render a run's reports again from its ledger.",
    "sandbox": "Serve the application of a sandbox environment until Ctrl-C.",
    "doctor": "Print what a run would depend on: versions, credentials, reachability, ClickHouse.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when one is used; what a command returns is its exit code, None for 0."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - Click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        from contracts_runner.cli import commands

        members = (member for member in vars(commands).values() if isinstance(member, click.Command))
        return next(command for command in members if command.name == cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(f"{error.message.rstrip('.')}{_suggest(args[0])}", ctx) from error

    def invoke(self, ctx: click.Context) -> object:
        try:
            code = super().invoke(ctx)
        except ContractsError as error:
            from contracts_runner.reporting.text import make_visible

            # Messages quote files of others, such as a spec or a run. Click would exit with 1, which means that a
            # contract failed.
            click.echo(make_visible(str(error)), err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            ctx.exit(130)
        ctx.exit(code or 0)


def _suggest(word: str) -> str:
    from contracts_runner.reading.suggest import find_similar

    close = find_similar(word, COMMANDS)
    return f"; did you mean '{close}'?" if close else ""


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=DISTRIBUTION, prog_name="contracts")
@click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that holds contracts.yaml; may also follow the command.",
)
@click.pass_context
def main(ctx: click.Context, project: Path | None) -> None:
    """Contract tests for APIs that somebody else runs, with proof for every word in the report."""
    # A project is a hundred thousand objects that stay, none of them garbage. By default Python looks through all of
    # them again and again, which takes half a second of a run.
    gc.set_threshold(100_000, 20, 100)
    ctx.obj = project
