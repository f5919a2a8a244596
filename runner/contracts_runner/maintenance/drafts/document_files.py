"""Brings a document and all files that it refers to together, so that no reference leads out of one folder."""

import hashlib
import ipaddress
import json
import os
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit
from urllib.request import url2pathname

from contracts_runner.errors import UsageError
from contracts_runner.model.json import Json
from contracts_runner.openapi.refs import is_file_like
from contracts_runner.reading.yaml_source import parse_yaml

# Returns the bytes at an address, and the address that they came from in the end; raises UsageError.
Fetch = Callable[[str], tuple[str, bytes]]

_SUFFIXES = (".json", ".yaml", ".yml")
_NAMES = re.compile(rb"""(?:^|[{,])\s*["']?(?:openapi|swagger)["']?\s*:\s*["']?[0-9]""", re.MULTILINE)
_HEAD_BYTES = 1 << 16
# May refer to another file; most documents do not, and need not be parsed for that.
_OUTSIDE = re.compile(r"""(?:\$ref|operationRef)["']?\s*:\s*["']?[^"'#\s]|mapping["']?\s*:""")
_REFERRING = rb"""(?:\$ref|operationRef)["']?\s*:\s*["']?"""
_MAPPED = rb"""[\w.$-]+["']?\s*:\s*["']?"""
_UNSAFE_IN_NAME = re.compile(r"[^\w.@+ -]")
_REMOTE = "remote"
# Of what comes from the network, all together: a service may refer from each document to the next, for ever.
_MOST_FILES, _MOST_BYTES = 5_000, 256 << 20
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class CollectedDocument:
    """Path, relative to one folder -> bytes of each file; `main` is the document. `origins`: path -> the local file
    that was copied. `missing` says in sentences what could not be brought."""

    main: str
    files: Mapping[str, bytes]
    origins: Mapping[str, Path]
    missing: tuple[str, ...]


@dataclass(slots=True)
class _File:
    """A file that was read: `references` are the parts before `#` -> the address that they lead to."""

    address: str
    content: bytes
    references: dict[str, str] = field(default_factory=dict)


def collect_document(source: str, folder: Path, fetch: Fetch) -> CollectedDocument:
    """Return the document that `source` names, a file or folder relative to `folder` or an http(s) URL, and all that it
    refers to. References that must change, to files elsewhere, are changed; all else stays byte for byte.

    Raises UsageError where there is no document.
    """
    collector = _Collector(fetch)
    try:
        main = collector.collect(source if is_url(source) else find_document(folder / source, source).as_uri())
    except OSError as error:
        raise UsageError(f"{source}: cannot be read: {error.strerror or error}") from None
    return collector.arrange(main)


def is_url(source: str) -> bool:
    """Tell whether a source is to be fetched."""
    return re.match("https?://", source, re.IGNORECASE) is not None


def find_document(path: Path, source: str) -> Path:
    """Return the absolute path of a document, or of the only one in a folder; raises UsageError."""
    path = Path(os.path.abspath(path))
    if path.is_dir():
        levels = [path.glob("*"), path.rglob("*")]
        for level in levels:
            found = sorted(each for each in level if _is_document(each.relative_to(path), each))
            if len(found) == 1:
                return found[0]
            if found:
                names = ", ".join(each.relative_to(path).as_posix() for each in found[:10])
                raise UsageError(f"{source} has several OpenAPI documents: {names}; name one of them")
        raise UsageError(f"{source} has no OpenAPI document; name the file, or its URL")
    if not path.is_file():
        raise UsageError(f"{source}: there is no such file; name an OpenAPI document, its folder or its URL")
    return path


def _is_document(name: Path, path: Path) -> bool:
    if name.suffix not in _SUFFIXES or any(part.startswith(".") or part == "node_modules" for part in name.parts):
        return False
    try:
        with path.open("rb") as file:
            return _NAMES.search(file.read(_HEAD_BYTES)) is not None
    except OSError:
        return False


class _Collector:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._files: dict[str, _File] = {}
        self._missing: dict[str, str] = {}
        self._fetched = self._bytes = 0

    def collect(self, address: str) -> _File:
        """Read the file at an address and all that it refers to; raises UsageError or OSError for the first one."""
        main = self._read(address)
        pending = [main]
        while pending:
            file = pending.pop()
            for text in _list_outside(file):
                target = urldefrag(urljoin(file.address, text))[0]
                if _may_follow(main.address, file.address, target):
                    file.references[text] = target
                    if target not in self._files and target not in self._missing:
                        try:
                            pending.append(self._read(target))
                        except UsageError as error:
                            self._missing[target] = str(error)
                        except OSError:
                            self._missing[target] = ""  # `contracts check` tells what it is needed for
        return main

    def _read(self, address: str) -> _File:
        if address.startswith("file:"):
            file = _File(address, Path(url2pathname(urlsplit(address).path)).read_bytes())
        else:
            if self._fetched >= _MOST_FILES or self._bytes >= _MOST_BYTES:
                raise UsageError(f"{address}: not fetched, since there are too many files, or too large ones, already")
            file = _File(*self._fetch(address))
            self._fetched += 1
            self._bytes += len(file.content)
        self._files[address] = self._files[file.address] = file
        return file

    def arrange(self, main: _File) -> CollectedDocument:
        """Give each file its path, and let references lead there."""
        paths = self._place(main)
        files: dict[str, bytes] = {}
        for address, file in self._files.items():
            files[paths[address]] = _redirect(file, paths[address], paths)
        origins = {
            path: Path(url2pathname(urlsplit(address).path))
            for address, path in paths.items()
            if address.startswith("file:")
        }
        place = next(paths[address] for address, file in self._files.items() if file is main)
        return CollectedDocument(place, files, origins, tuple(filter(None, self._missing.values())))

    def _place(self, main: _File) -> dict[str, str]:
        origin = _find_origin(main.address)
        own = [file.address for file in self._files.values() if _find_origin(file.address) == origin]
        common = os.path.commonpath([os.path.dirname(urlsplit(address).path) or "/" for address in own])
        paths: dict[str, str] = {}
        taken: dict[str, str] = {}
        for address, file in self._files.items():
            path = _name_file(file, origin, common)
            if taken.setdefault(path.casefold(), file.address) != file.address:
                stem, suffix = os.path.splitext(path)
                path = f"{stem}-{hashlib.sha256(address.encode()).hexdigest()[:8]}{suffix}"
            paths[address] = path
        return paths


def _may_follow(main: str, holder: str, target: str) -> bool:
    """Tell whether a reference is brought. What came from the network names nothing of this machine; a file names
    nothing outside of the document's folder that is no document itself, such as keys."""
    scheme = urlsplit(target).scheme
    if scheme == "file":
        is_below = target.startswith(f"{main.rpartition('/')[0]}/")
        return holder.startswith("file:") and (is_below or target.lower().endswith(_SUFFIXES))
    is_home = holder.startswith("file:") or is_local(holder)
    return scheme in ("http", "https") and (is_home or not is_local(target))


def is_local(address: str) -> bool:
    """Tell whether an address is of this machine or of its link, where hosts keep what no other may ask for; in any
    spelling of a number."""
    host = (urlsplit(address).hostname or "").removesuffix(".")
    if host in LOCAL_HOSTS or host.endswith(".localhost"):
        return True
    try:
        number = ipaddress.ip_address(host if ":" in host else socket.inet_aton(host))
    except (OSError, ValueError):
        return False  # a name
    number = getattr(number, "ipv4_mapped", None) or number
    return number.is_loopback or number.is_unspecified or number.is_link_local


def _find_origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc


def _name_file(file: _File, origin: tuple[str, str], common: str) -> str:
    """Return where a file is to be: as it is to its neighbours of one origin, and apart from those of others."""
    parts = urlsplit(file.address)
    path = unquote(parts.path)
    path += "openapi" if path.endswith("/") else "" if path else "/openapi"
    if _find_origin(file.address) == origin:
        names = PurePosixPath(os.path.relpath(path, unquote(common))).parts
    else:
        names = (_REMOTE, parts.netloc, *PurePosixPath(path).parts[1:])
    kept = [_UNSAFE_IN_NAME.sub("-", part) for part in names if part not in (".", "..")]
    *folders, name = kept or ["openapi"]
    if parts.scheme != "file" and not name.lower().endswith(_SUFFIXES):
        name += ".json" if _is_json(file.content) else ".yaml"
    return "/".join([*folders, name])


def _is_json(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def _list_outside(file: _File) -> list[str]:
    """Return the parts before `#` of the references to files."""
    text = file.content.decode("utf-8-sig", errors="replace")
    if not _OUTSIDE.search(text.replace("\\/", "/")):
        return []
    try:
        # Without places, which nobody asks for here, JSON is read in no time.
        value = json.loads(text) if _is_json(file.content) else parse_yaml(text, "document", lenient=True).value
    except (ValueError, RecursionError):
        return []  # what it is read for will tell
    return list(dict.fromkeys(text.partition("#")[0] for text in _iter_references(value) if not text.startswith("#")))


def _iter_references(value: Json) -> Iterator[str]:
    pending: list[tuple[str, Json]] = [("", value)]
    while pending:
        key, value = pending.pop()
        if isinstance(value, list):
            pending += [("", item) for item in value]
        if not isinstance(value, Mapping):
            continue
        yield from (value[name] for name in ("$ref", "operationRef") if isinstance(value.get(name), str))
        mapping = value.get("mapping")
        if key == "discriminator" and isinstance(mapping, Mapping):
            yield from (text for text in mapping.values() if isinstance(text, str) and is_file_like(text))
        pending += value.items()


def _redirect(file: _File, path: str, paths: Mapping[str, str]) -> bytes:
    """Return the content of a file with its references to others as they are from its new place."""
    content = file.content
    for text, target in file.references.items():
        if target not in paths:
            continue
        wanted = quote(os.path.relpath(paths[target], os.path.dirname(path)).replace(os.sep, "/"), safe="/@+")
        if is_url(text) or os.path.normpath(unquote(text)) != os.path.normpath(unquote(wanted)):
            for written in dict.fromkeys((text, text.replace("/", "\\/"))):
                content = _replace(content, written.encode(), wanted.encode())
    return content


def _replace(content: bytes, written: bytes, wanted: bytes) -> bytes:
    """Replace the part before `#` of references, where they are written so."""
    for before, behind in ((_REFERRING, rb"""["'#\s,}\]]|$"""), (_MAPPED, b"#")):
        pattern = re.compile(b"(" + before + b")" + re.escape(written) + b"(?=" + behind + b")", re.MULTILINE)
        content = pattern.sub(lambda match: match[1] + wanted, content)
    return content
