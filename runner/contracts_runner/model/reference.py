"""What one `${…}` says."""

from collections.abc import Iterator
from dataclasses import field
from decimal import Decimal

from contracts_runner.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """A name or a call of a function, and what is made of its value.

    `arguments` is None but for a call of the function `name`; `path` leads to a member; `offset_seconds` are added to a
    time, `addend` to a number; `zone` and `change` say how the value is written. `text` is the expression as it is
    written.
    """

    name: str
    offset_seconds: int = 0
    text: str = field(default="", compare=False)
    path: tuple[str | int, ...] = ()
    addend: Decimal | None = None
    zone: str = ""
    change: str = ""
    arguments: tuple["Reference", ...] | None = None

    def iter_all(self) -> Iterator["Reference"]:
        """Yield it and, of a call, its arguments with theirs."""
        yield self
        for argument in self.arguments or ():
            yield from argument.iter_all()
