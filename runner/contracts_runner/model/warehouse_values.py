"""How values of the API and of columns are read and compared, where an author says it."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far a number may be from the expected one: by `absolute`, or by the share `relative` of the expected one."""

    absolute: Decimal = Decimal()
    relative: Decimal = Decimal()
