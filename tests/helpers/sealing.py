"""Seals folders that tests make, as the end of a run does."""

from pathlib import Path

from contracts_runner.evidence.manifest import list_files, pack, seal


def seal_run(folder: Path) -> Path:
    """Write the manifest and the archive of a folder; returns the archive."""
    packed = pack(folder)
    seal(folder, packed)
    assert packed.archive is not None
    return packed.archive


def list_searched(folder: Path) -> list[str]:
    """The files of a run relative to its folder, and `../<folder>.zip` if it is there."""
    archive = f"../{folder.resolve().name}.zip"
    return [*list_files(folder), *([archive] if (folder.resolve() / archive).is_file() else [])]
