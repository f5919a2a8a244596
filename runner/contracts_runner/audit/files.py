"""The files of a run, in a folder or in an archive; reads nothing else, whatever the names in them say."""

import hashlib
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

# A body of 32 MiB, the default limit, escaped in an artifact.
MAX_FILE_BYTES = 256 * 1024 * 1024
_MAX_HASHED_BYTES = 4 * 1024 * 1024 * 1024
_CHUNK = 1 << 20


class UnreadableError(Exception):
    """A file of the run cannot be read; the message says why."""


class RunFiles(Protocol):
    """`name` is that of the run's folder. `names` are its regular files, relative and sorted, with forward slashes;
    `oddities` maps what else is there (links, pipes, names that lead outside) to why it is not read."""

    name: str
    names: tuple[str, ...]
    oddities: dict[str, str]

    def measure(self, name: str) -> int:
        """Return the size of one of `names` in bytes. Raises UnreadableError."""

    def open(self, name: str) -> IO[bytes]:
        """Return one of `names` for reading. Raises UnreadableError."""


class FolderFiles:
    """A run's folder. Links are not followed: a file that lies elsewhere is no evidence of this run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self.name = self._folder.name
        self.oddities: dict[str, str] = {}
        found = []
        for parent, folders, files in os.walk(self._folder, onerror=self._note_error):
            for entry in (*folders, *files):
                name = self._relate(Path(parent, entry))
                mode = Path(parent, entry).lstat().st_mode
                if stat.S_ISREG(mode):
                    found.append(name)
                elif not stat.S_ISDIR(mode):
                    self.oddities[name] = "a link" if stat.S_ISLNK(mode) else "not a regular file"
        self.names = tuple(sorted(found))

    def measure(self, name: str) -> int:
        """Return a file's size. Raises UnreadableError."""
        with _explain():
            return (self._folder / name).lstat().st_size

    def open(self, name: str) -> IO[bytes]:
        """Open a file. Raises UnreadableError."""
        try:
            descriptor = os.open(self._folder / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except OSError as error:
            raise UnreadableError(f"cannot be read: {error.strerror or error}") from error
        return os.fdopen(descriptor, "rb")

    def _relate(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()

    def _note_error(self, error: OSError) -> None:
        self.oddities[self._relate(Path(error.filename))] = f"cannot be read: {error.strerror}"


class ArchiveFiles:
    """A run's archive, read in place. Raises UnreadableError if it is no archive."""

    def __init__(self, path: Path) -> None:
        self.name = path.resolve().stem
        self.oddities: dict[str, str] = {}
        with _explain():
            self._archive = zipfile.ZipFile(path)
        self._entries: dict[str, zipfile.ZipInfo] = {}
        unpacked = 0
        for entry in self._archive.infolist():
            unpacked += entry.file_size
            problem = self._find_problem(entry)
            if unpacked > _MAX_HASHED_BYTES:
                problem = f"an archive of more than {_MAX_HASHED_BYTES} bytes when unpacked"
            if problem:
                self.oddities[entry.filename] = problem
            elif not entry.is_dir():
                self._entries[entry.filename] = entry
        self.names = tuple(sorted(self._entries))

    def measure(self, name: str) -> int:
        """Return the unpacked size that an entry states; not a byte more is unpacked."""
        return self._entries[name].file_size

    def open(self, name: str) -> IO[bytes]:
        """Open an entry. Raises UnreadableError."""
        with _explain():
            return self._archive.open(self._entries[name])

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()

    def _find_problem(self, entry: zipfile.ZipInfo) -> str:
        if not is_inside(entry.filename):
            return "a name that leads outside the run"
        if stat.S_ISLNK(entry.external_attr >> 16):
            return "a link"
        return "a name that stands twice" if entry.filename in self._entries else ""


def is_inside(name: str) -> bool:
    """Tell whether a relative name with forward slashes stays inside its folder on every system."""
    parts = name.removesuffix("/").split("/")
    return "\\" not in name and "\0" not in name and ":" not in parts[0] and not {"", ".", ".."} & set(parts)


def read_file(files: RunFiles, name: str) -> bytes:
    """Return a file whole. Raises UnreadableError, also for one that is larger than MAX_FILE_BYTES."""
    size = files.measure(name)
    if size > MAX_FILE_BYTES:
        raise UnreadableError(f"larger than {MAX_FILE_BYTES} bytes")
    with files.open(name) as file, _explain():
        return file.read(size)


def hash_file(files: RunFiles, name: str) -> str:
    """Return the SHA-256 of a file, in hex. Raises UnreadableError."""
    digest, size = hashlib.sha256(), 0
    with files.open(name) as file, _explain():
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if size > _MAX_HASHED_BYTES:
                raise UnreadableError(f"larger than {_MAX_HASHED_BYTES} bytes")
    return digest.hexdigest()


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
