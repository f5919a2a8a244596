"""Recorded runs of version 0.1.0, unpacked as runs of a folder."""

import json
import re
import zipfile
from pathlib import Path

from contracts_runner import read_version
from helpers.forger import Forger

FAULTS, RESUMED, SANDBOX = "faults", "resumed", "sandbox"
_ARCHIVES = Path(__file__).parent / "golden" / "0.1.0"


def unpack_golden_run(name: str, folder: Path) -> Path:
    """Unpack a run into the runs/ of a folder, under the name that it had, and return where it is."""
    with zipfile.ZipFile(_ARCHIVES / f"{name}.zip") as archive:
        first = json.loads(archive.read("ledger.jsonl").splitlines()[0])
        time = re.sub(r"[-:]|\.\d+", "", first["at"])
        run = folder / "runs" / f"{time}-{first['run']['environment']}-{first['run']['id']}"
        archive.extractall(run)
    return run


def forge_golden_run(name: str, folder: Path) -> Forger:
    """Return a forger of a copy of the run, which says that this version made it: then everything is compared."""
    forged = Forger(unpack_golden_run(name, folder / "original"), folder)
    forged.edit_ledger(lambda lines: lines[0]["run"].update(tool_version=read_version()))
    return forged
