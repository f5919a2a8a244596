"""The manifest of a run's folder, which the audit checks, and the archive beside the folder."""

import hashlib
import json
import os
import zipfile
from pathlib import Path

from contracts_runner.errors import explain_errors
from contracts_runner.evidence.files import PARTIAL, create_file, list_files, open_file, read_file, write_whole

MANIFEST = "manifest.json"
# The oldest time that the ZIP format knows: archives of equal folders are equal, byte for byte.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1 << 20
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
            with create_file(temporary) as file, zipfile.ZipFile(file, "w") as archive:
                for name in list_files(folder):
                    entry = zipfile.ZipInfo(name, _ZIP_TIME)
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    entry.external_attr = _ZIP_MODE
                    archive.writestr(entry, read_file(folder / name), compresslevel=_ZIP_LEVEL)
            os.replace(temporary, target)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
    return target


def list_searched(folder: Path) -> list[str]:
    """Return the files of a run relative to its folder, and `../<folder>.zip` if it is there."""
    archive = f"../{folder.resolve().name}.zip"
    return [*list_files(folder), *([archive] if (folder.resolve() / archive).is_file() else [])]


def _hash_file(path: Path) -> str:
    digest = hashlib.sha256()
    with explain_errors("read", path), open_file(path) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
