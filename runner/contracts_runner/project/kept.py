"""What was read of files, for a process that reads a project again and again."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class KeptFiles:
    """Keeps what was read under a key, until `forget`."""

    def __init__(self) -> None:
        self._found: dict[Hashable, Any] = {}

    def find(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return what was read under a key, now or before."""
        if key not in self._found:
            self._found[key] = read()
        found: T = self._found[key]
        return found

    def forget(self) -> None:
        """Forget everything."""
        self._found.clear()
