"""Keeps what is slow to find out of files between processes, in the cache folder of the user.

An entry is whatever was kept under the same key: one that is damaged, cut off, of another key or of another owner is
none. `$CONTRACTS_CACHE` names another folder, or is `off`.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import contracts_runner
from contracts_runner.dataclass import dataclass

# What a file is read and judged by, besides ourselves.
_LIBRARIES = ("jsonschema_rs", "openapi_spec_validator", "yaml", "iregexp_check")
_ROOMS = ("openapi", "reading", "model")

_MOST_BYTES = 512 * 1024 * 1024
_MOST_ENTRIES = 500
_SUFFIX, _UNFINISHED = ".entry", ".part"
_BREAK = b"\n"
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Cache:
    """Entries in a folder, which is made when there is one to keep. No error leaves it: the work is done again."""

    folder: Path
    most_bytes: int = _MOST_BYTES
    most_entries: int = _MOST_ENTRIES

    def load(self, key: str) -> list[bytes] | None:
        """Return the lines of an entry, None where there is no sound one."""
        path = self._find(key)
        try:
            with path.open("rb") as file:
                if not _is_own(os.fstat(file.fileno())):
                    return None
                digest, *lines = file.read().split(_BREAK)
        except OSError:
            return None
        with contextlib.suppress(OSError):  # the oldest go first; of a folder that cannot be written none goes
            os.utime(path)
        return lines if digest == _sign(key, lines) else None

    def save(self, key: str, lines: Sequence[bytes]) -> None:
        """Keep lines, which hold no line break, under a key; nobody ever sees a part of them."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            number, name = tempfile.mkstemp(suffix=_UNFINISHED, dir=self.folder)
            try:
                with open(number, "wb") as file:
                    file.write(_sign(key, lines))
                    file.writelines(part for line in lines for part in (_BREAK, line))
                os.replace(name, self._find(key))
            except OSError:
                os.unlink(name)
                raise
            self._bound()

    def _find(self, key: str) -> Path:
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()}{_SUFFIX}"

    def _bound(self) -> None:
        entries = sorted(self._iter_entries(), reverse=True)
        size = 0
        for number, (_, path, length) in enumerate(entries, 1):
            size += length
            if number > self.most_entries or size > self.most_bytes:
                with contextlib.suppress(OSError):  # another run was faster
                    os.unlink(path)

    def _iter_entries(self) -> Iterator[tuple[int, str, int]]:
        """Yield (time, path, size) of all that is ours in the folder."""
        with os.scandir(self.folder) as found:
            for entry in found:
                if entry.name.endswith((_SUFFIX, _UNFINISHED)):
                    with contextlib.suppress(OSError):
                        status = entry.stat(follow_symlinks=False)
                        yield status.st_mtime_ns, entry.path, status.st_size


def find_cache(environ: Mapping[str, str]) -> Cache | None:
    """Return the cache that the environment variables name, None where it is off or the user has no folder."""
    named = environ.get("CONTRACTS_CACHE", "")
    if named == "off":
        return None
    base = Path(named) if named else _find_user_folder(environ)
    return Cache(base / "documents") if base else None


def _find_user_folder(environ: Mapping[str, str]) -> Path | None:
    match sys.platform:
        case "win32":
            local = environ.get("LOCALAPPDATA")
            return Path(local) / "contracts" / "Cache" if local else None
        case "darwin":
            home = _find_home(environ)
            return home / "Library" / "Caches" / "contracts" if home else None
    # A relative path is to be ignored (XDG Base Directory Specification).
    base = Path(environ.get("XDG_CACHE_HOME", ""))
    home = _find_home(environ)
    return base / "contracts" if base.is_absolute() else home / ".cache" / "contracts" if home else None


def _find_home(environ: Mapping[str, str]) -> Path | None:
    home = Path(environ.get("HOME", ""))
    return home if home.is_absolute() else None


def _is_own(status: os.stat_result) -> bool:
    """Tell whether nobody else can have written a file."""
    return sys.platform == "win32" or (status.st_uid == os.getuid() and not status.st_mode & _WRITABLE_BY_OTHERS)


def _sign(key: str, lines: Iterable[bytes]) -> bytes:
    digest = hashlib.sha256(key.encode())
    for line in lines:
        digest.update(_BREAK)
        digest.update(line)
    return digest.hexdigest().encode()


@cache
def find_tool() -> list[str]:
    """Return what tells this tool, as it is installed, from all others: an edited one is another."""
    home = Path(contracts_runner.__file__).parent
    files = [each.path for room in _ROOMS for each in os.scandir(home / room) if each.name.endswith(".py")]
    specs = [importlib.util.find_spec(name) for name in _LIBRARIES]
    files += [spec.origin for spec in specs if spec and spec.origin]
    stamps = [(path, status.st_size, status.st_mtime_ns) for path in sorted(files) if (status := os.stat(path))]
    digest = hashlib.sha256(json.dumps(stamps).encode()).hexdigest()
    return [sys.version, digest]
