"""Coverage as text, JSON and GitHub annotations."""

import json
from collections.abc import Iterator, Sequence

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.coverage.endpoint_ledger import EndpointEntry
from contracts_runner.maintenance.coverage.grades import Coverage, Grade, OperationCoverage, PartKind
from contracts_runner.maintenance.printing import Level, render_annotation, render_columns
from contracts_runner.model.json import Json
from contracts_runner.model.nouns import count_noun

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageReport:
    """What is covered, what runs tell of the endpoints, and how many runs were looked at, by environment."""

    coverage: Coverage
    endpoints: Sequence[EndpointEntry]
    runs: dict[str, int]

    def render_text(self) -> str:
        """Return a line for each operation, what nothing has probed, the endpoints, and the totals."""
        header = ("operation", *(kind.plural for kind in PartKind if kind is not PartKind.OPERATION), "grade")
        rows = [self._build_row(each) for each in self.coverage.operations]
        blocks = [render_columns(header, rows)] if rows else []
        blocks += ["\n".join(lines) for lines in (list(self._iter_gaps()), list(self._iter_endpoints())) if lines]
        return "\n\n".join([*blocks, self.render_totals()])

    def render_json(self) -> str:
        """Return the JSON object as one text (docs/design.md, Command line)."""
        document = {
            "percent": round(self.coverage.percent, 1),
            "totals": {kind: self._count(kind) for kind in PartKind},
            "runs": self.runs,
            "operations": [self._as_json(each) for each in self.coverage.operations],
            "endpoints": [
                {
                    "environment": each.environment,
                    "operation": each.operation,
                    "state": each.state,
                    "first_seen": each.first_seen,
                    "last_seen": each.last_seen,
                    "runs": each.runs,
                    "p50_ms": each.p50_ms,
                }
                for each in self.endpoints
            ],
        }
        return json.dumps(document, ensure_ascii=False, indent=2)

    def render_github(self) -> str:
        """Return a notice for each operation that nothing has probed."""
        return "\n".join(
            render_annotation(Level.NOTICE, f"{each.operation} has never been probed", title="coverage")
            for each in self.coverage.operations
            if each.parts[0].grade is Grade.NEVER_PROBED
        )

    def render_totals(self) -> str:
        """Return a line for each kind, and the share of what contracts cover."""
        lines = [f"{kind.plural}: {self._tell(kind)}" for kind in PartKind if self.coverage.count(kind)]
        runs = ", ".join(f"{count_noun(number, 'run')} of {name}" for name, number in self.runs.items()) or "no run"
        share = f"{self.coverage.percent:.1f}% of all parts are in a contract; observed: {runs}"
        return "\n".join([*lines, share])

    def _build_row(self, each: OperationCoverage) -> tuple[str, ...]:
        kinds = [kind for kind in PartKind if kind is not PartKind.OPERATION]
        return (each.operation, *(_tell_share(each, kind) for kind in kinds), each.parts[0].grade.replace("_", " "))

    def _iter_gaps(self) -> Iterator[str]:
        """Yield what nothing has probed of operations that something has."""
        for each in self.coverage.operations:
            missing = [part for part in each.parts[1:] if part.grade is Grade.NEVER_PROBED]
            if missing and each.parts[0].grade is not Grade.NEVER_PROBED:
                named = ", ".join(f"{part.kind} {part.name}" for part in missing[:_MOST_NAMED])
                more = f" and {len(missing) - _MOST_NAMED} more" if missing[_MOST_NAMED:] else ""
                yield f"never probed: {each.operation}: {named}{more}"

    def _iter_endpoints(self) -> Iterator[str]:
        header = ("environment", "operation", "state", "first seen", "last seen", "runs", "p50 ms")
        rows = [
            (
                each.environment,
                each.operation,
                each.state.replace("_", " "),
                each.first_seen[:19],
                each.last_seen[:19],
                str(each.runs),
                "" if each.p50_ms is None else f"{each.p50_ms:.0f}",
            )
            for each in self.endpoints
        ]
        if rows:
            yield render_columns(header, rows)

    def _count(self, kind: PartKind) -> dict[str, int]:
        counts = self.coverage.count(kind)
        return {**{grade: counts[grade] for grade in Grade}, "total": counts.total()}

    def _tell(self, kind: PartKind) -> str:
        counts = self.coverage.count(kind)
        return ", ".join(f"{counts[grade]} {grade.replace('_', ' ')}" for grade in Grade if counts[grade])

    def _as_json(self, each: OperationCoverage) -> dict[str, Json]:
        return {
            "spec": each.spec,
            "operation": each.operation,
            "method": each.method,
            "path": each.path,
            "parts": [
                {
                    "kind": part.kind,
                    "name": part.name,
                    "grade": part.grade,
                    "scenarios": list(part.scenarios),
                    "environments": list(part.environments),
                }
                for part in each.parts
            ],
        }


def _tell_share(each: OperationCoverage, kind: PartKind) -> str:
    """Return how many parts of a kind a contract has, of how many."""
    parts = each.list_kind(kind)
    return f"{sum(part.grade.is_covered for part in parts)}/{len(parts)}" if parts else ""
