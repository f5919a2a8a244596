"""Files are written under a new name: what somebody else has put there is not written to."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts_runner.evidence.files import write_whole
from contracts_runner.evidence.manifest import list_files
from helpers.sealing import seal_run

ODDITIES: dict[str, Callable[[Path, Path], object]] = {
    "a link": lambda path, outside: path.symlink_to(outside),
    "a link to nothing": lambda path, outside: path.symlink_to(outside.with_name("made.txt")),
    "a link to itself": lambda path, outside: path.symlink_to(path.name),
    "a second name": lambda path, outside: path.hardlink_to(outside),
    "a pipe": lambda path, outside: os.mkfifo(path),
}


@pytest.mark.parametrize("suffix", ["", ".part"])
@pytest.mark.parametrize("kind", ODDITIES)
def test_what_stands_in_the_place_of_a_file_is_replaced(tmp_path: Path, kind: str, suffix: str) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    folder = tmp_path / "run"
    folder.mkdir()
    for path in (folder / "report.md", folder / "manifest.json", tmp_path / "run.zip"):
        ODDITIES[kind](path.with_name(path.name + suffix), outside)

    write_whole(folder / "report.md", b"new")
    archive = seal_run(folder)

    assert (folder / "report.md").read_bytes() == b"new"
    assert {path.is_file() and not path.is_symlink() for path in (folder / "report.md", archive)} == {True}
    assert outside.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outside.txt", "run", "run.zip"]


def test_a_name_that_no_archive_takes_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").touch()
    (tmp_path / os.fsdecode(b"\xff.json")).touch()

    assert list_files(tmp_path) == ["ledger.jsonl"]


def test_folders_may_be_nested_deeper_than_calls(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(1500):
        deep /= "d"
        deep.mkdir()
    (deep / "x").touch()

    try:
        assert list_files(tmp_path) == ["d/" * 1500 + "x"]
    finally:
        # pytest would call itself as deep.
        (deep / "x").unlink()
        os.removedirs(deep)
