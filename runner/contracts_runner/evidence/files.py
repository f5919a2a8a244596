"""The files of a run: names that every system takes, opening without following links (somebody may have sent the
folder), and writing whole or not at all."""

import errno
import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from contracts_runner.errors import RunFolderError, explain_errors

PARTIAL = ".part"
# Letters and digits of any script. "~" is ours: it separates the hash of a name that had to be changed.
_FORBIDDEN = re.compile(r"[^\w.+=@ -]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\..*)?", re.IGNORECASE)
_LONGEST = 48
# Windows has no such flags: making a link takes rights there.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK


@lru_cache(maxsize=4096)
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


def open_file(path: Path | str, flags: int = os.O_RDONLY, *, buffering: int = -1) -> BinaryIO:
    """Open a regular file, for reading or (O_WRONLY) writing; raises OSError, also for a link, a pipe, a device."""
    descriptor = os.open(path, flags | _NO_LINK, 0o666)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return os.fdopen(descriptor, "wb" if flags & os.O_WRONLY else "rb", buffering=buffering)
    except BaseException:
        os.close(descriptor)
        raise


def read_file(path: Path) -> bytes:
    """Return a regular file whole; raises OSError."""
    with open_file(path) as file:
        return file.read()


def create_file(path: Path) -> BinaryIO:
    """Open a new file for writing, in place of what has its name; raises OSError."""
    path.unlink(missing_ok=True)
    return open_file(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)


def list_files(folder: Path) -> list[str]:
    """Return the relative paths of the folder's regular files, with forward slashes, sorted. Raises RunFolderError."""
    names = []
    with explain_errors("read", folder):
        for name, entry in iter_entries(folder):
            if isinstance(entry, OSError):
                raise entry
            # No archive takes a name that is no text; the audit tells that the manifest does not list it.
            if entry.is_file(follow_symlinks=False) and _is_text(name):
                names.append(name)
    return sorted(names)


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


def _is_text(name: str) -> bool:
    """Tell whether a name is UTF-8: Python has others with half surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def refuse_links(folder: Path) -> None:
    """Raise RunFolderError for a folder of a run that holds a link: what is written there could land elsewhere."""
    with explain_errors("read", folder):
        links = sorted(
            name for name, entry in iter_entries(folder) if isinstance(entry, os.DirEntry) and entry.is_symlink()
        )
    for name in links:
        raise RunFolderError(f"{folder / name} is a link, which no run has: nothing is written to this folder")


def write_whole(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file, or its pieces, so that a reader sees the old one or the new one, never a part; makes its folder.

    Raises RunFolderError.
    """
    temporary = path.with_name(path.name + PARTIAL)
    with explain_errors("write", path):
        try:
            try:
                _write_new(temporary, content)
            except FileNotFoundError:
                path.parent.mkdir(parents=True, exist_ok=True)
                _write_new(temporary, content)
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def write_file(path: str, content: bytes) -> None:
    """Write a file in a folder that is there, in place of one that has its name. A process that is killed may leave a
    part of it: for files that nothing names before they are there. Raises RunFolderError."""
    with explain_errors("write", path):
        try:
            descriptor = os.open(path, _NEW, 0o666)
        except FileExistsError:
            os.unlink(path)
            descriptor = os.open(path, _NEW, 0o666)
        try:
            written = os.write(descriptor, content)
            while written < len(content):
                written += os.write(descriptor, content[written:])
        except BaseException:
            os.unlink(path)
            raise
        finally:
            os.close(descriptor)


def _write_new(path: Path, content: bytes | Iterable[bytes]) -> None:
    with create_file(path) as file:
        file.writelines([content] if isinstance(content, bytes) else content)
