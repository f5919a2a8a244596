"""Reads files of recorded traffic (HAR 1.2): where each entry stands, and one entry at a time.

A file is in memory once, as bytes; its entries are parts of it until they are read.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem, ProjectError, SourceLocation, UsageError
from contracts_runner.model.json import Json

MOST_BYTES = 1 << 30
_ATTACHED = re.compile(r"\w[\w.-]{0,200}")
_MARK = b"\xef\xbb\xbf"
_SAVE_AGAIN = "save the archive again"


class _Log(Struct):
    entries: list[Raw]


class _Archive(Struct):
    log: _Log


@dataclass(frozen=True, slots=True)
class HarEntry:
    """An entry: its number from 1, and where it begins."""

    number: int
    location: SourceLocation
    raw: memoryview
    folder: Path

    def read(self) -> Json:
        """Return its value; a body that Playwright has put beside the archive is in it. Raises ValueError,
        RecursionError."""
        value = json.loads(bytes(self.raw))
        response = value.get("response") if isinstance(value, dict) else None
        content = response.get("content") if isinstance(response, dict) else None
        if isinstance(content, dict) and (body := self._read_attached(content.get("_file"))) is not None:
            content |= {"text": base64.b64encode(body).decode(), "encoding": "base64", "size": len(body)}
        return value

    def _read_attached(self, name: Json) -> bytes | None:
        """Return the file of a body, which is in the archive's folder itself, whatever its name says."""
        if not isinstance(name, str) or not _ATTACHED.fullmatch(name):
            return None
        path = self.folder / name
        is_own = path.is_file() and not path.is_symlink() and path.stat().st_size <= MOST_BYTES
        return path.read_bytes() if is_own else None


@dataclass(frozen=True, slots=True)
class HarFile:
    """An archive; `name` is how messages call it."""

    path: Path
    name: str
    sha256: str
    entries: tuple[HarEntry, ...]


def read_har_file(path: Path) -> HarFile:
    """Return an archive. Raises UsageError for one that cannot be opened or is too large, ProjectError for what is no
    HAR."""
    try:
        if (size := path.stat().st_size) > MOST_BYTES:
            raise UsageError(f"{path} has {size >> 20} MiB, more than {MOST_BYTES >> 20}; record less at a time")
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    name = path.as_posix()
    text = content.removeprefix(_MARK)
    return HarFile(
        path, name, hashlib.sha256(content).hexdigest(), tuple(_iter_entries(path, text, _parse(name, text)))
    )


def _parse(name: str, text: bytes, *, is_again: bool = False) -> list[Raw]:
    try:
        return msgspec.json.decode(text, type=_Archive).log.entries
    except msgspec.ValidationError as error:
        raise _build_error(name, 1, f"this is no HAR archive: {_explain(error)}") from None
    except (msgspec.DecodeError, RecursionError):
        if is_again:
            raise _build_error(name, 1, "this is no JSON that can be read") from None
        return _parse_again(name, text)


def _parse_again(name: str, text: bytes) -> list[Raw]:
    """Tell where a text is no JSON; what is one but for half a character, as browsers write it, is read."""
    try:
        value = json.loads(text.decode())
    except json.JSONDecodeError as error:
        raise _build_error(name, error.lineno, f"this is no JSON: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise _build_error(name, text.count(b"\n", 0, error.start) + 1, "this is no text in UTF-8") from None
    except RecursionError:
        raise _build_error(name, 1, "this is nested too deep") from None
    # Pairs of halves are joined where the text is written again; a half alone becomes the sign for no character.
    whole = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _parse(name, whole.encode(), is_again=True)


def _explain(error: msgspec.ValidationError) -> str:
    return str(error).replace("`", "'").replace("Object missing", "object misses").replace("Expected", "expected")


def _iter_entries(path: Path, text: bytes, entries: list[Raw]) -> Iterator[HarEntry]:
    """Yield the entries with their lines: each stands after the one before."""
    end, line = 0, 1
    for number, raw in enumerate(entries, start=1):
        view = memoryview(raw)
        begin = text.find(view, end)
        if begin >= 0:
            line += text.count(b"\n", end, begin)
        yield HarEntry(number, SourceLocation(path.as_posix(), line), view, path.parent)
        if begin >= 0:
            end = begin + len(view)
            line += text.count(b"\n", begin, end)


def _build_error(name: str, line: int, message: str) -> ProjectError:
    return ProjectError([Problem(location=SourceLocation(name, line), message=message, hint=_SAVE_AGAIN)])
