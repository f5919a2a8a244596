"""The files of a run, in a folder or in an archive; reads nothing else, whatever their names are, and never more than
its limits."""

import hashlib
import io
import os
import stat
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import IO, Any

from contracts_runner.dataclass import dataclass
from contracts_runner.evidence.files import iter_entries

_CHUNK = 1 << 20
_DEEPEST = 200  # folders of an archive: they are made by calls within calls
_MEBIBYTE = 1 << 20


class UnreadableError(Exception):
    """A file of the run cannot be read; the message says why."""


class TooLargeError(UnreadableError):
    """Reading more would pass a limit."""

    def __init__(self, limit: int, unit: str = "bytes") -> None:
        super().__init__(f"more than {limit} {unit}, which only --large reads")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is read of a run that somebody may have made to be costly: with these an audit takes less than about 500 MB
    and half a minute, whatever stands in it."""

    files: int = 100_000
    directory_bytes: int = 16 * _MEBIBYTE  # of an archive: the list of its files
    total_bytes: int = 1024 * _MEBIBYTE  # of all files, unpacked
    file_bytes: int = 64 * _MEBIBYTE  # of one file that is held as a whole
    json_bytes: int = 24 * _MEBIBYTE  # of one JSON document
    ledger_bytes: int = 32 * _MEBIBYTE
    line_bytes: int = 8 * _MEBIBYTE
    values: int = 1_200_000  # in one JSON document, and in all lines of the ledger
    violations: int = 10_000


LIMITS = Limits()
NO_LIMITS = Limits(**{each.name: 1 << 62 for each in fields(Limits)})


class RunFiles(ABC):
    """The files of a run that is called `name`. `names` are its regular files, relative and sorted, with forward
    slashes; `oddities` maps what else is there (links, pipes, names that lead outside) to why it is not read."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.name = name
        self.limits = limits
        self.names: tuple[str, ...] = ()
        self.oddities: dict[str, str] = {}
        self.hashes: dict[str, str] = {}  # of those that were hashed already
        self._count = self._total = 0

    @abstractmethod
    def measure(self, name: str) -> int:
        """Return the size of a file: not a byte more is read. Raises UnreadableError."""

    @abstractmethod
    def open(self, name: str) -> IO[bytes]:
        """Open a file. Raises UnreadableError."""

    @contextmanager
    def reading(self, name: str) -> Iterator[IO[bytes]]:
        """Give an open file. What breaks while it is read, too, is an UnreadableError."""
        with self.open(name) as file, _explain():
            yield file

    def _take(self, size: int) -> None:
        """Count a file. Raises TooLargeError if it is one too many."""
        self._count += 1
        self._total += size
        if self._count > self.limits.files:
            raise TooLargeError(self.limits.files, "files")
        if self._total > self.limits.total_bytes:
            raise TooLargeError(self.limits.total_bytes)


class FolderFiles(RunFiles):
    """A run's folder. Links are not followed: a file elsewhere is not evidence of this run."""

    def __init__(self, folder: Path, limits: Limits = LIMITS) -> None:
        self._folder = folder.resolve()
        super().__init__(self._folder.name, limits)
        found = []
        for name, mode, size in self._iter_entries():
            try:
                self._take(size)
            except TooLargeError as error:
                self.oddities[name] = str(error)
                break
            if stat.S_ISREG(mode):
                found.append(name)
            elif not stat.S_ISDIR(mode):
                self.oddities[name] = "a link" if stat.S_ISLNK(mode) else "not a regular file"
        self.names = tuple(sorted(found))

    def measure(self, name: str) -> int:
        with _explain():
            return (self._folder / name).lstat().st_size

    def open(self, name: str) -> IO[bytes]:
        with _explain():
            descriptor = os.open(self._folder / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        return os.fdopen(descriptor, "rb")

    def _iter_entries(self) -> Iterator[tuple[str, int, int]]:
        """Yield (name, mode, size) of everything in the folder."""
        for name, entry in iter_entries(self._folder):
            try:
                if isinstance(entry, OSError):
                    raise entry
                found = entry.stat(follow_symlinks=False)
            except OSError as error:
                self.oddities[name or "."] = f"cannot be read: {error.strerror}"
            else:
                yield name, found.st_mode, found.st_size


class ArchiveFiles(RunFiles):
    """A run's archive, read in place. Raises UnreadableError if it is not one."""

    def __init__(self, path: Path, limits: Limits = LIMITS) -> None:
        super().__init__(path.resolve().stem, limits)
        with _explain():
            self._file = _ArchiveFile(path, limits)
            try:
                self._archive = zipfile.ZipFile(self._file)
            except BaseException:
                self._file.close()
                raise
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in self._archive.infolist():
            try:
                self._take(entry.file_size)
            except TooLargeError as error:
                self.oddities[entry.filename] = str(error)
                break
            if problem := self._find_problem(entry):
                self.oddities[entry.filename] = problem
            elif not entry.is_dir():
                self._entries[entry.filename] = entry
        self.names = tuple(sorted(self._entries))

    def measure(self, name: str) -> int:
        if name not in self._entries:
            raise UnreadableError("is not there")
        return self._entries[name].file_size

    def open(self, name: str) -> IO[bytes]:
        with _explain():
            return self._archive.open(self._entries[name])

    def close(self) -> None:
        self._archive.close()
        self._file.close()

    def _find_problem(self, entry: zipfile.ZipInfo) -> str:
        if not is_inside(entry.filename):
            return "a name that leads outside the run"
        if entry.filename.count("/") > _DEEPEST:
            return f"in more than {_DEEPEST} folders"
        if stat.S_ISLNK(entry.external_attr >> 16):
            return "a link"
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # The others are unpacked without a bound.
            return "packed in another way than runs are"
        return "a name that occurs twice" if entry.filename in self._entries else ""


class _ArchiveFile(io.BufferedReader):
    """An archive whose list of files, the one part that is read at once, is bounded."""

    def __init__(self, path: Path, limits: Limits) -> None:
        super().__init__(io.FileIO(path))
        self._limit = max(limits.directory_bytes, _CHUNK)

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > self._limit:
            raise TooLargeError(self._limit, "bytes for the names of its files")
        return super().read(size)


def is_inside(name: str) -> bool:
    """Tell whether a relative name with forward slashes stays inside its folder on every system."""
    parts = name.removesuffix("/").split("/")
    return "\\" not in name and "\0" not in name and ":" not in parts[0] and not {"", ".", ".."} & set(parts)


def read_file(files: RunFiles, name: str, limit: int | None = None) -> bytes:
    """Return a file whole. Raises UnreadableError, TooLargeError for one that is larger than the limit, or than
    `limits.file_bytes`."""
    most = files.limits.file_bytes if limit is None else limit
    if files.measure(name) > most:
        raise TooLargeError(most)
    return b"".join(iter_chunks(files, name))


def hash_file(files: RunFiles, name: str) -> str:
    """Return the SHA-256 of a file, in hex. Raises UnreadableError."""
    if name not in files.hashes:
        digest = hashlib.sha256()
        for chunk in iter_chunks(files, name):
            digest.update(chunk)
        files.hashes[name] = digest.hexdigest()
    return files.hashes[name]


def iter_chunks(files: RunFiles, name: str) -> Iterator[bytes]:
    """Yield the content of a file, all that it measures and no more. Raises UnreadableError."""
    left = files.measure(name)
    with files.reading(name) as file:
        while left > 0 and (chunk := file.read(min(left, _CHUNK))):
            left -= len(chunk)
            yield chunk
    if left > 0:
        raise UnreadableError(f"{left} bytes shorter than it is said to be")


@contextmanager
def _explain() -> Iterator[Any]:
    try:
        yield
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror or error}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
        raise UnreadableError(f"a broken archive: {error}") from error
    except (RuntimeError, NotImplementedError) as error:
        # How zipfile says that an entry is encrypted, or packed in a way that it does not know.
        raise UnreadableError(f"cannot be unpacked: {error}") from error
