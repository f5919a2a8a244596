"""Stage 1: what a run stands on, as findings: system, packages, revision, target, credentials, warehouse."""

import platform
import subprocess
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from contracts_runner import DISTRIBUTION
from contracts_runner.model.environment import Environment
from contracts_runner.redaction.forms import fingerprint
from contracts_runner.results.rows import Finding, FindingStatus

PACKAGES = (
    DISTRIBUTION,
    "requests",
    "jsonschema-rs",
    "jsonpath-rfc9535",
    "openapi-spec-validator",
    "PyYAML",
    "schemathesis",
    "clickhouse-connect",
    "chdb-core",
    "Jinja2",
)

Probe = Callable[[], tuple[bool, str]]
WarehouseProbe = Callable[[], tuple[bool | None, str]]  # None: nothing is configured that could be asked


def examine(
    environment: Environment, *, root: Path, base_url: str, probe_base_url: Probe, probe_warehouse: WarehouseProbe
) -> list[Finding]:
    """Return all findings. The probes tell whether something can be used, and in words how or why not."""
    is_reachable, how = probe_base_url()
    return [
        Finding("operating system", platform.platform()),
        Finding("python", f"{platform.python_implementation()} {platform.python_version()}"),
        *(_examine_package(name) for name in PACKAGES),
        Finding("git commit", find_git_commit(root) or "none"),
        Finding("environment", environment.name),
        Finding("base URL", base_url, _judge(is_reachable), how),
        Finding("writes", str(environment.writes)),
        *(
            Finding(f"credential {name}", fingerprint(value), FindingStatus.OK, "present")
            for name, value in environment.credentials.items()
        ),
        *(
            Finding(f"credential {name}", "missing", FindingStatus.PROBLEM, f"${variable} is not set")
            for name, variable in environment.missing_credentials.items()
        ),
        _examine_warehouse(probe_warehouse),
    ]


def _examine_package(name: str) -> Finding:
    try:
        return Finding(f"package {name}", metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(f"package {name}", "not installed")


def _examine_warehouse(probe: WarehouseProbe) -> Finding:
    is_usable, how = probe()
    if is_usable is None:
        return Finding("ClickHouse", how)
    return Finding("ClickHouse", "usable" if is_usable else "not usable", _judge(is_usable), how)


def _judge(is_usable: bool) -> FindingStatus:
    return FindingStatus.OK if is_usable else FindingStatus.PROBLEM


def find_git_commit(root: Path) -> str | None:
    """Return the commit that the project's folder is at, None without git or outside a repository."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
