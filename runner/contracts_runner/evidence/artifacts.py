"""The artifacts of a run, one for each exchange that is kept: a file each, or lines of one file."""

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from contracts_runner.errors import explain_errors
from contracts_runner.evidence.files import fold_file_name, make_file_name, open_file, read_file, write_file
from contracts_runner.model.artifact_form import ArtifactForm
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.redaction.json_text import escape_unsafe, render_document
from contracts_runner.results.lines import encode_row

FOLDER = "artifacts"
# Its lines: {"artifact": name, "content": document}, appended as they come. Where a name comes again, the later counts.
PACK = "artifacts.jsonl"
# Before the name of an artifact in the pack.
IN_PACK = f"{PACK}#"
# The group of requests for tokens.
TOKENS = "tokens"
# Folders of groups stand between those of scenarios.
_GROUPS = frozenset({*Phase, TOKENS})
# The members of a document, and those of its request, its response and its list of checks: a check is one line.
_LEVELS = 2


class WrittenArtifact(NamedTuple):
    """`path` is relative to the run's folder, with forward slashes, or a name in the pack; the ledger names both."""

    path: str
    sha256: str


class Artifacts:
    """Writes the artifacts of the run in a folder, whose ledger this process has locked; for use by many threads. A
    `part` is before all names: by it runs can be put together."""

    def __init__(self, folder: Path, form: ArtifactForm = ArtifactForm.FILES, *, part: str = "") -> None:
        self._folder = folder
        self._part = part
        self._form = form
        self._lock = threading.Lock()
        # Folder of scenarios -> the names in it by what file systems take them for, so that it is read once.
        self._present: dict[str, dict[str, str]] = {}
        self._pack: _Pack | None = None

    def write(
        self, scenario_id: str, number: int, step: str, document: Mapping[str, object], *, group: str = ""
    ) -> WrittenArtifact:
        """Write `artifacts/<id>/<n>-<step>.json`, or that line of the pack; `document` holds JSON and rows.

        A `group` is a folder between `artifacts` and the id. Names that some system refuses are changed and get a short
        hash; ids that differ in case only get two folders on every system. The same id, number and step give the same
        artifact again. Raises RunFolderError.
        """
        file = f"{number}-{make_file_name(step)}.json"
        if self._is_packed(document):
            name = "/".join(filter(None, (self._part, group, _name_folder(scenario_id, group), file)))
            return self._append(name, escape_unsafe(encode_row(document)).encode("utf-8"))
        parent = "/".join(filter(None, (FOLDER, self._part, group)))
        path = f"{parent}/{self._choose_folder(parent, scenario_id, group)}/{file}"
        content = render_artifact(document).encode("utf-8")
        write_file(f"{self._folder}/{path}", content)
        return WrittenArtifact(path, hashlib.sha256(content).hexdigest())

    def close(self) -> None:
        """Write nothing more."""
        with self._lock:
            if self._pack is not None:
                self._pack.close()
                self._pack = None

    def _is_packed(self, document: Mapping[str, object]) -> bool:
        match self._form:
            case ArtifactForm.FILES:
                return False
            case ArtifactForm.PACKED:
                return True
            case ArtifactForm.FAILED:
                return document.get("outcome", Outcome.PASSED) == Outcome.PASSED

    def _append(self, name: str, content: bytes) -> WrittenArtifact:
        line = _begin_line(name) + content + b"}\n"
        with self._lock:
            if self._pack is None:
                self._pack = _Pack(self._folder / PACK)
            self._pack.append(line)
        return WrittenArtifact(IN_PACK + name, hashlib.sha256(content).hexdigest())

    def _choose_folder(self, parent: str, scenario_id: str, group: str) -> str:
        name = _name_folder(scenario_id, group)
        folded = fold_file_name(name)
        with self._lock:
            if self._present.get(parent, {}).get(folded) == name:
                return name
            folder = self._folder / parent
            with explain_errors("write", folder):
                if parent not in self._present:
                    os.makedirs(folder, exist_ok=True)
                    self._present[parent] = {fold_file_name(entry.name): entry.name for entry in os.scandir(folder)}
                if self._present[parent].get(folded, name) != name:
                    name = make_file_name(scenario_id, is_taken=True)
                (folder / name).mkdir(exist_ok=True)
                self._present[parent].setdefault(folded, name)
        return name


def render_artifact(document: Mapping[str, object]) -> str:
    """Return the text of an artifact."""
    return render_document(document, levels=_LEVELS)


def _name_folder(scenario_id: str, group: str) -> str:
    name = make_file_name(scenario_id)
    return make_file_name(scenario_id, is_taken=True) if not group and fold_file_name(name) in _GROUPS else name


def _begin_line(name: str) -> bytes:
    return f'{{"artifact":{json.dumps(name, ensure_ascii=False)},"content":'.encode()


class _Pack:
    """The pack, open to append whole lines to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with explain_errors("write", path):
            self._file = open_file(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, buffering=0)
            # A line that a killed process has torn is cut off: nothing names it.
            self._end = read_file(path).rfind(b"\n") + 1
            self._file.truncate(self._end)

    def append(self, line: bytes) -> None:
        with explain_errors("write", self._path):
            try:
                written = self._file.write(line)
                while written < len(line):
                    written += self._file.write(line[written:])
            except BaseException:
                with suppress(OSError):
                    self._file.truncate(self._end)
                raise
        self._end += len(line)

    def close(self) -> None:
        self._file.close()
