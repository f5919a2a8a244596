"""`--help` of every command works and is quick: what a command works with is imported when it works."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from contracts_runner.cli.main import list_commands, main

HEAVY = ("schemathesis", "hypothesis", "clickhouse_connect", "jinja2", "rich", "croniter", "prometheus_client")
SHOW_HELP = f"""
import sys
from contracts_runner.cli.main import main
try:
    main(sys.argv[1:], prog_name="contracts")
except SystemExit as end:
    assert end.code == 0, end.code
print("imported:", [name for name in {HEAVY} if name in sys.modules])
"""


@pytest.mark.parametrize("command", [[], *([name] for name in list_commands(main)), ["sandbox", "load"]], ids=" ".join)
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


@pytest.mark.parametrize(
    ("command", "words"),
    [
        *((name, "whose newest run `last` is; else the default one") for name in ("audit", "report", "new")),
        ("replay", "Where to send, and whose newest run `last` is; else where the run was sent"),
        ("list", "Also what this environment accepts as known, and what its write policy keeps back"),
        ("run", "Environment of contracts.yaml; else its default_environment"),
    ],
)
def test_the_help_of_env_says_what_the_environment_is_for(command: str, words: str) -> None:
    done = CliRunner().invoke(main, [command, "--help"])

    assert words in " ".join(done.output.split()), done.output
