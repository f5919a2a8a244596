"""Asks before an environment that is marked `protected: true` is written to (docs/design.md, Safety)."""

import sys

import click

from contracts_runner.errors import UsageError
from contracts_runner.model.environment import Environment, WritePolicy


def confirm_writes(environment: Environment, *, confirmed: str | None) -> None:
    """Return if the environment may be written to as its policy says; raises UsageError if nobody confirmed it.

    Only `writes: allow` of a protected environment is asked for: the environment's name, on the terminal, or as
    `confirmed`, the value of --yes-write-to. A name that is wrong is never asked for again.
    """
    name = environment.name
    if confirmed is not None and confirmed != name:
        raise UsageError(f"--yes-write-to {confirmed}: the environment is '{name}'; nothing was sent")
    if not environment.is_protected or environment.writes is not WritePolicy.ALLOW or confirmed is not None:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            f"the environment '{name}' is protected, and `writes` is allow: there is no terminal to ask on. "
            f"Confirm with --yes-write-to {name}, or run with --writes block; nothing was sent"
        )
    typed = click.prompt(
        f"'{name}' is protected, and this run may write to it. Type its name to go on", err=True, default=""
    )
    if typed.strip() != name:
        raise UsageError(f"'{name}' was not typed; nothing was sent")
