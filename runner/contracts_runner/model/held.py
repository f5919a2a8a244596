"""What takes much room, and is let go before those who name it."""

from collections.abc import Iterable, Sequence
from typing import TypeVar, overload

T = TypeVar("T")


class Held(Sequence[T]):
    """Objects, until they are let go: then there are none."""

    __slots__ = ("_items",)
    __hash__ = None  # type: ignore[assignment]  # it changes

    def __init__(self, items: Iterable[T]) -> None:
        self._items = tuple(items)

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self._items[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._items == tuple(other)

    def let_go(self) -> None:
        """Keep nothing."""
        self._items = ()
