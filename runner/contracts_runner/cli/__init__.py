"""The command line, which only translates: options in, exit code out."""

import atexit
import io
import os
import sys
from typing import NoReturn

from contracts_runner.cli import commands  # noqa: F401 - adds the commands to the group
from contracts_runner.cli.main import main as run_command
from contracts_runner.signals import end_as_by_ctrl_c

__all__ = ["main"]


def main() -> NoReturn:
    """Run one command, and end the process with its exit code.

    It ends at once: Python would wait for threads of an abandoned run, whose answers are not needed any more, and a
    whole run would take a third of a second to free its objects one by one.
    """
    code: object = 0
    end_as_by_ctrl_c()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What the encoding of a console cannot show is printed as its escape.
            stream.reconfigure(errors="backslashreplace")
    try:
        run_command(prog_name="contracts")
    except SystemExit as end:
        code = end.code
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 1  # the reader of what was printed has closed the pipe
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)
