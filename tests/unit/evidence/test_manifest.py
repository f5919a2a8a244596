"""The manifest shows every change of a run's folder, and the archive is complete."""

import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts_runner.audit.files import FolderFiles
from contracts_runner.audit.manifest import check_manifest
from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.manifest import is_sealed, list_files, pack, seal, unseal
from helpers.sealing import seal_run

FILES = {"ledger.jsonl": b"{}\n", "results.json": b"{}", "artifacts/6.1/1-add.json": "Заказ".encode()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "20261122T101638Z-sandbox-1a2b"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    seal_run(folder)
    return folder


def test_manifest_names_every_other_file_in_order(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())

    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(FILES.items())}
    assert list(manifest["files"].items()) == list(hashes.items())


def find_problems(folder: Path) -> list[tuple[str, str]]:
    """What the audit says of a folder's manifest: (figure, file)."""
    return [(violation.figure, violation.file) for violation in check_manifest(FolderFiles(folder))]


def test_untouched_folder_has_no_problems(folder: Path) -> None:
    assert find_problems(folder) == []


def test_manifest_can_be_written_again(folder: Path) -> None:
    before = (folder / "manifest.json").read_bytes()

    seal_run(folder)

    assert (folder / "manifest.json").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "figure"),
    [
        (lambda folder: (folder / "ledger.jsonl").write_bytes(b"[]\n"), "ledger.jsonl: SHA-256"),
        (lambda folder: (folder / "results.json").unlink(), "results.json: file"),
        (lambda folder: (folder / "more.txt").write_bytes(b""), "more.txt: manifest entry"),
        (lambda folder: (folder / "manifest.json").unlink(), "manifest"),
        (lambda folder: (folder / "manifest.json").write_bytes(b"[1]"), "manifest"),
        (lambda folder: (folder / "manifest.json").write_bytes(b"{"), "manifest"),
    ],
)
def test_change_is_found(folder: Path, change: Callable[[Path], object], figure: str) -> None:
    change(folder)

    assert find_problems(folder) == [(figure, "manifest.json")]


def test_entry_outside_of_the_folder_is_not_read(folder: Path) -> None:
    (folder.parent / "secret").write_bytes(b"x")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"]["../secret"] = hashlib.sha256(b"x").hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    assert find_problems(folder) == [("manifest name", "manifest.json")]


def test_archive_holds_every_file_with_the_manifest(folder: Path) -> None:
    path = seal_run(folder)

    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    assert path == folder.parent / "20261122T101638Z-sandbox-1a2b.zip"
    assert content == {**FILES, "manifest.json": (folder / "manifest.json").read_bytes()}


def test_equal_folders_give_equal_archives(folder: Path) -> None:
    first = seal_run(folder).read_bytes()
    os.utime(folder / "ledger.jsonl", (1, 1))

    assert seal_run(folder).read_bytes() == first


def test_archive_of_a_folder_with_dots_keeps_the_whole_name(folder: Path) -> None:
    renamed = folder.rename(folder.with_name("run.2026.11"))

    assert seal_run(renamed).name == "run.2026.11.zip"


def test_link_out_of_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"x")
    try:
        (folder / "link").symlink_to(tmp_path / "outside")
    except OSError:
        pytest.skip("this system lets nobody make links")

    with zipfile.ZipFile(seal_run(folder)) as archive:
        assert "link" not in archive.namelist()


def test_missing_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="cannot read"):
        seal_run(tmp_path / "absent" / "run")


def test_a_folder_that_is_written_again_loses_its_seal_and_what_is_half_and_nothing_else(folder: Path) -> None:
    archive = seal_run(folder)
    kept = folder / "artifacts" / "a.part" / "1-add.json"
    kept.parent.mkdir()
    half = (folder / "results.json.part", kept.with_name("2-add.json.part"), archive.with_name(f"{archive.name}.part"))
    for path in (kept, *half):
        path.write_bytes(b"{}")

    unseal(folder)

    assert not is_sealed(folder)
    assert set(list_files(folder)) == {*FILES, "artifacts/a.part/1-add.json"}
    assert sorted(path.name for path in folder.parent.iterdir()) == [folder.name]


def test_what_is_packed_stands_under_no_name_before_the_seal(folder: Path) -> None:
    unseal(folder)

    packed = pack(folder)

    assert [path.name for path in folder.parent.iterdir() if path.is_file()] == [f"{folder.name}.zip.part"]
    assert not is_sealed(folder)
    seal(folder, packed)
    assert find_problems(folder) == []
