"""What stands beside any warehouse check (docs/design.md, Warehouse contract): which rows are looked at, how many of
them may break it, and what a failure of it means."""

from dataclasses import dataclass

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
