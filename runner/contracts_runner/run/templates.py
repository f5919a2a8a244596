"""The templates of the reports: where they are, what they say, and which of them a run was made with."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from contracts_runner.project.root import find_shipped_folder


def list_template_folders(templates: Path | None) -> list[Path]:
    """Return a project's own templates first, then those that ship with the tool."""
    return [folder for folder in (templates, find_shipped_folder("reports")) if folder is not None]


def iter_template_texts(templates: Path | None) -> Iterator[str]:
    """Yield the templates' texts."""
    for folder in list_template_folders(templates):
        for path in sorted(folder.iterdir()):
            if path.is_file():
                yield path.read_text(encoding="utf-8", errors="replace")


def hash_templates(templates: Path | None) -> dict[str, str]:
    """Return name -> SHA-256 of the files that reports are made with: of two with one name, that of the project."""
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
