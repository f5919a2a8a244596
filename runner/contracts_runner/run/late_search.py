"""The search for leaks in a run whose own search did not come to its end, by `contracts report`, which finishes it.

The secrets are those that the environment of the run has now. Personal values, and what the service gave as a
credential, only the process knew that is gone: `contracts run --resume` meets them again.
"""

import os
import zipfile
from pathlib import Path

from contracts_runner.errors import ProjectError, UsageError
from contracts_runner.evidence.files import list_files
from contracts_runner.leaks.search import LeakSearch
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.project.settings.settings import Settings
from contracts_runner.results.rows import LeakRow

# Somebody may have sent the folder, and the search holds a file several times over.
_MOST_BYTES = 8 * 1024 * 1024


def search_late(folder: Path, settings: Settings | None, environment: str) -> tuple[list[LeakRow], str]:
    """Return what the files of a run hold, and, unless they were searched for everything, why not.

    Raises RunFolderError for a file that cannot be read.
    """
    if settings is None:
        return [], "there is no project whose environment would say what is secret"
    try:
        found = resolve_environment(settings, environment, os.environ)
    except (UsageError, ProjectError):
        return [], "contracts.yaml does not say what is secret in the environment of the run"
    names = list_files(folder)
    if sum((folder / name).stat().st_size for name in names) > _MOST_BYTES:
        return [], f"the run holds more than {_MOST_BYTES} bytes"
    if any(zipfile.is_zipfile(folder / name) for name in names):
        return [], "the run holds an archive, which may be of any size"
    unset = ", ".join(f"${name}" for name in found.missing_credentials.values())
    return LeakSearch(folder, secrets=found.secrets, personal=()).search(names), unset and f"{unset} is not set"
