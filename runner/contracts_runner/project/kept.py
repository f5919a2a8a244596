"""What was read of files, for a process that reads a project again and again."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class KeptFiles:
    """Keeps of each file what was read of its last version, until `forget`."""

    def __init__(self) -> None:
        self._found: dict[Hashable, tuple[Hashable, Any]] = {}

    def find(self, name: Hashable, version: Hashable, read: Callable[[], T]) -> T:
        """Return what was read, now or before, of a version of what has a name."""
        if name not in self._found or self._found[name][0] != version:
            self._found[name] = version, read()
        found: T = self._found[name][1]
        return found

    def forget(self) -> None:
        """Forget everything."""
        self._found.clear()
