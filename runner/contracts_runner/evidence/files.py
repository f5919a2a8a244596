"""The files of a run: names that every system takes, and writing whole or not at all."""

import hashlib
import os
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from contracts_runner.errors import explain_errors

PARTIAL = ".part"
# Letters and digits of any script. "~" is ours: it separates the hash of a name that had to be changed.
_FORBIDDEN = re.compile(r"[^\w.+=@ -]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\..*)?", re.IGNORECASE)
_LONGEST = 48


def make_file_name(name: str, *, is_taken: bool = False) -> str:
    """Return a file name without an extension. A name that cannot stay as it is gets a short hash of the original, so
    that different names give different files; `is_taken` asks for the hash in any case."""
    composed = unicodedata.normalize("NFC", name)
    safe = _FORBIDDEN.sub("-", composed)[:_LONGEST].strip(" .") or "unnamed"
    if _RESERVED.fullmatch(safe):
        safe = f"_{safe}"
    if safe == name and not is_taken:
        return safe
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{safe}~{digest}"


@lru_cache(maxsize=4096)
def fold_file_name(name: str) -> str:
    """Return what file systems that ignore case take a name for."""
    return unicodedata.normalize("NFKC", name).casefold()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part; makes its folder.

    Raises RunFolderError.
    """
    temporary = path.with_name(path.name + PARTIAL)
    with explain_errors("write", path):
        try:
            try:
                temporary.write_bytes(content)
            except FileNotFoundError:
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary.write_bytes(content)
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
