"""Keeps a document that was read and checked, for the next process that reads the same bytes with the same tool.

What its key does not hold is looked at again: the other files that it refers to. A document that refers to a file that
is not there is not kept, since nothing tells when that comes.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.model.spec import Operation, SecurityScheme
from contracts_runner.openapi.bundle import Bundle
from contracts_runner.openapi.document_places import Lines, Places
from contracts_runner.reading.cache import Cache, find_tool


@dataclass(frozen=True, slots=True)
class DocumentProblem:
    """A problem of a document, and the labels of the operations that it is part of."""

    problem: Problem
    operations: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a spec is made of."""

    version: str  # "3.0", "3.1" or "3.2"
    bundle: Bundle
    operations: Mapping[str, Operation]
    security_schemes: Mapping[str, SecurityScheme]
    problems: tuple[DocumentProblem, ...]
    shared: Mapping[str, list[str]]


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """What there is besides the document, its operations and its lines. Many problems are of the same operations:
    `groups` are lists of indexes of operations, and `owners` says of each problem which group it has."""

    version: str
    sha256: str
    files: dict[str, str]
    sources: tuple[str, ...]
    moves: dict[str, Pointer]
    security_schemes: dict[str, SecurityScheme]
    shared: dict[str, list[str]]
    problems: tuple[Problem, ...]
    groups: tuple[tuple[int, ...], ...]
    owners: tuple[int, ...]


_FORMS: tuple[Any, ...] = (_Head, dict[str, Json], dict[str, Operation], dict[str, Lines])


def build_key(spec: str, files: Sequence[Path], root: Path, max_values: int) -> str | None:
    """Return what tells a document with its overlays from all others; None where one of the files cannot be read."""
    digests = [_hash(path) for path in files]
    names = [os.path.relpath(path, root) for path in files]
    if None in digests:
        return None
    return json.dumps([find_tool(), spec, max_values, names, digests])


def load_parts(cache: Cache, key: str, root: Path) -> Parts | None:
    """Return what was kept, None where there is nothing sound, or a file that the document refers to has changed."""
    lines = cache.load(key)
    try:
        head, document, operations, places = (
            msgspec.convert(json.loads(line), form) for line, form in zip(lines or (), _FORMS, strict=True)
        )
        if any(_hash(root / name) != digest for name, digest in head.files.items()):
            return None
        labels = list(operations)
        groups = [frozenset(labels[index] for index in group) for group in head.groups]
        return Parts(
            version=head.version,
            bundle=Bundle(
                document=document,
                sha256=head.sha256,
                files=head.files,
                places=Places(head.sources, places),
                moves=head.moves,
            ),
            operations=operations,
            security_schemes=head.security_schemes,
            problems=tuple(
                DocumentProblem(problem, groups[owner])
                for problem, owner in zip(head.problems, head.owners, strict=True)
            ),
            shared=head.shared,
        )
    except (ValueError, LookupError, RecursionError):  # none, or one of another form
        return None


def save_parts(cache: Cache, key: str, parts: Parts) -> None:
    """Keep a document."""
    bundle = parts.bundle
    indexes = {label: index for index, label in enumerate(parts.operations)}
    found_groups = dict.fromkeys(found.operations for found in parts.problems)
    groups = {group: number for number, group in enumerate(found_groups)}
    head = _Head(
        version=parts.version,
        sha256=bundle.sha256,
        files=dict(bundle.files),
        sources=bundle.places.files,
        moves=dict(bundle.moves),
        security_schemes=dict(parts.security_schemes),
        shared=dict(parts.shared),
        problems=tuple(found.problem for found in parts.problems),
        groups=tuple(tuple(sorted(indexes[label] for label in group)) for group in groups),
        owners=tuple(groups[found.operations] for found in parts.problems),
    )
    texts = (bundle.document, msgspec.to_builtins(dict(parts.operations)), bundle.places.lines)
    cache.save(key, [_encode(each) for each in (msgspec.to_builtins(head), *texts)])


def _encode(value: Json) -> bytes:
    try:
        return msgspec.json.encode(value)  # in a fraction of the space
    except (OverflowError, UnicodeEncodeError):  # integers of more than 64 bits, halves of surrogate pairs
        return json.dumps(value, separators=(",", ":")).encode()


def _hash(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
