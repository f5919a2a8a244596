"""Manifest and archive: are the files those that were written?"""

import re
from collections.abc import Iterator
from pathlib import Path

from contracts_runner.audit.files import (
    ArchiveFiles,
    FolderFiles,
    RunFiles,
    UnreadableError,
    hash_file,
    is_inside,
    read_file,
)
from contracts_runner.audit.strict_json import NotJsonError, parse_json
from contracts_runner.audit.violation import Violation
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.model.json import Json

NAME = "manifest.json"
_DIGEST = re.compile(r"[0-9a-f]{64}")


def check_manifest(files: RunFiles) -> Iterator[Violation]:
    """Yield every file that is missing, changed or not listed, and what is there but no regular file.

    A folder that holds nothing but a ledger and artifacts claims nothing yet: a killed run needs no manifest.
    """
    for name, problem in files.oddities.items():
        yield Violation(figure="file", printed=problem, recomputed="a regular file of the run", file=name)
    present = set(files.names) - {NAME}
    if NAME not in files.names:
        if any(name != LEDGER and not name.startswith("artifacts/") for name in present):
            yield Violation(figure="manifest", printed=None, recomputed="the SHA-256 of each file", file=NAME)
        return
    try:
        listed = _read(files)
    except (UnreadableError, NotJsonError) as error:
        yield Violation(figure="manifest", printed=str(error), recomputed='{"files": {path: SHA-256}}', file=NAME)
        return
    for name in sorted(present | listed.keys()):
        yield from _check_file(files, name, listed.get(name), is_there=name in present, path=f"$.files['{name}']")


def check_archive(files: FolderFiles, path: Path) -> Iterator[Violation]:
    """Yield where the archive beside a folder holds something else than the folder; nothing if there is none."""
    if not path.is_file():
        return
    try:
        archive = ArchiveFiles(path)
    except UnreadableError as error:
        yield Violation(figure="archive", printed=str(error), recomputed="the run's files", file=path.name)
        return
    try:
        for name in archive.oddities:
            yield Violation(figure=f"archive: {name}", printed=archive.oddities[name], recomputed=None, file=path.name)
        for name in sorted({*files.names, *archive.names}):
            packed, there = _try_hash(archive, name), _try_hash(files, name)
            if packed != there:
                yield Violation(figure=f"archive: {name}", printed=packed, recomputed=there, file=path.name)
    finally:
        archive.close()


def _read(files: RunFiles) -> dict[str, Json]:
    value = parse_json(read_file(files, NAME))
    listed = value.get("files") if isinstance(value, dict) else None
    if not isinstance(listed, dict):
        raise NotJsonError("no object of files")
    return listed


def _check_file(files: RunFiles, name: str, listed: Json, *, is_there: bool, path: str) -> Iterator[Violation]:
    if listed is not None and not is_inside(name):
        yield Violation(figure="manifest name", printed=name, recomputed="a path in the run", file=NAME, path=path)
    elif not is_there:
        yield Violation(figure=f"{name}: file", printed=listed, recomputed=None, file=NAME, path=path)
    elif listed is None:
        yield Violation(figure=f"{name}: manifest entry", printed=None, recomputed=_try_hash(files, name), file=NAME)
    elif not isinstance(listed, str) or not _DIGEST.fullmatch(listed) or _try_hash(files, name) != listed:
        yield Violation(
            figure=f"{name}: SHA-256", printed=listed, recomputed=_try_hash(files, name), file=NAME, path=path
        )


def _try_hash(files: RunFiles, name: str) -> str | None:
    """Return the hash, the reason why there is none, or None for a file that is not there."""
    if name not in files.names:
        return None
    try:
        return hash_file(files, name)
    except UnreadableError as error:
        return str(error)
