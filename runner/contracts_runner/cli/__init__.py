"""The command line, which only translates: options in, exit code out."""

import gc
from typing import NoReturn

from contracts_runner import streams
from contracts_runner.cli.main import main as run_command
from contracts_runner.signals import end_as_by_ctrl_c

__all__ = ["main", "run_command"]


def main() -> NoReturn:
    """Run one command, and end the process with its exit code."""
    code: object = 0
    gc.disable()  # until the command begins: what it imports is no garbage
    end_as_by_ctrl_c()
    stdout, stderr = streams.install()
    try:
        run_command(prog_name="contracts")
    except SystemExit as end:
        code = end.code
    streams.leave(stdout, stderr, code if isinstance(code, int) else 0 if code is None else 1)
