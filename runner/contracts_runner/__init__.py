"""Contract tests for APIs that somebody else runs: the framework, which knows no service in particular."""

DISTRIBUTION = "contracts-runner"


def read_version() -> str:
    """Return the version that is installed."""
    from importlib.metadata import version  # it imports much, and `contracts --help` needs none of it

    return version(DISTRIBUTION)
