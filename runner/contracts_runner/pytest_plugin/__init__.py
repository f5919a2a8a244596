"""The plugin of pytest (docs/how-to/pytest.md): scenarios as items. Who does not ask for it loads this file alone."""

from typing import Any

import pytest


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


# Those of `contracts run`, by the name of the field there (run/options.py): flag, and how it is declared.
RUN_OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "environment": (
        "env",
        {"metavar": "NAME", "help": "Collect the scenarios of the project, and run them in this environment."},
    ),
    "jobs": ("jobs", {"metavar": "N|auto", "help": "Scenarios at a time; else the environment's `jobs`."}),
    "seed": ("seed", {"metavar": "N", "type": int, "help": "Recorded; generated values derive from it."}),
    "writes": (
        "writes",
        {"metavar": "POLICY", "help": "block, probe or allow; else the environment's `writes`."},
    ),
    "output": ("output", {"metavar": "DIR", "help": "Folder for the run's files; else a new one in runs/."}),
    "formats": ("format", {"metavar": "F,...", "type": _split, "help": "Reports to write, as of `contracts run`."}),
    "is_missing_skipped": (
        "skip-missing",
        {"action": "store_true", "help": "Skip what needs a credential that is not set."},
    ),
    "is_strict": ("strict", {"action": "store_true", "help": "A scenario that is `fixed` fails."}),
    "is_published": ("publish", {"action": "store_true", "help": "Write the results to the environment's `publish`."}),
    "confirmed": (
        "yes-write-to",
        {"metavar": "NAME", "help": "Confirms `writes: allow` for an environment marked `protected`."},
    ),
}
_ASKS = "--contracts-env NAME, or `contracts = true` in the settings of pytest"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("contracts", "scenarios of contracts-runner")
    for name, (flag, declared) in RUN_OPTIONS.items():
        group.addoption(f"--contracts-{flag}", dest=f"contracts_{name}", **declared)
    group.addoption(
        "--contracts-project",
        metavar="DIR",
        help="Folder that holds contracts.yaml; else $CONTRACTS_PROJECT, else the nearest one from here upwards.",
    )
    parser.addini(
        "contracts", "Collect scenarios without --contracts-env too, for the default environment.", type="bool"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Load the rest where it is asked for. Raises pytest.UsageError."""
    if config.getoption("contracts_environment") or config.getini("contracts"):
        from contracts_runner.pytest_plugin.plugin import build_plugin

        config.pluginmanager.register(build_plugin(config), "contracts-scenarios")
        return
    flags = {**{name: flag for name, (flag, _) in RUN_OPTIONS.items()}, "project": "project"}
    for name, flag in flags.items():
        if (value := config.getoption(f"contracts_{name}")) is not None and value is not False:
            raise pytest.UsageError(f"--contracts-{flag} collects nothing alone: add {_ASKS}")
