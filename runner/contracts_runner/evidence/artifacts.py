"""The artifacts of a run: one file for each exchange that is kept."""

import hashlib
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from contracts_runner.errors import explain_errors
from contracts_runner.evidence.files import fold_file_name, make_file_name, write_file
from contracts_runner.model.phase import Phase
from contracts_runner.redaction.json_text import render_document
from contracts_runner.results.lines import encode_row

FOLDER = "artifacts"
# The group of requests for tokens.
TOKENS = "tokens"
# Folders of groups stand between those of scenarios.
_GROUPS = frozenset({*Phase, TOKENS})
# The members of a document, and those of its request, its response and its list of checks: a check is one line.
_LEVELS = 2
_lock = threading.Lock()
# Folder of scenarios -> the names in it, so that it is read once. Only this process writes there: it locks the ledger.
_present: dict[Path, set[str]] = {}


class WrittenArtifact(NamedTuple):
    """`path` is relative to the run's folder, with forward slashes; the ledger names both."""

    path: str
    sha256: str


def write_artifact(
    folder: Path,
    scenario_id: str,
    number: int,
    step: str,
    document: Mapping[str, object],
    *,
    group: str = "",
    part: str = "",
) -> WrittenArtifact:
    """Write `artifacts/<id>/<n>-<step>.json` in the run's folder; `document` holds JSON and rows.

    A `group` is a folder between `artifacts` and the id, a `part` one before that, by which runs can be put together.
    Names that some system refuses are changed and get a short hash; ids that differ in case only get two folders on
    every system. The same id, number and step give the same file again. Raises RunFolderError.
    """
    parent = "/".join(filter(None, (FOLDER, part, group)))
    scenario = _choose_folder(folder / parent, scenario_id, reserved=frozenset() if group else _GROUPS)
    path = f"{parent}/{scenario}/{number}-{make_file_name(step)}.json"
    content = render_artifact(document).encode("utf-8")
    write_file(f"{folder}/{path}", content)
    return WrittenArtifact(path, hashlib.sha256(content).hexdigest())


def render_artifact(document: Mapping[str, object]) -> str:
    """Return the text of an artifact."""
    return render_document(document, levels=_LEVELS, encode=encode_row)


def _choose_folder(parent: Path, scenario_id: str, *, reserved: frozenset[str]) -> str:
    name = make_file_name(scenario_id)
    if fold_file_name(name) in reserved:
        name = make_file_name(scenario_id, is_taken=True)
    with _lock, explain_errors("write", parent):
        if parent not in _present:
            parent.mkdir(parents=True, exist_ok=True)
            _present[parent] = {entry.name for entry in os.scandir(parent)}
        present = _present[parent]
        if name not in present:
            if fold_file_name(name) in map(fold_file_name, present):
                name = make_file_name(scenario_id, is_taken=True)
            (parent / name).mkdir(exist_ok=True)
            present.add(name)
    return name
