"""Faults: exceptions that nobody foresaw, of ours, of a library or of a project's own code.

One fault is one errored row (docs/design.md, Outcomes): each level that has a row calls what it does by `guard`.
"""

import sys
import threading
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import ContractsError, RunFolderError, UndecidedError

_Result = TypeVar("_Result")
_Settled = TypeVar("_Settled")
_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Fault:
    """An exception as it may be written: `kind` is its type, `place` file:line, `message` its text where that is ours.

    The text of any other exception may quote a secret or a person, and is left out.
    """

    kind: str
    place: str
    message: str = ""

    def __str__(self) -> str:
        return self.message or f"an unexpected {self.kind} ({self.place})"


def guard(
    work: Callable[[], _Result], settle: Callable[[Fault], _Settled], *, raised: tuple[type[Exception], ...] = ()
) -> _Result | _Settled:
    """Return what `work` returns, or what `settle` makes of the fault that it raises, SystemExit included.

    Not faults, and raised: an interrupt, which only the main thread gets; RunFolderError, since what cannot be recorded
    must not go on; the exceptions of the kinds `raised`, which the caller handles.
    """
    try:
        return work()
    except BaseException as error:
        is_interrupt = isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread()
        if is_interrupt or isinstance(error, (RunFolderError, *raised)):
            raise
        fault = describe_fault(error)
    return settle(fault)


def describe_fault(error: BaseException) -> Fault:
    """Return what may be written of an exception."""
    is_ours = isinstance(error, ContractsError | UndecidedError)
    return Fault(type(error).__name__, find_place(error), str(error) if is_ours else "")


def find_place(error: BaseException) -> str:
    """Return file:line of the innermost code that is ours or the project's, else of the innermost; of a file that is
    not Python, where it is not."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_name_file(error.filename)}:{error.lineno or 1}"
    places = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    own = [place for place in places if not _is_library(Path(place[0]))]
    file, line = (own or places)[-1]
    return f"{_name_file(file)}:{line}"


@cache
def _list_libraries() -> frozenset[Path]:
    import sysconfig

    return frozenset(Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def _is_library(path: Path) -> bool:
    is_foreign = any(path.is_relative_to(folder) for folder in _list_libraries()) or not path.is_absolute()
    return is_foreign and not path.is_relative_to(_PACKAGE)


def _name_file(file: str) -> str:
    """Return a path relative to where it is imported from; else to the current folder; else its name."""
    path = Path(file)
    roots = [_PACKAGE.parent, *(Path(root) for root in sys.path if root), Path.cwd()]
    relative = [path.relative_to(root) for root in roots if path.is_relative_to(root)]
    return min(relative, key=lambda each: len(each.parts), default=Path(path.name)).as_posix()
