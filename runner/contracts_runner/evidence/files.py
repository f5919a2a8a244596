"""The files of a run: names that every system takes, writing whole or not at all, and the lock of an open file."""

import hashlib
import os
import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from contracts_runner.errors import explain_errors

PARTIAL = ".part"
# Letters and digits of any script. "~" is ours: it separates the hash of a name that had to be changed.
_FORBIDDEN = re.compile(r"[^\w.+=@ -]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\..*)?", re.IGNORECASE)
_LONGEST = 48
# Windows keeps others from reading the very bytes that are locked: one far behind the end of any ledger is taken.
_FAR_BYTE = 1 << 62


def make_file_name(name: str, *, is_taken: bool = False) -> str:
    """Return a file name without an extension. A name that cannot stay as it is gets a short hash of the original, so
    that different names give different files; `is_taken` asks for the hash in any case."""
    composed = unicodedata.normalize("NFC", name)
    safe = _FORBIDDEN.sub("-", composed)[:_LONGEST].strip(" .") or "unnamed"
    if _RESERVED.fullmatch(safe):
        safe = f"_{safe}"
    if safe == name and not is_taken:
        return safe
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{safe}~{digest}"


@lru_cache(maxsize=4096)
def fold_file_name(name: str) -> str:
    """Return what file systems that ignore case take a name for."""
    return unicodedata.normalize("NFKC", name).casefold()


def remove_partial_files(folder: Path) -> None:
    """Remove what a process that was killed left of files that it was writing. Raises RunFolderError."""
    beside = folder.resolve().with_name(folder.resolve().name + ".zip" + PARTIAL)
    with explain_errors("clean up", folder):
        for path in (*folder.rglob("*" + PARTIAL), beside):
            path.unlink(missing_ok=True)


def create_file(path: Path) -> BinaryIO:
    """Open a new file: what stands under its name, be it a link to somewhere else or a pipe, is removed and not written
    to. Raises OSError."""
    path.unlink(missing_ok=True)
    return path.open("xb")


def iter_entries(folder: Path) -> Iterator[tuple[str, os.DirEntry[str] | OSError]]:
    """Yield what a folder holds, at any depth, by its relative path with forward slashes; for a folder that cannot be
    read why, beside its own entry. Links are not followed."""
    pending = [""]
    while pending:
        parent = pending.pop()
        try:
            with os.scandir(folder / parent) as entries:
                for entry in entries:
                    name = f"{parent}{entry.name}"
                    yield name, entry
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(f"{name}/")
        except OSError as error:
            yield parent.removesuffix("/"), error


def is_text(name: str) -> bool:
    """Tell whether a name is UTF-8: Python has others with half surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part; makes its folder.

    Raises RunFolderError.
    """
    temporary = path.with_name(path.name + PARTIAL)
    with explain_errors("write", path):
        try:
            try:
                file = create_file(temporary)
            except FileNotFoundError:
                path.parent.mkdir(parents=True, exist_ok=True)
                file = create_file(temporary)
            with file:
                file.write(content)
            os.replace(temporary, path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


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
