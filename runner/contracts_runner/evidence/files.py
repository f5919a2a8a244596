"""The files of a run: names that every system takes, and writing whole or not at all."""

import hashlib
import os
import re
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


def create_file(path: Path) -> BinaryIO:
    """Open a new file: what stands under its name, be it a link to somewhere else or a pipe, is removed and not written
    to. Raises OSError."""
    try:
        return path.open("xb")
    except FileExistsError:
        path.unlink()
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
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
