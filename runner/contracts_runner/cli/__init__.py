"""The command line: one file per command, which only translates."""

from contracts_runner.cli.main import main

__all__ = ["main"]
