"""Which files reports are made with: a run names them by their hashes, an audit finds them by these."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from contracts_runner.project.root import list_template_folders


def hash_templates(templates: Path | None) -> dict[str, str]:
    """Return name -> SHA-256 of the files that reports are made with: of two with one name, the project's."""
    hashes = {}
    for folder in reversed(list_template_folders(templates)):
        hashes.update({name: sha256 for name, sha256, _ in _iter_files(folder)})
    return hashes


def find_templates(hashes: Mapping[str, str], folders: Iterable[Path]) -> dict[str, Path | None]:
    """Return name -> the file of the folders with that name and SHA-256, None if there is none."""
    files = {(name, sha256): path for folder in folders for name, sha256, path in _iter_files(folder)}
    return {name: files.get((name, sha256)) for name, sha256 in hashes.items()}


def _iter_files(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """Yield (name, SHA-256, path) of what a folder holds, and of the templates in its subfolders."""
    for path in sorted({*folder.glob("*"), *folder.rglob("*.jinja")}):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest(), path
