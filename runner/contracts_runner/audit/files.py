"""The files of a run, in a folder or in an archive, and their JSON; reads nothing else, whatever their names are."""

import hashlib
import json
import os
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

from contracts_runner.evidence.files import iter_entries
from contracts_runner.model.json import MAX_VALUES, Json, has_too_many_values, is_deeper

# Of one file that is read whole: an artifact with a body of 32 MiB, the default limit. What stands in it may take many
# times that.
MAX_FILE_BYTES = 48 * 1024 * 1024
# Of all files together: they are hashed.
_MAX_BYTES = 2 * 1024 * 1024 * 1024
TOO_MUCH = f"more than {_MAX_BYTES} bytes with the files before it"
_MAX_ENTRIES = 100_000
_ENTRY = b"PK\x01\x02"  # begins each entry in the directory of an archive
_CHUNK = 1 << 20
MAX_DEPTH = 200


class UnreadableError(Exception):
    """A file of the run cannot be read; the message says why."""


class NotJsonError(UnreadableError):
    """The bytes are not JSON that two readers would read alike."""


class FolderFiles:
    """A run's folder, whose name is `name`. `names` are its regular files, relative and sorted, with forward slashes;
    `oddities` maps what else is there (links, pipes, names that lead outside) to why it is not read. Links are not
    followed: a file elsewhere is not evidence of this run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self.name = self._folder.name
        self.oddities: dict[str, str] = {}
        found, total = [], 0
        for name, entry in sorted(iter_entries(self._folder), key=itemgetter(0)):
            mode, size, problem = _look_at(entry)
            if total + size > _MAX_BYTES:
                problem = TOO_MUCH
            if problem:
                self.oddities[name or "."] = problem
            elif stat.S_ISREG(mode):
                total += size
                found.append(name)
        self.names = tuple(found)

    def measure(self, name: str) -> int:
        with _explain():
            return (self._folder / name).lstat().st_size

    def open(self, name: str) -> IO[bytes]:
        try:
            descriptor = os.open(self._folder / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except OSError as error:
            raise UnreadableError(f"cannot be read: {error.strerror or error}") from error
        return os.fdopen(descriptor, "rb")


def _look_at(entry: os.DirEntry[str] | OSError) -> tuple[int, int, str]:
    """Return mode and size of a file or folder, and why it is not read, "" if it is."""
    if isinstance(entry, OSError):
        return 0, 0, f"cannot be read: {entry.strerror}"
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        return _look_at(error)
    mode = status.st_mode
    if stat.S_ISDIR(mode):
        return mode, 0, ""
    problem = "" if stat.S_ISREG(mode) else "a link" if stat.S_ISLNK(mode) else "not a regular file"
    return mode, status.st_size, problem


class ArchiveFiles:
    """A run's archive, read in place, with the same members as FolderFiles: `measure` and `open`
    raise UnreadableError. Raises UnreadableError if it is not one."""

    def __init__(self, path: Path) -> None:
        self.name = path.resolve().stem
        self.oddities: dict[str, str] = {}
        with _explain():
            if _count_entries(path) > _MAX_ENTRIES:
                raise UnreadableError(f"an archive of more than {_MAX_ENTRIES} files")
            self._archive = zipfile.ZipFile(path)
        self._entries: dict[str, zipfile.ZipInfo] = {}
        total = 0
        for entry in self._archive.infolist():
            problem = self._find_problem(entry)
            if total + entry.file_size > _MAX_BYTES:
                problem = TOO_MUCH
            if problem:
                self.oddities[entry.filename] = problem
            elif not entry.is_dir():
                total += entry.file_size
                self._entries[entry.filename] = entry
        self.names = tuple(sorted(self._entries))

    def measure(self, name: str) -> int:
        """Return the unpacked size that an entry states; not a byte more is unpacked."""
        return self._find(name).file_size

    def open(self, name: str) -> IO[bytes]:
        with _explain():
            return self._archive.open(self._find(name))

    def close(self) -> None:
        self._archive.close()

    def _find(self, name: str) -> zipfile.ZipInfo:
        if name not in self._entries:
            raise UnreadableError("cannot be read: there is no such file")
        return self._entries[name]

    def _find_problem(self, entry: zipfile.ZipInfo) -> str:
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return "packed in another way than archives of runs are"
        if not is_inside(entry.filename):
            return "a name that leads outside the run"
        if entry.filename.count("/") > MAX_DEPTH:
            return f"nested deeper than {MAX_DEPTH}"
        if stat.S_ISLNK(entry.external_attr >> 16):
            return "a link"
        return "a name that occurs twice" if entry.filename in self._entries else ""


def _count_entries(path: Path) -> int:
    """Return how many entries an archive has, or a few more, before they are all in memory."""
    count, rest = 0, b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            count += (rest + chunk).count(_ENTRY)
            rest = chunk[1 - len(_ENTRY) :]
    return count


RunFiles = FolderFiles | ArchiveFiles


def is_inside(name: str) -> bool:
    """Tell whether a relative name with forward slashes stays inside its folder on every system."""
    parts = name.removesuffix("/").split("/")
    return "\\" not in name and "\0" not in name and ":" not in parts[0] and not {"", ".", ".."} & set(parts)


def read_file(files: RunFiles, name: str) -> bytes:
    """Return a file whole. Raises UnreadableError, also for one that is larger than MAX_FILE_BYTES."""
    if files.measure(name) > MAX_FILE_BYTES:
        raise UnreadableError(f"larger than {MAX_FILE_BYTES} bytes")
    return read_beginning(files, name, MAX_FILE_BYTES)


def read_beginning(files: RunFiles, name: str, size: int) -> bytes:
    """Return a file, or the first bytes of a longer one. Raises UnreadableError."""
    with files.open(name) as file, _explain():
        return file.read(size)


def hash_file(files: RunFiles, name: str) -> str:
    """Return the SHA-256 of a file, in hex. Raises UnreadableError."""
    digest = hashlib.sha256()
    for chunk in iter_chunks(files, name):
        digest.update(chunk)
    return digest.hexdigest()


def iter_chunks(files: RunFiles, name: str) -> Iterator[bytes]:
    """Yield a file piece by piece. Raises UnreadableError."""
    with files.open(name) as file:
        while chunk := _read_chunk(file):
            yield chunk


def _read_chunk(file: IO[bytes]) -> bytes:
    with _explain():
        return file.read(_CHUNK)


def parse_json(data: bytes) -> Json:
    """Return the value of JSON that may be hostile: bounded in depth and number, no NaN, no name twice in an object.
    Raises NotJsonError."""
    if has_too_many_values(data):
        raise NotJsonError(f"more than {MAX_VALUES} values")
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_build_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise NotJsonError(f"not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise NotJsonError(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise NotJsonError(f"nested deeper than {MAX_DEPTH}") from error
    except ValueError as error:
        # An integer with more digits than Python converts.
        raise NotJsonError(f"not JSON that can be read: {error}") from error
    if is_deeper(value, MAX_DEPTH):
        raise NotJsonError(f"nested deeper than {MAX_DEPTH}")
    return value


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise NotJsonError(f"the name '{twice[:50]}' occurs twice in one object")
    return result


def _refuse_constant(name: str) -> None:
    raise NotJsonError(f"{name} is not JSON")


@contextmanager
def _explain() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror or error}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
        raise UnreadableError(f"a broken archive: {error}") from error
    except (RuntimeError, NotImplementedError) as error:
        # How zipfile says that an entry is encrypted, or packed in a way that it does not know.
        raise UnreadableError(f"cannot be unpacked: {error}") from error
