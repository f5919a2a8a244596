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
from pathlib import Path
from typing import IO, Any

from contracts_runner.model.json import Json, is_deeper

# A body of 32 MiB, the default limit, escaped in an artifact.
MAX_FILE_BYTES = 256 * 1024 * 1024
_MAX_HASHED_BYTES = 4 * 1024 * 1024 * 1024
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
        with _explain():
            return (self._folder / name).lstat().st_size

    def open(self, name: str) -> IO[bytes]:
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
    """A run's archive, read in place, with the same members as FolderFiles: `measure` and `open`
    raise UnreadableError. Raises UnreadableError if it is not one."""

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
        with _explain():
            return self._archive.open(self._entries[name])

    def close(self) -> None:
        self._archive.close()

    def _find_problem(self, entry: zipfile.ZipInfo) -> str:
        if not is_inside(entry.filename):
            return "a name that leads outside the run"
        if stat.S_ISLNK(entry.external_attr >> 16):
            return "a link"
        return "a name that occurs twice" if entry.filename in self._entries else ""


RunFiles = FolderFiles | ArchiveFiles


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


def parse_json(data: bytes) -> Json:
    """Return the value of JSON that may be hostile: bounded depth, no NaN, no name twice in an object. Raises
    NotJsonError."""
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
