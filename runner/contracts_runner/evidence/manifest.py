"""The seal of a run: the manifest of its folder, which the audit checks, and the archive beside it.

The manifest is the last file that is written. A folder without one is not finished, and `contracts report` or
`--resume` finishes it: whoever writes in a folder takes the seal away first.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import explain_errors
from contracts_runner.evidence.files import PARTIAL, create_file, list_files, open_file, write_whole

MANIFEST = "manifest.json"
_CHUNK = 1 << 20
_ZIP_MODE = 0o644 << 16
_ZIP32_BYTES = 1 << 30  # a larger file needs another form, which has to be known beforehand
_ZIP_LEVEL = 3  # half the time of the default, for a tenth more bytes


@dataclass(frozen=True, slots=True)
class Packed:
    """What will seal a folder: the text of its manifest, and the archive, if there is to be one. That is written, but
    does not stand under its name yet."""

    manifest: bytes
    archive: Path | None

    @property
    def partial(self) -> Path | None:
        """Where the archive is until then."""
        return self.archive and _name_partial(self.archive)


def pack(folder: Path, *, is_archived: bool = True) -> Packed:
    """Write the archive `<folder>.zip` beside the folder, with every file under its relative path, and a manifest:
    {"files": {relative path: SHA-256}} of all others, sorted by path. Nothing has its final name until `seal`.

    Equal folders give equal archives. Raises RunFolderError.
    """
    names = [name for name in list_files(folder) if name != MANIFEST]
    files = {name: _hash_file(f"{folder}/{name}") for name in names}
    manifest = json.dumps({"files": files}, ensure_ascii=False, indent=2).encode("utf-8") + b"\n"
    packed = Packed(manifest, _name_archive(folder) if is_archived else None)
    if packed.partial:
        _write_archive(packed.partial, folder, names, manifest)
    return packed


def seal(folder: Path, packed: Packed) -> None:
    """Let the archive and then the manifest stand under their names. Raises RunFolderError."""
    if packed.archive and packed.partial:
        with explain_errors("write", packed.archive):
            os.replace(packed.partial, packed.archive)
    write_whole(folder / MANIFEST, packed.manifest)


def unseal(folder: Path) -> None:
    """Remove manifest and archive, and what a process that was killed left of files that it was writing.

    Raises RunFolderError.
    """
    archive = _name_archive(folder)
    with explain_errors("clean up", folder):
        for path in (folder / MANIFEST, archive, _name_partial(archive)):
            path.unlink(missing_ok=True)
        for name in list_files(folder):
            if name.endswith(PARTIAL) and ("/" not in name or name.startswith("artifacts/")):
                (folder / name).unlink()


def is_sealed(folder: Path) -> bool:
    """Tell whether all files of the run were written."""
    return (folder / MANIFEST).is_file()


def _name_archive(folder: Path) -> Path:
    folder = folder.resolve()
    return folder.with_name(folder.name + ".zip")


def _name_partial(archive: Path) -> Path:
    return archive.with_name(archive.name + PARTIAL)


def _write_archive(path: Path, folder: Path, names: list[str], manifest: bytes) -> None:
    with explain_errors("write", path):
        try:
            with (
                create_file(path) as file,
                zipfile.ZipFile(file, "w", compression=zipfile.ZIP_DEFLATED, compresslevel=_ZIP_LEVEL) as archive,
            ):
                for name in sorted([*names, MANIFEST]):
                    is_manifest, place = name == MANIFEST, f"{folder}/{name}"
                    is_large = not is_manifest and os.stat(place).st_size > _ZIP32_BYTES
                    # A member that is opened by its name has the oldest time that the format knows: archives of equal
                    # folders are equal, byte for byte.
                    with archive.open(name, "w", force_zip64=is_large) as member:
                        for chunk in [manifest] if is_manifest else _iter_chunks(place):
                            member.write(chunk)
                    archive.getinfo(name).external_attr = _ZIP_MODE
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _hash_file(path: str) -> str:
    digest = hashlib.sha256()
    for chunk in _iter_chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def _iter_chunks(path: str) -> Iterator[bytes]:
    with explain_errors("read", path), open_file(path) as file:
        while chunk := file.read(_CHUNK):
            yield chunk
