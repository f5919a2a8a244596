"""Where tables are kept between runs that take a moment to make."""

import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from contracts_runner import DISTRIBUTION


def find_scratch() -> Path:
    """Return where the tables are kept that take Hypothesis a moment to make: in the user's own folder, where it writes
    nothing else."""
    cache = find_cache_folder(os.environ)
    return cache / "hypothesis" if cache else Path(tempfile.gettempdir(), "contracts-runner-hypothesis")


def find_cache_folder(
    environ: Mapping[str, str], platform: str = sys.platform, home: Path | None = None
) -> Path | None:
    """Return the user's cache folder by the platform's rules; None where there is no home folder."""
    if home is None:
        with suppress(RuntimeError):
            home = Path.home()
    match platform:
        case "win32":
            base = environ.get("LOCALAPPDATA")
        case "darwin":
            base = str(home / "Library" / "Caches") if home else None
        case _:
            base = environ.get("XDG_CACHE_HOME") or (str(home / ".cache") if home else None)
    # The XDG base directory specification: a relative path is to be ignored.
    return Path(base) / DISTRIBUTION if base and os.path.isabs(base) else None
