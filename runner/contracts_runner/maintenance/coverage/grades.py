"""How far a part of a document is covered, and what is counted."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from contracts_runner.dataclass import dataclass
from contracts_runner.model.nouns import pluralise


class Grade(StrEnum):
    """The best that can be said of a part: a contract says what it must be, or only makes it happen, or a run has seen
    it, or nothing has."""

    ASSERTED = "asserted"
    EXERCISED = "exercised"
    OBSERVED = "observed"
    NEVER_PROBED = "never_probed"

    @property
    def is_covered(self) -> bool:
        """Whether a contract has it."""
        return self in (Grade.ASSERTED, Grade.EXERCISED)


class PartKind(StrEnum):
    """What is counted of an operation."""

    OPERATION = "operation"
    STATUS = "status"
    MEDIA_TYPE = "media type"
    PARAMETER = "parameter"
    VALUE = "value"  # of the enum of a parameter
    SENT = "sent property"
    RECEIVED = "received property"

    @property
    def plural(self) -> str:
        """The word for several."""
        return "statuses" if self is PartKind.STATUS else pluralise(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of an operation: `scenarios` are those that have it, `environments` those whose runs have seen it."""

    kind: PartKind
    name: str
    grade: Grade
    scenarios: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationCoverage:
    """The parts of an operation, itself first."""

    spec: str
    operation: str
    method: str
    path: str
    parts: tuple[Part, ...]

    def list_kind(self, kind: PartKind) -> list[Part]:
        """Return the parts of a kind."""
        return [part for part in self.parts if part.kind is kind]


@dataclass(frozen=True, slots=True)
class Coverage:
    """All operations in the order of their documents."""

    operations: tuple[OperationCoverage, ...]

    def count(self, kind: PartKind) -> Counter[Grade]:
        """Return how many parts of a kind have each grade."""
        return count_grades(part for each in self.operations for part in each.list_kind(kind))

    @property
    def percent(self) -> float:
        """How many of a hundred parts a contract asserts or exercises; 100 where there is none."""
        counts = count_grades(part for each in self.operations for part in each.parts)
        covered = counts[Grade.ASSERTED] + counts[Grade.EXERCISED]
        return 100 * covered / counts.total() if counts else 100.0


def count_grades(parts: Iterable[Part]) -> Counter[Grade]:
    """Return how many parts have each grade."""
    return Counter(part.grade for part in parts)
