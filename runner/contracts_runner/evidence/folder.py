"""The folder of a run."""

import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from contracts_runner.errors import RunFolderError, explain_errors
from contracts_runner.evidence.files import make_file_name, open_file

LEDGER = "ledger.jsonl"
_SHORT = 8
_ATTEMPTS = 100
_NEW = "give --output a new or empty folder"
_LONGEST_LINE = 1 << 24


def create_run_folder(base: Path, *, now: datetime, environment: str, is_simulated: bool, run_id: str) -> Path:
    """Create `<UTC time>-<environment>-<short id>` in `base` (the project's `runs`), and return it.

    A simulated run has the word sandbox in the name, whatever its environment is called. The folder is always new.
    Raises RunFolderError.
    """
    time = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    label = make_file_name(environment)
    if is_simulated and "sandbox" not in label.lower():
        label += "-sandbox"
    short_id = re.sub(r"[^0-9A-Za-z]", "", run_id)[:_SHORT] or "run"
    with explain_errors("create", base):
        base.mkdir(parents=True, exist_ok=True)
        for attempt in range(_ATTEMPTS):
            folder = base / f"{time}-{label}-{short_id}{f'-{attempt + 1}' if attempt else ''}"
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            return folder
    raise RunFolderError(f"cannot create a folder for the run in {base}: its names are all taken")


def prepare_output_folder(folder: Path) -> Path:
    """Create the folder of `--output DIR` if need be, and return it.

    Raises RunFolderError if it holds a run already: evidence is never overwritten; or anything else: all that is in the
    folder becomes part of the run, and goes into its archive, which overwrites no other file.
    """
    archive = folder.resolve().with_name(folder.resolve().name + ".zip")
    with explain_errors("create", folder):
        folder.mkdir(parents=True, exist_ok=True)
        if _holds_run(folder / LEDGER):
            raise RunFolderError(f"{folder} already holds a run; give --output another folder, or --resume that run")
        if any(path.name != LEDGER for path in folder.iterdir()):
            raise RunFolderError(f"{folder} holds other files, which would become part of the run; {_NEW}")
        if archive.exists() and not _is_archive(archive):
            raise RunFolderError(f"{archive}, which the run's archive would replace, is not one; {_NEW}")
    return folder


def _is_archive(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return LEDGER in archive.namelist()
    except zipfile.BadZipFile:
        return False


def _holds_run(ledger: Path) -> bool:
    """A ledger without a whole line is that of a run which was killed before it had begun: it can be begun anew."""
    try:
        with open_file(ledger) as file:
            first = file.readline(_LONGEST_LINE)
    except FileNotFoundError:
        return False
    return first.endswith(b"\n") or len(first) == _LONGEST_LINE
