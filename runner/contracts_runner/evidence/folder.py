"""The folder of a run."""

import re
from datetime import UTC, datetime
from pathlib import Path

from contracts_runner.errors import RunFolderError, explain_errors
from contracts_runner.evidence.files import make_file_name

LEDGER = "ledger.jsonl"
_SHORT = 8
_ATTEMPTS = 100
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

    Raises RunFolderError if it holds a run already: evidence is never overwritten.
    """
    with explain_errors("create", folder):
        folder.mkdir(parents=True, exist_ok=True)
        if _holds_run(folder / LEDGER):
            raise RunFolderError(f"{folder} already holds a run; give --output another folder, or --resume that run")
    return folder


def _holds_run(ledger: Path) -> bool:
    """A ledger without a whole line is that of a run which was killed before it had begun: it can be begun anew."""
    try:
        with ledger.open("rb") as file:
            first = file.readline(_LONGEST_LINE)
    except FileNotFoundError:
        return False
    return first.endswith(b"\n") or len(first) == _LONGEST_LINE
