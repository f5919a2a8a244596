"""The lock of a run: one process at a time writes in its folder.

The system keeps it, on the open ledger, so that it ends with the process, however that ends.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from contracts_runner.errors import RunFolderError, explain_errors


def lock_ledger(file: IO[bytes], path: Path) -> None:
    """Lock an open ledger until it is closed. Raises RunFolderError if another process has locked it."""
    if not _try_lock(file, is_shared=False):
        raise RunFolderError(_describe(path))


@contextmanager
def hold_run(ledger: Path) -> Iterator[None]:
    """Keep every other process from writing in the folder of a ledger, which itself stays as it is.

    Raises RunFolderError if another process does.
    """
    # Network folders give the lock to those only who may write the file.
    mode = "r+b" if os.access(ledger, os.W_OK) else "rb"
    with explain_errors("read", ledger):
        file = ledger.open(mode, buffering=0)
    with file:
        lock_ledger(file, ledger)
        yield


def is_in_progress(ledger: Path) -> bool:
    """Tell whether a process is writing a run; changes nothing, and needs no right to write.

    False for a ledger that cannot be opened: whoever reads it says why.
    """
    try:
        with ledger.open("rb", buffering=0) as file:
            return not _try_lock(file, is_shared=True)
    except OSError:
        return False


def check_idle(ledger: Path) -> None:
    """Raise RunFolderError if a process is writing the run; changes nothing."""
    if is_in_progress(ledger):
        raise RunFolderError(_describe(ledger))


def _describe(path: Path) -> str:
    return f"{path} is being written by another process: wait until that run has ended"


if sys.platform == "win32":
    import msvcrt

    # Others are kept from reading the very bytes that are locked: one far behind the end of any ledger is taken.
    _FAR_BYTE = 1 << 62

    def _try_lock(file: IO[bytes], *, is_shared: bool) -> bool:  # noqa: ARG001 - there is one kind of lock
        """Lock the file until it is closed; returns False if another process has locked it."""
        file.seek(_FAR_BYTE)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(0)
        return True

else:
    import fcntl

    def _try_lock(file: IO[bytes], *, is_shared: bool) -> bool:
        """Lock the file until it is closed; returns False if another process has locked it.

        Where the file system has no locks (some network folders), nothing is locked.
        """
        kind = fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX
        try:
            # Of the open file and not of the process: reading the ledger elsewhere in the process does not end it.
            fcntl.flock(file.fileno(), kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True
