"""Finds the OpenAPI documents of a folder."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from contracts_runner.errors import UsageError

SUFFIXES = (".yaml", ".yml", ".json")
_NAMES = re.compile(rb"""(?:^|[{,])\s*["']?(?:openapi|swagger)["']?\s*:\s*["']?[0-9]""", re.MULTILINE)
_HEAD_BYTES = 1 << 16
_ASIDE = frozenset({"node_modules"})


def find_documents(path: Path, source: str) -> list[Path]:
    """Return the absolute path of a document, or of those in a folder, else below it; raises UsageError."""
    path = Path(os.path.abspath(path))
    if path.is_dir():
        for level in (path.glob("*"), path.rglob("*")):
            if found := [each for each in sorted(level) if _is_document(each.relative_to(path), each)]:
                return _leave_out_copies(found)
        raise UsageError(f"{source} has no OpenAPI document; name the file, or its URL")
    if not path.is_file():
        raise UsageError(f"{source}: there is no such file; name an OpenAPI document, its folder or its URL")
    return [path]


def _leave_out_copies(paths: Iterable[Path]) -> list[Path]:
    """Return one of those that have the same name in YAML and in JSON: they are one document."""
    chosen: dict[Path, Path] = {}
    for path in sorted(paths, key=lambda path: SUFFIXES.index(path.suffix)):
        chosen.setdefault(path.with_suffix(""), path)
    return sorted(chosen.values())


def _is_document(name: Path, path: Path) -> bool:
    if name.suffix not in SUFFIXES or any(part.startswith(".") or part in _ASIDE for part in name.parts):
        return False
    try:
        with path.open("rb") as file:
            return _NAMES.search(file.read(_HEAD_BYTES)) is not None
    except OSError:
        return False
