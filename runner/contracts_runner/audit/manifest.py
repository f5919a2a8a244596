"""Manifest, archive, names of the files and of the folder: are the files those that were written?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts_runner.audit.artifacts import FOLDER
from contracts_runner.audit.files import ArchiveFiles, FolderFiles, RunFiles, UnreadableError, hash_file, is_inside
from contracts_runner.audit.json_text import NotJsonError, read_json
from contracts_runner.audit.results_json import NAME as RESULTS
from contracts_runner.audit.tally import Tally
from contracts_runner.audit.violation import Violation
from contracts_runner.evidence.artifacts import PACK
from contracts_runner.evidence.files import PARTIAL
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.model.json import Json

NAME = "manifest.json"
# As folders of runs are named, unless --output gave another name.
_FOLDER_NAME = re.compile(r"(\d{8}T\d{6}Z)-(.+)-([0-9A-Za-z]{1,8})(?:-\d+)?")
# Between the making of the folder and the first line a warehouse may be prepared.
_LONGEST_START = timedelta(minutes=10)
_DIGEST = re.compile(r"[0-9a-f]{64}")


def check_manifest(files: RunFiles) -> Iterator[Violation]:
    """Yield every file that is missing, changed or not listed, and what is there but not a regular file.

    A folder that holds nothing but a ledger and artifacts claims nothing yet: a killed run needs no manifest.
    """
    for name, problem in files.oddities.items():
        yield Violation("file", problem, "a regular file of the run", name)
    present = set(files.names) - {NAME}
    if NAME not in files.names:
        if any(name not in (LEDGER, PACK) and not name.startswith(FOLDER) for name in present):
            yield Violation("manifest", None, "the SHA-256 of each file", NAME)
        return
    try:
        listed = _read(files)
    except UnreadableError as error:
        yield Violation("manifest", str(error), '{"files": {path: SHA-256}}', NAME)
        return
    for name in sorted(present | listed.keys()):
        yield from _check_file(files, name, listed.get(name), is_there=name in present, path=f"$.files['{name}']")


def check_kinds(
    tally: Tally, files: RunFiles, formats: Mapping[str, Sequence[str]], *, is_same_version: bool
) -> Iterator[Violation]:
    """Yield the files that no run has, and the reports that one of this version must have; `formats` has their names by
    the word of `--format`. What a killed process leaves of a file that it was writing is none, until there is a
    manifest."""
    reports = {name for names in formats.values() for name in names}
    is_sealed = NAME in files.names
    for name in files.names:
        if name in (LEDGER, PACK, RESULTS, NAME, *reports) or name.startswith(FOLDER):
            continue
        if is_sealed or not name.endswith(PARTIAL):
            yield Violation("file", "a file", "none of those of a run", name)
    if is_same_version and is_sealed and tally.finished is not None and not tally.resumed:
        broken = {fault["where"] for fault in tally.faults}
        for word in tally.formats:
            for name in formats.get(word, ()):
                if name not in files.names and name not in broken:
                    yield Violation(name, None, f"a report, since the run was to write {word}", name)


def check_archive(files: FolderFiles, path: Path) -> Iterator[Violation]:
    """Yield where the archive beside a folder holds something else than the folder; nothing if there is none."""
    if not path.is_file():
        return
    try:
        archive = ArchiveFiles(path, files.limits)
    except UnreadableError as error:
        yield Violation("archive", str(error), "the run's files", path.name)
        return
    with closing(archive):
        for name, problem in archive.oddities.items():
            yield Violation(f"archive: {name}", problem, None, path.name)
        for name in sorted({*files.names, *archive.names}):
            packed, there = _try_hash(archive, name), _try_hash(files, name)
            if packed != there:
                yield Violation(f"archive: {name}", packed, there, path.name)


def _read(files: RunFiles) -> dict[str, Json]:
    value = read_json(files, NAME)
    listed = value.get("files") if isinstance(value, dict) else None
    if not isinstance(listed, dict):
        raise NotJsonError("no object of files")
    return listed


def _check_file(files: RunFiles, name: str, listed: Json, *, is_there: bool, path: str) -> Iterator[Violation]:
    if listed is not None and not is_inside(name):
        yield Violation("manifest name", name, "a path in the run", NAME, path=path)
    elif not is_there:
        yield Violation(f"{name}: file", listed, None, NAME, path=path)
    elif listed is None:
        yield Violation(f"{name}: manifest entry", None, _try_hash(files, name), NAME)
    elif not isinstance(listed, str) or not _DIGEST.fullmatch(listed) or _try_hash(files, name) != listed:
        yield Violation(f"{name}: SHA-256", listed, _try_hash(files, name), NAME, path=path)


def _try_hash(files: RunFiles, name: str) -> str | None:
    """Return the hash, the reason why there is none, or None for a file that is not there."""
    if name not in files.names:
        return None
    try:
        return hash_file(files, name)
    except UnreadableError as error:
        return str(error)


def check_folder_name(tally: Tally, name: str) -> Iterator[Violation]:
    """Yield where the folder's name is not that of this run."""
    match = _FOLDER_NAME.fullmatch(name)
    if match is None:
        return
    run, started_at = tally.run, tally.started.row["at"]
    if not _is_begun(match[1], datetime.fromisoformat(started_at)):
        yield Violation("folder name: time", match[1], started_at, LEDGER, 1, "$.at")
    short_id = re.sub(r"[^0-9A-Za-z]", "", run["id"])[:8]
    if match[3] != short_id:
        yield Violation("folder name: id", match[3], run["id"], LEDGER, 1, "$.run.id")
    is_marked = "sandbox" in match[2].lower()
    if (run["simulated"] and not is_marked) or (not run["simulated"] and is_marked and _is_appended(match[2], tally)):
        yield Violation("folder name: simulated", is_marked, run["simulated"], LEDGER, 1, "$.run.simulated")


def _is_begun(named: str, started_at: datetime) -> bool:
    """Tell whether a run that began then has a folder of that time."""
    try:
        time = datetime.strptime(named, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return timedelta(seconds=-1) <= started_at - time <= _LONGEST_START


def _is_appended(label: str, tally: Tally) -> bool:
    """An environment may have the word in its name; the tool adds it for a simulated run only."""
    return "sandbox" not in str(tally.run["environment"]).lower() or label.lower().endswith("-sandbox")
