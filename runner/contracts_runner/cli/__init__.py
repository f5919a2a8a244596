"""The command line: one file per command, which only translates."""

import atexit
import os
import sys
from typing import NoReturn

from contracts_runner.cli.main import main as commands

__all__ = ["main"]


def main() -> NoReturn:
    """Run one command, and end the process with its exit code.

    It ends at once: half a second of a run would be Python and the embedded ClickHouse taking their heaps apart.
    """
    code: object = 0
    try:
        commands(prog_name="contracts")
    except SystemExit as end:
        code = end.code
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 1  # nobody reads any more what was printed
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)
