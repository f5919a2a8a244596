"""Where each test ID comes from: operation, section of a document, grade of the evidence."""

from dataclasses import dataclass

from contracts_runner.errors import SourceLocation
from contracts_runner.maintenance.inventory import list_operations
from contracts_runner.model.spec import Evidence, Source
from contracts_runner.project.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A scenario with its source, and its operations with their grade: None for one that the spec does not have."""

    id: str
    title: str
    location: SourceLocation
    source: Source | None
    operations: tuple[tuple[str, Evidence | None], ...]


def list_sources(project: Project) -> list[SourceRow]:
    """Return a row for each scenario, in contract order."""
    return [
        SourceRow(
            id=scenario.id,
            title=scenario.title,
            location=scenario.location,
            source=scenario.source,
            operations=tuple(
                (operation.label, operation.evidence if operation.is_described else None)
                for operation in list_operations(project, scenario)
            ),
        )
        for scenario in project.scenarios
    ]
