"""What stands beside any warehouse check (docs/design.md, Warehouse contract): which rows are looked at, how many of
them may break it, and what a failure of it means."""

from dataclasses import dataclass
from fractions import Fraction

# A value as a contract has it.
WrittenScalar = str | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition of `where` on one column: one of `values` (None: NULL), or between two bounds, both included."""

    column: str
    values: tuple[WrittenScalar, ...] = ()
    least: float | str | None = None
    most: float | str | None = None
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many may break a check: a count, or a share of those that were looked at; `text` is how it was written."""

    text: str
    count: int | None = None
    share: Fraction | None = None

    def covers(self, broken: int, of: int) -> bool:
        """Return whether so many of so many may be wrong."""
        return broken <= (self.count or 0) if self.share is None else broken <= self.share * of
