"""Writing the files of a run: whole or not at all, and with clear errors."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts_runner.errors import RecordingError, RunFolderError

PARTIAL = ".part"
_DISK_TROUBLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


@contextmanager
def explain_errors(what: str, path: Path) -> Iterator[None]:
    """Turn an OSError into a RunFolderError: `cannot write <path>: Permission denied`; a disk that is full or broken
    into a RecordingError, since nothing is wrong with how the tool was used."""
    try:
        yield
    except OSError as error:
        message = f"cannot {what} {path}: {error.strerror or error}"
        if error.errno not in _DISK_TROUBLE:
            raise RunFolderError(message) from error
        raise RecordingError(
            f"{message}; nothing is sent that cannot be recorded. Make room, then `contracts run --resume` cleans up "
            "and finishes the run"
        ) from error


def remove_partial_files(folder: Path) -> None:
    """Remove what a process that was killed left of files that it was writing. Raises RunFolderError."""
    beside = folder.resolve().with_name(folder.resolve().name + ".zip" + PARTIAL)
    with explain_errors("clean up", folder):
        for path in (*folder.rglob("*" + PARTIAL), beside):
            path.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part; makes its folder.

    Raises RunFolderError.
    """
    temporary = path.with_name(path.name + PARTIAL)
    with explain_errors("write", path):
        try:
            try:
                temporary.write_bytes(content)
            except FileNotFoundError:
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary.write_bytes(content)
            os.replace(temporary, path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
