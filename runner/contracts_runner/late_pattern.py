"""`compile` of `re`, whose work is done when a pattern is first asked.

Half of the patterns that a run of scenarios defines are for what its answers and files do not have, and to compile them
took a twentieth of what one request costs. One that each run asks is better compiled at once: then a call of it is a
little quicker.
"""

import re
from typing import TYPE_CHECKING, Any

__all__ = ["compile_late"]


class _LatePattern:
    """Has what the pattern has, and takes it from there once."""

    def __init__(self, text: Any, flags: int = 0) -> None:
        self._given = text, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = getattr(re.compile(*self._given), name)
        setattr(self, name, value)
        return value


if TYPE_CHECKING:
    from re import compile as compile_late
else:
    compile_late = _LatePattern
