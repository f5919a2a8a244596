"""Writing the files of a run: whole or not at all, and with clear errors."""

import os
from pathlib import Path

from contracts_runner.errors import explain_errors

PARTIAL = ".part"


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
