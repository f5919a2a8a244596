"""Options that several commands share, what they mean, and the options of `contracts run` as Click's."""

import functools
import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

import click
from click.core import ParameterSource

from contracts_runner.errors import UsageError
from contracts_runner.run.options import LAST, OPTIONS, Given, Kind, Option, RunOptions

if TYPE_CHECKING:
    from contracts_runner.project.project import Project

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

project_option: Decorator = click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that holds contracts.yaml, or `shipped`.",
)

into_option: Decorator = click.option(
    "--into",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Add the scenarios to this contract file, whose comments and layout stay.",
)


def format_option(kind: type[StrEnum]) -> Decorator:
    """Return the option for the form of what is printed, as a member of `kind`; its first one is the default."""
    words = [str(member) for member in kind]
    return click.option(
        "--format",
        "form",
        type=click.Choice(words),
        default=words[0],
        show_default=True,
        callback=lambda _ctx, _param, word: kind(word),
    )


def run_options(*names: str) -> Decorator:
    """Return the options of `contracts run` of these names, all without any."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names or tuple(OPTIONS)):
            option = OPTIONS[name]
            if option.kind is Kind.ARGUMENTS:
                command = click.argument(name, metavar=option.metavar, nargs=-1)(command)
            elif option.flag is not None:
                shape = _shape(name, option)
                command = click.option(option.flag, name, help=option.help, metavar=option.metavar, **shape)(command)
        return command

    return decorate


environment_option = run_options("environment")


def build_environment_option(text: str) -> Decorator:
    """Return the option --env of a command that goes to no environment, or not to the default one."""
    return click.option("--env", "environment", metavar="NAME", help=text)


last_run_option = build_environment_option(f"The environment whose newest run `{LAST}` is; else the default one.")


def list_given() -> dict[str, Given]:
    """Return name -> value of the options of `contracts run` that the command line gives."""
    ctx = click.get_current_context()
    return {
        name: value
        for name, value in ctx.params.items()
        if name in OPTIONS and value != () and ctx.get_parameter_source(name) is not ParameterSource.DEFAULT
    }


def _shape(name: str, option: Option) -> dict[str, Any]:
    match option.kind:
        case Kind.TEXT if option.alone is not None:
            return {"is_flag": False, "flag_value": option.alone}
        case Kind.TEXT | Kind.ARGUMENTS:
            return {}
        case Kind.SWITCH:
            return {"is_flag": True}
        case Kind.NUMBER:
            default = getattr(RunOptions(), name)
            return {"type": int, "default": default, "show_default": default is not None}
        case Kind.FOLDER:
            return {"type": click.Path(path_type=Path, file_okay=False)}
        case Kind.CHOICE:
            return {"type": click.Choice(option.words)}
        case Kind.WORDS:
            return {"callback": _parse_words(option.words)}
        case Kind.REPEATED:
            return {"multiple": True}
        case _:
            assert_never(option.kind)


def _parse_words(words: tuple[str, ...]) -> Callable[[click.Context, click.Parameter, str | None], tuple[str, ...]]:
    """Return a callback that splits an option at its commas; each word must be one of `words`. Left out: ()."""

    def parse(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
        chosen = tuple(part.strip() for part in value.split(",")) if value else ()
        for word in chosen:
            if word not in words:
                raise click.BadParameter(f"'{word}' is not one of {', '.join(words)}", ctx, param)
        return chosen

    return parse


def choose_root(project: Path | None) -> Path | None:
    """Return the folder that --project names, before or after the command."""
    root: Path | None = click.get_current_context().find_root().obj
    return project or root


def find_project_root(project: Path | None) -> Path:
    """Return the folder of the project that the options, the environment or the current folder name."""
    from contracts_runner.project.root import find_root

    return find_root(choose_root(project), os.environ, Path.cwd())


def name_project(project: Path | None) -> str:
    """Return that folder as --project has it, "" without the option."""
    root = choose_root(project)
    return "" if root is None else str(root)


def open_project(project: Path | None) -> "Project":
    """Load that project."""
    from contracts_runner.project.project import load_project

    return load_project(find_project_root(project), named=name_project(project))


def open_project_if(project: Path | None, *, is_needed: bool) -> "Project | None":
    """Load that project; None if there is none and it is not needed."""
    try:
        find_project_root(project)
    except UsageError:
        if is_needed or choose_root(project) is not None or os.environ.get("CONTRACTS_PROJECT"):
            raise
        return None
    return open_project(project)


def pass_project(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option --project, and the loaded project as its first argument."""

    @project_option
    @functools.wraps(command)
    def open_and_call(project: Path | None, **values: object) -> object:
        return command(open_project(project), **values)

    return open_and_call
