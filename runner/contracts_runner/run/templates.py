"""The templates of the reports: where they are, and what they say."""

from collections.abc import Iterator
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
