"""How values of the API and of columns are read and compared, where an author says it."""

from decimal import Decimal

from contracts_runner.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far a number may be from the expected one: by `absolute`, or by the share `relative` of the expected one."""

    absolute: Decimal = Decimal()
    relative: Decimal = Decimal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What a text or a number of a column is: a value of the ClickHouse type `type`, or a time in the form `time`
    (reading/time_patterns.py), with the wall clock of `timezone` where it has no offset."""

    type: str = ""
    time: str = ""
    timezone: str | None = None

    def __str__(self) -> str:
        return self.type or f"a time in the form {self.time}"
