"""The changes between two documents, each with the scenarios and checks that use what changed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.impact.changes import Change
from contracts_runner.maintenance.impact.document_changes import WHOLE, Comparison, compare_specs
from contracts_runner.maintenance.impact.named_operations import iter_named_operations
from contracts_runner.maintenance.impact.uses import UseFinder
from contracts_runner.maintenance.impact.written_uses import Uses
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.project import Project


@dataclass(frozen=True, slots=True)
class Affected:
    """A change and the ids of who uses what changed, in the order of their files."""

    change: Change
    scenarios: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """All changes, those that break first; `uses`: label of an operation -> id -> what it uses; `rows`: id of a
    scenario -> the ids of its rows, several of a table."""

    affected: tuple[Affected, ...]
    uses: Mapping[str, Mapping[str, Uses]] = field(default_factory=dict, repr=False)
    rows: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)

    def list_ids(self, affected: Affected) -> list[str]:
        """Return the ids of who uses what changed, as reports of runs have them."""
        return [row for identifier in affected.scenarios for row in self.rows.get(identifier, (identifier,))]

    @property
    def is_breaking(self) -> bool:
        """Whether anything breaks."""
        return any(each.change.is_breaking for each in self.affected)


def find_impact(old: Spec, new: Spec, project: Project | None, key: str) -> Impact:
    """Return what changed and whom it affects; without a project nobody."""
    comparison = compare_specs(old, new)
    finder = UseFinder(project, key, comparison.operations, old, new) if project else None
    if project and finder:
        finder.run()
        for identifier, place in iter_named_operations(project, key):
            finder.note_named(identifier, place)
    affected = [Affected(change, _find_users(change, comparison, finder)) for change in comparison.changes]
    in_order = sorted(affected, key=lambda each: not each.change.is_breaking)
    if project is None or finder is None:
        return Impact(tuple(in_order))
    return Impact(tuple(in_order), finder.found, _list_rows(project))


def _list_rows(project: Project) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = defaultdict(list)
    for contract in project.contracts:
        for scenario in contract.scenarios:
            rows[scenario.of or scenario.id].append(scenario.id)
    return rows


def _find_users(change: Change, comparison: Comparison, finder: UseFinder | None) -> tuple[str, ...]:
    if finder is None:
        return ()
    labels = [pair.label for pair in comparison.operations] if change.operation == WHOLE else [change.operation]
    users = {
        identifier
        for label in labels
        for identifier, used in finder.found.get(label, {}).items()
        if not change.uses.isdisjoint(used)
    }
    return tuple(sorted(users, key=finder.order.__getitem__))
