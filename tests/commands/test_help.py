"""`--help` of every command works and is quick: what a command works with is imported when it works."""

import os
import subprocess
import sys

import pytest

from contracts_runner.cli.main import main

HEAVY = ("schemathesis", "hypothesis", "clickhouse_connect", "jinja2", "rich")
SHOW_HELP = f"""
import sys
from contracts_runner.cli.main import main
try:
    main(sys.argv[1:], prog_name="contracts")
except SystemExit as end:
    assert end.code == 0, end.code
print("imported:", [name for name in {HEAVY} if name in sys.modules])
"""


@pytest.mark.parametrize("command", [[], *([name] for name in main.commands), ["sandbox", "load"]], ids=" ".join)
def test_help_of_a_command_imports_nothing_heavy(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOW_HELP, *command, "--help"],
        env=os.environ,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )

    assert done.stdout.startswith("Usage: contracts"), done.stderr
    assert done.stdout.endswith("imported: []\n")
