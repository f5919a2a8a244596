"""What stands beside any warehouse check (docs/design.md, Warehouse contract): which rows are looked at, how many of
them may break it, and what a failure of it means."""

from datetime import date
from typing import TYPE_CHECKING

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import SourceLocation

if TYPE_CHECKING:
    from fractions import Fraction

# A value as a contract has it.
WrittenScalar = str | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition of `where` on one column: one of `values` (None: NULL), or between two bounds, both included."""

    column: str = ""  # `where` names it
    values: tuple[WrittenScalar, ...] = ()
    least: float | str | None = None
    most: float | str | None = None
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many may break a check: a count, or a share of those that were looked at; `text` is how it was written."""

    text: str
    count: int | None = None
    share: "Fraction | None" = None

    def covers(self, broken: int, of: int) -> bool:
        """Return whether so many of so many may be wrong."""
        return broken <= (self.count or 0) if self.share is None else broken <= self.share * of


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFailure:
    """A failure that the team has accepted; without `environments` in all of them. `until`: the last day of it."""

    because: str
    until: date
    since: date | None = None
    environments: tuple[str, ...] = ()
    instead: str | None = None
    location: SourceLocation

    def concerns(self, environment: str) -> bool:
        """Return whether it is about an environment."""
        return not self.environments or environment in self.environments


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLimits:
    """Bounds of one query; None is what is not said. `rows`: that it reads; `groups`: rows of its answer."""

    rows: int | None = None
    seconds: int | None = None
    groups: int | None = None

    def over(self, other: "QueryLimits") -> "QueryLimits":
        """Return these bounds, and those of another where these say nothing."""
        return QueryLimits(
            rows=self.rows or other.rows, seconds=self.seconds or other.seconds, groups=self.groups or other.groups
        )


# Where nothing is said.
NO_LIMITS = QueryLimits()
