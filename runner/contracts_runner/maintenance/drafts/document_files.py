"""Brings a document and all files that it refers to together, so that no reference leads out of one folder."""

import hashlib
import ipaddress
import json
import os
import re
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit
from urllib.request import url2pathname

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import UsageError
from contracts_runner.maintenance.drafts.document_search import SUFFIXES, find_documents
from contracts_runner.model.json import Json
from contracts_runner.openapi.refs import is_file_like, is_own_address
from contracts_runner.reading.yaml_source import parse_yaml

# Returns the bytes at an address, and the address that they came from in the end; raises UsageError.
Fetch = Callable[[str], tuple[str, bytes]]

# May refer to another file; most documents do not, and need not be parsed for that.
_OUTSIDE = re.compile(r"""(?:\$ref|operationRef|externalValue)["']?\s*:\s*["']?[^"'#\s]|mapping["']?\s*:""")
_REF, _VALUE = "$ref", "externalValue"
_REFERRING = (_REF, "operationRef", _VALUE)
_UNSAFE_IN_NAME = re.compile(r"[^\w.@+ -]")
_REMOTE = "remote"
# Of what comes from the network, all together: a service may refer from each document to the next, for ever.
_MOST_FILES, _MOST_BYTES = 5_000, 256 << 20
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class CollectedDocument:
    """Path, relative to one folder -> bytes of each file; `documents`: path of a document -> those of the files that it
    needs. `origins`: path -> the local file that was copied. `missing` says in sentences what could not be brought."""

    documents: Mapping[str, frozenset[str]]
    files: Mapping[str, bytes]
    origins: Mapping[str, Path]
    missing: tuple[str, ...]


@dataclass(slots=True)
class _File:
    """A file that was read: `references` are keys and the parts before `#` of their values -> the address that they
    lead to. One that `is_data` is not looked into."""

    address: str
    content: bytes
    is_data: bool = False
    references: dict[tuple[str, str], str] = field(default_factory=dict)
    # Of those the addresses whose paths are taken over.
    parts: set[str] = field(default_factory=set)


def collect_document(source: str, folder: Path, fetch: Fetch) -> CollectedDocument:
    """Return the documents that `source` names, a file or folder relative to `folder` or an http(s) URL, and all that
    they refer to. References that must change, to files elsewhere, are changed; all else stays byte for byte.

    Raises UsageError where there is no document.
    """
    collector = _Collector(fetch)
    try:
        addresses = [source] if is_url(source) else [path.as_uri() for path in find_documents(folder / source, source)]
        found = [collector.collect(address) for address in addresses]
    except OSError as error:
        raise UsageError(f"{source}: cannot be read: {error.strerror or error}") from None
    return collector.arrange([file for file in found if not collector.is_part(file)] or found)


def is_url(source: str) -> bool:
    """Tell whether a source is to be fetched."""
    return re.match("https?://", source, re.IGNORECASE) is not None


class _Collector:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._files: dict[str, _File] = {}
        self._missing: dict[str, str] = {}
        self._fetched = self._bytes = 0

    def collect(self, address: str) -> _File:
        """Read the file at an address and all that it refers to; raises UsageError or OSError for the first one."""
        main = self._files.get(address) or self._read(address)
        pending = [main]
        while pending:
            file = pending.pop()
            for key, reference in [] if file.is_data else _list_outside(file):
                text, _, fragment = reference.partition("#")
                target = _join(file.address, text)
                if _may_follow(main.address, file.address, target):
                    file.references[key, text] = target
                    if key == _REF and fragment.startswith("/paths"):
                        file.parts.add(target)
                    if target not in self._files and target not in self._missing:
                        try:
                            pending.append(self._read(target, is_data=key == _VALUE))
                        except UsageError as error:
                            self._missing[target] = str(error)
                        except (OSError, ValueError):  # the latter for what can be no name of a file
                            self._missing[target] = ""  # `contracts check` tells what it is needed for
        return main

    def _read(self, address: str, *, is_data: bool = False) -> _File:
        if address.startswith("file:"):
            file = _File(address, Path(url2pathname(urlsplit(address).path)).read_bytes(), is_data)
        else:
            if self._fetched >= _MOST_FILES or self._bytes >= _MOST_BYTES:
                raise UsageError(f"{address}: not fetched, since there are too many files, or too large ones, already")
            file = _File(*self._fetch(address), is_data)
            self._fetched += 1
            self._bytes += len(file.content)
        self._files[address] = self._files[file.address] = file
        return file

    def is_part(self, document: _File) -> bool:
        """Tell whether another document has the paths of this one."""
        return any(document.address in file.parts for file in self._files.values() if file is not document)

    def arrange(self, documents: Sequence[_File]) -> CollectedDocument:
        """Give each file that these documents need its path, and let references lead there."""
        needed = {document.address: self._list_needed(document) for document in documents}
        kept = {address: file for address, file in self._files.items() if any(file in each for each in needed.values())}
        paths = _place(kept, documents[0].address)
        by_file = {id(file): paths[address] for address, file in kept.items()}
        files = {paths[address]: _redirect(file, paths[address], paths) for address, file in kept.items()}
        origins = {
            path: Path(url2pathname(urlsplit(address).path))
            for address, path in paths.items()
            if address.startswith("file:")
        }
        found = {
            by_file[id(document)]: frozenset(by_file[id(file)] for file in needed[document.address])
            for document in documents
        }
        return CollectedDocument(found, files, origins, tuple(filter(None, self._missing.values())))

    def _list_needed(self, document: _File) -> list[_File]:
        needed = [document]
        for file in needed:
            targets = (self._files.get(target) for target in file.references.values())
            needed += [each for each in targets if each is not None and all(each is not other for other in needed)]
        return needed


def _place(files: Mapping[str, _File], main: str) -> dict[str, str]:
    """Return the path of the file at each address; `main` is the address of a document."""
    origin = _find_origin(main)
    own = [file.address for file in files.values() if _find_origin(file.address) == origin]
    common = os.path.commonpath([os.path.dirname(urlsplit(address).path) or "/" for address in own])
    paths: dict[str, str] = {}
    taken: dict[str, str] = {}
    for address, file in files.items():
        path = _name_file(file, origin, common)
        if taken.setdefault(path.casefold(), file.address) != file.address:
            stem, suffix = os.path.splitext(path)
            path = f"{stem}-{hashlib.sha256(address.encode()).hexdigest()[:8]}{suffix}"
        paths[address] = path
    return paths


def _join(address: str, text: str) -> str:
    """Return the address that a reference of a file leads to, "" for what can be none."""
    try:
        return urldefrag(urljoin(address, text))[0]
    except ValueError:
        return ""


def _may_follow(main: str, holder: str, target: str) -> bool:
    """Tell whether a reference is brought. What came from the network names nothing of this machine; a file names
    nothing outside of the document's folder that is no document itself, such as keys."""
    scheme = urlsplit(target).scheme
    if scheme == "file":
        is_below = target.startswith(f"{main.rpartition('/')[0]}/")
        return holder.startswith("file:") and (is_below or target.lower().endswith(SUFFIXES))
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
    if parts.scheme != "file" and not file.is_data and not name.lower().endswith(SUFFIXES):
        name += ".json" if _is_json(file.content) else ".yaml"
    return "/".join([*folders, name])


def _is_json(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def _list_outside(file: _File) -> list[tuple[str, str]]:
    """Return the references to other files, each with its key."""
    text = file.content.decode("utf-8-sig", errors="replace")
    if not _OUTSIDE.search(text.replace("\\/", "/")):
        return []
    try:
        # Without places, which nobody asks for here, JSON is read in no time.
        value = json.loads(text) if _is_json(file.content) else parse_yaml(text, "document", lenient=True).value
    except (ValueError, RecursionError):
        return []  # what it is read for will tell
    named = dict.fromkeys(found for found in _iter_references(value) if not found[1].startswith("#"))
    return [(key, text) for key, text in named if not is_own_address(value, text.partition("#")[0])]


def _iter_references(value: Json) -> Iterator[tuple[str, str]]:
    pending: list[tuple[str, Json]] = [("", value)]
    while pending:
        key, value = pending.pop()
        if isinstance(value, list):
            pending += [("", item) for item in value]
        if not isinstance(value, Mapping):
            continue
        yield from ((name, value[name]) for name in _REFERRING if isinstance(value.get(name), str))
        mapping = value.get("mapping")
        if key == "discriminator" and isinstance(mapping, Mapping):
            named = ((name, text) for name, text in mapping.items() if isinstance(text, str))
            yield from ((name, text) for name, text in named if is_file_like(text))
        pending += value.items()


def _redirect(file: _File, path: str, paths: Mapping[str, str]) -> bytes:
    """Return the content of a file with its references to others as they are from its new place."""
    content = file.content
    for (key, text), target in file.references.items():
        if target not in paths:
            continue
        wanted = quote(os.path.relpath(paths[target], os.path.dirname(path)).replace(os.sep, "/"), safe="/@+")
        if is_url(text) or os.path.normpath(unquote(text)) != os.path.normpath(unquote(wanted)):
            for written in dict.fromkeys((text, text.replace("/", "\\/"))):
                content = _replace(content, key.encode(), written.encode(), wanted.encode())
    return content


def _replace(content: bytes, key: bytes, written: bytes, wanted: bytes) -> bytes:
    """Replace the part before `#` of the references of a key, where they are written so."""
    before = rb"""((?<![\w$-])""" + re.escape(key) + rb"""["']?\s*:\s*["']?)"""
    pattern = re.compile(before + re.escape(written) + rb"""(?=["'#\s,}\]]|$)""", re.MULTILINE)
    return pattern.sub(lambda match: match[1] + wanted, content)
