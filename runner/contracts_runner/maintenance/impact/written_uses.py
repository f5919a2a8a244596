"""What somebody uses, and where that is written."""

from collections import defaultdict
from dataclasses import replace

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.impact.changes import Use
from contracts_runner.reading.places import Place


@dataclass(frozen=True, slots=True)
class Written:
    """A key or a value of a contract file, or a part of it: so many characters from `start` on."""

    place: Place
    is_key: bool = False
    start: int | None = None
    length: int = 0

    def cut(self, start: int, length: int) -> "Written":
        """Return a part of the text."""
        return replace(self, start=start, length=length)


def find_written(place: Place | None, *, is_key: bool = False) -> Written | None:
    """Return the key or the value at a place, if that is known."""
    return None if place is None else Written(place, is_key)


class Uses(set[Use]):
    """What is used; `written` has the places of what may get another name, `elsewhere` what an author also names where
    it cannot be changed by rule."""

    def __init__(self) -> None:
        super().__init__()
        self.written: dict[Use, list[Written]] = defaultdict(list)
        self.elsewhere: set[Use] = set()

    def write(self, use: Use, written: Written | None) -> None:
        """Add what is used, with its place, if that is known."""
        self.add(use)
        if written is None:
            self.elsewhere.add(use)
        else:
            self.written[use].append(written)

    def join(self, other: "Uses") -> None:
        """Add what else is used, with its places."""
        self |= other
        self.elsewhere |= other.elsewhere
        for use, places in other.written.items():
            self.written[use] += places
