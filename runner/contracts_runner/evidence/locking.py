"""A lock on an open file that the system holds: it ends with the process, also one that is killed."""

import sys
from typing import BinaryIO

# Windows keeps others from reading the very bytes that are locked: one far behind the end of any ledger is taken.
_FAR_BYTE = 1 << 62


if sys.platform == "win32":
    import msvcrt

    def lock_file(file: BinaryIO) -> bool:
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

    def lock_file(file: BinaryIO) -> bool:
        """Lock the file until it is closed; returns False if another process has locked it.

        Where the file system has no locks (some network folders), nothing is locked.
        """
        try:
            # Of the open file and not of the process: reading the ledger elsewhere in the process does not end it.
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True
