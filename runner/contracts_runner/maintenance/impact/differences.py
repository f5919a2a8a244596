"""What may differ between two schemas, and for whom it matters."""

from enum import Enum, auto

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.openapi.dialect import Direction


class Order(Enum):
    """How the values that a schema allows have changed."""

    NARROWED = auto()  # some are not allowed any more: breaks who sends them
    WIDENED = auto()  # there are new ones: breaks who receives them
    CHANGED = auto()  # both, or something that both sides relied on
    HARMLESS = auto()
    DEFAULT = auto()  # what is meant by leaving a parameter out

    def is_breaking(self, direction: Direction, *, is_parameter: bool = False) -> bool:
        """Tell whether who uses the API has to change something."""
        match self:
            case Order.NARROWED:
                return direction == "request"
            case Order.WIDENED:
                return direction == "response"
            case Order.DEFAULT:
                return is_parameter
            case _:
                return self is Order.CHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`text` is what is said of the place: "may be null". `old` and `new`: where it is, None where it is not.

    `member`: the property that it is about; `renamed`: the new name of it. `is_deep`: it matters to who looks at
    something below, too; `is_of_parent`: to who sends the object that has the member, too; `is_of_others`: to who
    looks at members that no schema describes. `only`: the one direction that it matters in.
    """

    what: str
    order: Order
    text: str
    old: Pointer | None = None
    new: Pointer | None = None
    member: str | None = None
    renamed: str | None = None
    is_deep: bool = False
    is_of_parent: bool = False
    is_of_others: bool = False
    only: Direction | None = None


def find_order(*, is_narrower: bool, is_wider: bool) -> Order:
    """Return the order of a schema that allows less, more, or something else."""
    if is_narrower and is_wider:
        return Order.CHANGED
    return Order.NARROWED if is_narrower else Order.WIDENED if is_wider else Order.HARMLESS


def name_keyword(keyword: str) -> str:
    """Return a keyword as a part of the word for a change: minLength is min-length."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in keyword)
