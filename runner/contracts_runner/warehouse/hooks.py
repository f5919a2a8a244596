"""Calls the functions that an environment names: `prepare` and `load`, each as "module:function"."""

from collections.abc import Mapping
from importlib import import_module
from numbers import Integral
from typing import Any


class HookError(Exception):
    """The function cannot be found, raised, or returned something of another type; the message has no traceback."""


def call_hook(name: str, **arguments: Any) -> Any:
    """Call "module:function" with keyword arguments and return what it returns; raises HookError.

    Any exception of the function becomes a HookError: it is code of the project, and a run continues without it.
    """
    module_name, _, function_name = name.partition(":")
    try:
        function = getattr(import_module(module_name), function_name)
    except (ImportError, AttributeError, ValueError) as problem:
        raise HookError(f"{name} cannot be imported: {problem}") from problem
    try:
        return function(**arguments)
    except Exception as problem:
        raise HookError(f"{name} failed: {type(problem).__name__}: {problem}") from problem


def read_row_counts(name: str, value: object) -> dict[str, int]:
    """Check what a loader returned, table -> rows written; raises HookError."""
    if isinstance(value, Mapping) and all(
        isinstance(table, str) and isinstance(rows, Integral) and not isinstance(rows, bool)
        for table, rows in value.items()
    ):
        return {table: int(rows) for table, rows in value.items()}
    raise HookError(f"{name} returned {type(value).__name__}, not a mapping of table to rows written")
