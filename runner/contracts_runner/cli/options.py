"""Options that several commands share, and what they mean."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from contracts_runner.project.project import Project, load_project
from contracts_runner.project.root import find_root

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

project_option: Decorator = click.option(
    "--project", type=click.Path(path_type=Path, file_okay=False), help="Folder that holds contracts.yaml."
)
environment_option: Decorator = click.option(
    "--env", "environment", metavar="NAME", help="Environment of contracts.yaml; else its default_environment."
)
output_option: Decorator = click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder for the run's files; else a new one."
)


def open_project(ctx: click.Context, project: Path | None) -> Project:
    """Load the project that the options, the environment or the current folder name."""
    chosen = project or ctx.find_root().obj
    return load_project(find_root(chosen, os.environ, Path.cwd()))
