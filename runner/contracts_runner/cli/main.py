"""The group of commands."""

import gc
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click

from contracts_runner import DISTRIBUTION
from contracts_runner.errors import ContractsError
from contracts_runner.faults import Fault, guard

_MODULES = ("running", "commands", "document_commands", "history_commands")
_KNOWN = (ContractsError, click.ClickException, click.Abort, click.exceptions.Exit)


class CommandGroup(click.Group):
    """Commands in the order of their modules, which are imported until the one that is asked for is there. What a
    command returns is its exit code, None for 0; errors are printed."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for module in _MODULES:
            if cmd_name in self.commands:
                break
            import_module(f"contracts_runner.cli.{module}")
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        self.get_command(ctx, "")
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        try:
            code = guard(lambda: super(CommandGroup, self).invoke(ctx), _report, raised=_KNOWN)
        except ContractsError as error:
            from contracts_runner.reporting.text import make_visible

            # Messages quote files of others, such as a spec or a run. Click would exit with 1, which means that a
            # contract failed.
            click.echo(make_visible(str(error)), err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            ctx.exit(130)
        ctx.exit(code or 0)


def list_commands(group: click.Group) -> dict[str, click.Command]:
    """Return name -> command of a group, in the order of its help."""
    context = click.Context(group)
    names = group.list_commands(context)
    return {name: command for name in names if (command := group.get_command(context, name))}


def iter_words(group: click.Group) -> Iterator[tuple[str, str, str]]:
    """Yield each command and option of a group: its name, what it is, and its help in one line."""
    for name, command in list_commands(group).items():
        yield name, "command", " ".join((command.help or "").partition("\n\n")[0].split())
        for option in command.params:
            if isinstance(option, click.Option) and option.help:
                yield option.opts[-1].lstrip("-"), f"option of `contracts {name}`", option.help


def _report(fault: Fault) -> int:
    click.echo(f"contracts broke off: {fault}; what was recorded until then is in the run's folder", err=True)
    return 3


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=DISTRIBUTION, prog_name="contracts")
@click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that holds contracts.yaml, or `shipped`; may also follow the command.",
)
@click.pass_context
def main(ctx: click.Context, project: Path | None) -> None:
    """Contract tests for APIs that somebody else runs, with proof for every word in the report."""
    # A project is a hundred thousand objects that stay, none of them garbage. By default Python looks through all of
    # them again and again, which takes half a second of a run.
    gc.set_threshold(200_000, 20, 100)
    gc.enable()
    ctx.obj = project
