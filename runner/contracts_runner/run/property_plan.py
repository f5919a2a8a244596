"""Plans the property phase, and connects it with the rest of a run."""

import dataclasses
import hashlib
import os
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from contracts_runner.engine.ports import Clock, Emit, Transport
from contracts_runner.errors import ProjectError
from contracts_runner.evidence.artifacts import write_artifact
from contracts_runner.model.environment import Environment
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec_validator import find_cache_folder
from contracts_runner.project.project import Project
from contracts_runner.properties.selection import (
    OperationFilter,
    PropertySettings,
    build_settings,
    find_unknown_operations,
    select_operations,
)
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.rows import PropertyRow
from contracts_runner.sandbox.worlds import WORLD_HEADER

if TYPE_CHECKING:
    from contracts_runner.properties.phase import PropertyPhase


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyPlan:
    """The selected operations of each spec, by its key, and how requests are generated for them."""

    settings: PropertySettings
    operations: Mapping[str, tuple[Operation, ...]]


def plan_properties(
    project: Project,
    environment: Environment,
    *,
    is_wanted: bool,
    is_chosen: bool,
    phases: tuple[str, ...],
    chosen: OperationFilter,
) -> PropertyPlan | None:
    """Return the plan; None where the phase is not wanted, or neither configured nor chosen by name, or nothing is
    left of it. Raises ProjectError for what `properties` names and no spec has."""
    if not is_wanted or not (environment.properties or is_chosen):
        return None
    problems = find_unknown_operations(project.specs, environment)
    if problems:
        raise ProjectError(problems)
    settings = build_settings(environment, phases=phases)
    found = {key: select_operations(spec, settings, chosen) for key, spec in project.specs.items()}
    operations = {key: selected for key, selected in found.items() if selected}
    return PropertyPlan(settings=settings, operations=operations) if operations else None


def leave_out(plan: PropertyPlan, labels: Collection[str]) -> PropertyPlan:
    """Return the plan without some operations."""
    kept = {
        key: tuple(operation for operation in operations if operation.label not in labels)
        for key, operations in plan.operations.items()
    }
    return dataclasses.replace(plan, operations={key: operations for key, operations in kept.items() if operations})


def build_broken_rows(sent: Mapping[str, int]) -> list[PropertyRow]:
    """Return a row for each operation of which generated writes had left when the run was killed, with how many
    requests: they are not sent again, and what they showed is lost."""
    from contracts_runner.properties.collecting import REQUESTS
    from contracts_runner.properties.rows import build_id

    return [
        PropertyRow(
            id=build_id(label, REQUESTS),
            operation=label,
            check=REQUESTS,
            outcome=Outcome.ERRORED,
            reason="the run was killed during this test; generated writes had left, and are not sent again",
            examples=count,
        )
        for label, count in sent.items()
    ]


def show_properties(plan: PropertyPlan) -> list[str]:
    """Return what would be generated, a line for each operation."""
    settings = plan.settings
    lines = [f"properties: {', '.join(settings.phases)}; up to {settings.max_examples} examples of an operation"]
    for operations in plan.operations.values():
        lines += [f"    {operation.label}: {operation.method} {operation.path}" for operation in operations]
    return lines


def build_property_phase(
    plan: PropertyPlan,
    *,
    project: Project,
    environment: Environment,
    base_url: str,
    folder: Path,
    seed: int,
    user_agent: str,
    transport: Transport,
    redactor: Redactor,
    clock: Clock,
    emit: Emit,
) -> "PropertyPhase":
    """Return the phase, ready to run. Only now Schemathesis is imported."""
    from contracts_runner.properties.phase import PropertyPhase

    def find_headers(world: str) -> dict[str, str]:
        headers = {"User-Agent": user_agent}
        if world and environment.is_simulated:
            headers[WORLD_HEADER] = hashlib.sha256(f"properties {world}".encode()).hexdigest()[:16]
        return headers

    def write(operation: str, number: int, case: str, document: Mapping[str, Json]) -> str:
        return write_artifact(folder, operation, number, case, document, group=Phase.PROPERTIES)

    return PropertyPhase(
        specs=project.specs,
        operations=plan.operations,
        settings=plan.settings,
        environment=environment,
        known=project.known_properties,
        base_url=base_url,
        seed=seed,
        transport=transport,
        redactor=redactor,
        clock=clock,
        emit=emit,
        write_artifact=write,
        find_headers=find_headers,
        scratch=_find_scratch(),
    )


def _find_scratch() -> Path:
    """Return a folder for tables that take Hypothesis a moment to make: the user's own, as it writes nothing else."""
    cache = find_cache_folder(os.environ)
    return cache.parent / "hypothesis" if cache else Path(tempfile.gettempdir()) / "contracts-runner-hypothesis"
