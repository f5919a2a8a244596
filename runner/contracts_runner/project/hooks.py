"""Hooks: the functions that contracts.yaml names as "module:function", found below the project's root and called with a
limit. Only what runs calls them: `run`, `verify`, `sandbox`, `doctor` (docs/design.md, Project file)."""

import inspect
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from numbers import Integral
from pathlib import Path
from types import ModuleType
from typing import Any

from contracts_runner.dataclass import dataclass
from contracts_runner.faults import describe_fault
from contracts_runner.model.environment import HOOK_TIMEOUT_SECONDS

# The main thread wakes up this often, so that an interrupt reaches it on every platform.
_WAKE_UP_SECONDS = 0.5


class HookError(Exception):
    """A hook cannot be found, raised, did not return in time, or returned something of another type. `place` is
    file:line of what it raised, "" for the rest."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message)
        self.place = place


class HookTimeoutError(HookError):
    """A hook did not return in time. Its thread is left behind, with what the hook was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """How the hooks of a project are called: `root` (the current folder) is on their import path, none may take longer
    than the timeout."""

    root: Path = Path()
    timeout_seconds: float = HOOK_TIMEOUT_SECONDS

    def call(self, name: str, *values: Any, **arguments: Any) -> Any:
        """Call "module:function" and return what it returns; raises HookError.

        Whatever the function does becomes a HookError, sys.exit too: a run continues without it. An interrupt is
        raised at once, since the function has a thread of its own.
        """
        return self._try(name, partial(_try_call, name, self.root, values, arguments))

    def load(self, module: str) -> None:
        """Import a module of the project, in the same way; raises HookError."""
        self._try(module, partial(_try_find, _import, module, self.root))

    def _try(self, name: str, attempt: Callable[[], tuple[Any, HookError | None]]) -> Any:
        outcome: list[tuple[Any, HookError | None]] = []

        def work() -> None:
            outcome.append(attempt())

        run_with_limit(work, seconds=self.timeout_seconds)
        if not outcome:
            raise HookTimeoutError(f"{name} did not return within {self.timeout_seconds:g} s (hook_timeout)")
        [(result, error)] = outcome
        if error is not None:
            raise error
        return result


HERE = Hooks()


def run_with_limit(work: Callable[[], None], *, seconds: float) -> None:
    """Return when `work`, which must not raise, has ended or the time is over; then its thread is left behind."""
    thread = threading.Thread(target=work, name="hook", daemon=True)
    thread.start()
    end = time.monotonic() + seconds
    while thread.is_alive() and (rest := end - time.monotonic()) > 0:
        thread.join(min(rest, _WAKE_UP_SECONDS))


def put_on_path(root: Path) -> None:
    """Let modules of the project be imported, before installed ones of the same name."""
    path = str(root.resolve())
    if path not in sys.path:
        sys.path.insert(0, path)


def find_hook(name: str, root: Path) -> Any:
    """Import what "module:function" names, below the project's root or installed."""
    module_name, _, function_name = name.partition(":")
    return getattr(_import(module_name, root), function_name)


def _import(module: str, root: Path) -> ModuleType:
    put_on_path(root)
    return import_module(module)


def read_row_counts(name: str, value: object) -> dict[str, int]:
    """Check what a loader returned, table -> rows written; raises HookError."""
    if isinstance(value, Mapping) and all(
        isinstance(table, str) and isinstance(rows, Integral) and not isinstance(rows, bool)
        for table, rows in value.items()
    ):
        return {table: int(rows) for table, rows in value.items()}
    raise HookError(f"{name} returned {type(value).__name__}, not a mapping of table to rows written")


def _try_call(
    name: str, root: Path, values: Sequence[Any], arguments: Mapping[str, Any]
) -> tuple[Any, HookError | None]:
    function, error = _try_find(find_hook, name, root)
    if error is not None:
        return None, error
    if misfit := _find_misfit(name, function, values, arguments):
        return None, misfit
    try:
        return function(*values, **arguments), None
    except BaseException as problem:
        return None, _build_error(f"{name} failed", problem)


def _find_misfit(name: str, function: Any, values: Sequence[Any], arguments: Mapping[str, Any]) -> HookError | None:
    """Return what is wrong with the parameters of a function that is called so, where they can be seen."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*values, **arguments)
    except TypeError as problem:
        function_name = name.partition(":")[2]
        wanted = f"; write `def {function_name}(*, {', '.join(arguments)})`" if arguments else ""
        return HookError(f"{name} does not take what it is called with: {problem}{wanted}")
    return None


def _try_find(find: Callable[[str, Path], Any], name: str, root: Path) -> tuple[Any, HookError | None]:
    try:
        return find(name, root), None
    except BaseException as problem:
        return None, _build_error(f"{name} cannot be imported", problem)


def _build_error(what: str, problem: BaseException) -> HookError:
    fault = describe_fault(problem)
    # The author of the hook wrote the text for who runs it; the redactor sees it before it is shown.
    text = f": {problem}" if str(problem) and not isinstance(problem, SystemExit) else ""
    return HookError(f"{what}: {fault.kind}{text} ({fault.place})", fault.place)
