"""The manifest of a run's folder, which the audit checks, and the archive beside the folder."""

import hashlib
import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import BinaryIO

from contracts_runner.errors import explain_errors
from contracts_runner.evidence.files import PARTIAL, create_file, is_text, iter_entries, write_whole

MANIFEST = "manifest.json"
_ZIP_MODE = 0o644 << 16
_ZIP_LEVEL = 3  # half the time of the default, for a tenth more bytes


def write_manifest(folder: Path) -> None:
    """Write manifest.json: {"files": {relative path: SHA-256}} of every other file of the folder, sorted by path.

    Raises RunFolderError.
    """
    files = {name: _hash_file(folder / name) for name in list_files(folder) if name != MANIFEST}
    write_whole(folder / MANIFEST, json.dumps({"files": files}, ensure_ascii=False, indent=2).encode("utf-8") + b"\n")


def write_archive(folder: Path) -> Path:
    """Write `<folder>.zip` beside the folder, with every file under its relative path, and return its path.

    Equal folders give equal archives. Raises RunFolderError.
    """
    folder = folder.resolve()
    target = folder.with_name(folder.name + ".zip")
    temporary = target.with_name(target.name + PARTIAL)
    with explain_errors("write", target):
        try:
            with create_file(temporary) as file:
                _pack(file, folder)
            os.replace(temporary, target)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
    return target


def _pack(file: BinaryIO, folder: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_ZIP_LEVEL) as archive:
        for name in list_files(folder):
            is_large = (folder / name).stat().st_size >= zipfile.ZIP64_LIMIT
            # Opened by its name, an entry has the oldest time that the format knows: equal folders, equal archives.
            with (folder / name).open("rb") as source, archive.open(name, "w", force_zip64=is_large) as packed:
                shutil.copyfileobj(source, packed)
            archive.getinfo(name).external_attr = _ZIP_MODE


def list_files(folder: Path) -> list[str]:
    """Return the relative paths of the folder's files, with forward slashes, sorted; links are not followed."""
    names = []
    with explain_errors("read", folder):
        for name, entry in iter_entries(folder):
            if isinstance(entry, OSError):
                raise entry
            # No archive takes a name that is no text; the audit tells that the manifest does not list it.
            if entry.is_file(follow_symlinks=False) and is_text(name):
                names.append(name)
    return sorted(names)


def list_searched(folder: Path) -> list[str]:
    """Return the files of a run relative to its folder, and `../<folder>.zip` if it is there."""
    archive = f"../{folder.resolve().name}.zip"
    return [*list_files(folder), *([archive] if (folder.resolve() / archive).is_file() else [])]


def _hash_file(path: Path) -> str:
    with explain_errors("read", path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
