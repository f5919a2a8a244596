"""Writing the files of a run: whole or not at all, and with clear errors."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts_runner.errors import RunFolderError


@contextmanager
def explain_errors(what: str, path: Path) -> Iterator[None]:
    """Turn an OSError into a RunFolderError: `cannot write <path>: No space left on device`."""
    try:
        yield
    except OSError as error:
        raise RunFolderError(f"cannot {what} {path}: {error.strerror or error}") from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part; makes its folder.

    Raises RunFolderError.
    """
    temporary = path.with_name(path.name + ".part")
    with explain_errors("write", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(content)
            os.replace(temporary, path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
