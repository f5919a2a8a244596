"""The plugin of pytest (docs/pytest.md): scenarios as items. Who does not ask for it loads this file alone."""

import pytest

_ASKS = "--contracts-env NAME, or `contracts = true` in the settings of pytest"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("contracts", "scenarios of contracts-runner")
    group.addoption(
        "--contracts-env",
        metavar="NAME",
        help="Collect the scenarios of the project, and run them in this environment of contracts.yaml.",
    )
    group.addoption(
        "--contracts-project",
        metavar="DIR",
        help="Folder that holds contracts.yaml; else $CONTRACTS_PROJECT, else the nearest one from here upwards.",
    )
    group.addoption("--contracts-strict", action="store_true", help="A scenario that is `fixed` fails.")
    parser.addini(
        "contracts", "Collect scenarios without --contracts-env too, for the default environment.", type="bool"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Load the rest where it is asked for. Raises pytest.UsageError."""
    if config.getoption("contracts_env") or config.getini("contracts"):
        from contracts_runner.pytest_plugin.plugin import build_plugin

        config.pluginmanager.register(build_plugin(config), "contracts-scenarios")
    elif config.getoption("contracts_project") or config.getoption("contracts_strict"):
        raise pytest.UsageError(f"--contracts-project and --contracts-strict collect nothing alone: add {_ASKS}")
