"""Contract tests for APIs that somebody else runs: the framework, which knows no service in particular."""

from functools import cache

DISTRIBUTION = "contracts-runner"


@cache
def read_version(package: str = DISTRIBUTION) -> str:
    """Return the version of a package that is installed. Raises importlib.metadata.PackageNotFoundError."""
    from importlib.metadata import distribution  # it imports much, and `contracts --help` needs none of it

    found = distribution(package)
    # A description of a hundred pages follows the fields: to read all of it takes longer than to find the package.
    for line in (found.read_text("METADATA") or "").partition("\n\n")[0].splitlines():
        if line.startswith("Version: "):
            return line.removeprefix("Version: ").strip()
    return found.version
