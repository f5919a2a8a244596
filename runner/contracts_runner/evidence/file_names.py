"""File names from names that authors choose: valid on every system, readable, and never the same for two names."""

import hashlib
import re
import unicodedata
from functools import lru_cache

# Letters and digits of any script. "~" is ours: it separates the hash of a name that had to be changed.
_FORBIDDEN = re.compile(r"[^\w.+=@ -]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\..*)?", re.IGNORECASE)
_LONGEST = 48


def make_file_name(name: str, *, is_taken: bool = False) -> str:
    """Return a file name without an extension. A name that cannot stand as it is gets a short hash of the original, so
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
