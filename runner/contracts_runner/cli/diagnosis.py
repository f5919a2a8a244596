"""What `contracts doctor` finds, and how it is shown."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from contracts_runner.engine.doctor import Finding, examine
from contracts_runner.project.environments import resolve_environment
from contracts_runner.project.project import Project
from contracts_runner.sandbox.target import open_target
from contracts_runner.transport.reachability import probe_base_url
from contracts_runner.warehouse.phase import WarehousePhase


def diagnose(project: Project, name: str | None, environ: Mapping[str, str]) -> list[Finding]:
    """Return the findings for an environment; raises UsageError or ProjectError for one that cannot be read."""
    environment = resolve_environment(project.settings, name, environ)
    with (
        open_target(environment) as base_url,
        WarehousePhase(
            environment.warehouse, project.warehouses, redact=str, clock=lambda: datetime.now(UTC)
        ) as warehouse,
    ):
        return examine(
            environment,
            root=project.root,
            base_url=base_url,
            probe_base_url=lambda: probe_base_url(
                base_url, ca_bundle=environment.ca_bundle, timeout_seconds=environment.limits.connect_seconds
            ),
            probe_warehouse=warehouse.probe if environment.warehouse else None,
        )


def render_findings(findings: Sequence[Finding], *, is_github: bool) -> str:
    """Return a line for each finding; for GitHub, annotations for the problems."""
    if is_github:
        return "\n".join(
            f"::{'error' if finding.status == 'problem' else 'notice'} title={finding.name}::"
            f"{finding.value} {finding.detail}".rstrip()
            for finding in findings
        )
    width = max(len(finding.name) for finding in findings)
    marks = {"ok": "ok", "problem": "PROBLEM", "info": ""}
    return "\n".join(
        f"{finding.name:<{width}}  {marks[finding.status]:<7}  {finding.value}"
        + (f"  ({finding.detail})" if finding.detail else "")
        for finding in findings
    )
