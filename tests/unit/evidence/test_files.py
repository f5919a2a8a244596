"""A folder that somebody sent cannot make us read or write outside of it (docs/design.md, Safety)."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.artifacts import Artifacts
from contracts_runner.evidence.files import list_files, refuse_links, write_whole
from contracts_runner.evidence.ledger import Ledger
from contracts_runner.evidence.lock import hold_run, is_in_progress
from contracts_runner.evidence.manifest import pack, seal, unseal
from contracts_runner.model.artifact_form import ArtifactForm
from contracts_runner.run.report import report_run
from contracts_runner.run.resume import open_resumption
from helpers.whole_ledger import read_ledger

pytestmark = pytest.mark.skipif(os.name == "nt", reason="making a link takes rights on Windows")

# Name in the folder -> what writes, or reads, a file of that name.
Act = Callable[[Path], object]
WRITERS: dict[str, Act] = {
    "ledger.jsonl": lambda folder: Ledger(folder / "ledger.jsonl", lambda: datetime.now(UTC)),
    "report.html.part": lambda folder: write_whole(folder / "report.html", b"ours"),
    "manifest.json.part": lambda folder: seal(folder, pack(folder)),
    "artifacts/1/1-a.json": lambda folder: Artifacts(folder).write("1", 1, "a", {}),
    "artifacts.jsonl": lambda folder: Artifacts(folder, ArtifactForm.PACKED).write("1", 1, "a", {}),
    "../run.zip.part": pack,
    "notes.part": unseal,
    "artifacts/film.part": unseal,
}
READERS: tuple[Act, ...] = (
    lambda folder: read_ledger(folder / "ledger.jsonl"),
    lambda folder: hold_run(folder / "ledger.jsonl").__enter__(),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    (folder / "artifacts" / "1").mkdir(parents=True)
    (tmp_path / "outside").write_bytes(b"theirs")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "film.part").write_bytes(b"theirs")
    return folder


def _try(act: Act, folder: Path) -> None:
    try:
        act(folder)
    except RunFolderError:
        return


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_nothing_is_written_through_a_link(folder: Path, name: str) -> None:
    outside = folder.parent / "outside"
    (folder / name).symlink_to(outside)

    _try(WRITERS[name], folder)

    assert outside.read_bytes() == b"theirs"


@pytest.mark.parametrize("make", [lambda path: path.symlink_to(path.parent.parent / "outside"), os.mkfifo], ids="lp")
def test_what_is_no_file_is_not_read(folder: Path, make: Callable[[Path], None]) -> None:
    make(folder / "ledger.jsonl")

    for act in READERS:
        with pytest.raises(RunFolderError, match="cannot read"):
            act(folder)
    assert not is_in_progress(folder / "ledger.jsonl")
    assert list_files(folder) == []


def test_partial_files_of_others_stay(folder: Path) -> None:
    (folder / "downloads").mkdir()
    (folder / "linked").symlink_to(folder.parent / "elsewhere")
    (folder / "artifacts" / "linked").symlink_to(folder.parent / "elsewhere")
    theirs = [folder / "downloads" / "film.part", folder.parent / "elsewhere" / "film.part"]
    ours = [folder / "report.md.part", folder / "artifacts" / "1" / "1-a.json.part"]
    for path in (*theirs, *ours):
        path.write_bytes(b"")

    unseal(folder)

    assert [path.exists() for path in (*theirs, *ours)] == [True, True, False, False]


@pytest.mark.parametrize("name", ["artifacts/2", "report.html", "ledger.jsonl"])
def test_a_run_with_a_link_is_neither_rendered_nor_resumed(folder: Path, name: str) -> None:
    (folder.parent / "ledger").write_bytes(b"{}\n")
    (folder / "ledger.jsonl").write_bytes(b"{}\n")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(folder.parent / ("elsewhere" if name == "artifacts/2" else "ledger"))

    for act in (
        lambda: refuse_links(folder),
        lambda: report_run(str(folder), project=None, environment=None),
        lambda: open_resumption(folder),
    ):
        with pytest.raises(RunFolderError, match="is a link, which no run has"):
            act()


@pytest.mark.parametrize("make", [lambda path: path.hardlink_to(path.parent.parent / "outside"), os.mkfifo], ids="np")
@pytest.mark.parametrize("name", ["report.html", "report.html.part"])
def test_a_second_name_and_a_pipe_are_replaced(folder: Path, name: str, make: Callable[[Path], None]) -> None:
    make(folder / name)

    write_whole(folder / "report.html", b"ours")

    assert (folder / "report.html").read_bytes() == b"ours"
    assert (folder.parent / "outside").read_bytes() == b"theirs"


def test_a_name_that_no_archive_takes_is_left_out(folder: Path) -> None:
    (folder / "ledger.jsonl").touch()
    (folder / os.fsdecode(b"\xff.json")).touch()

    assert list_files(folder) == ["ledger.jsonl"]


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


def test_of_pieces_that_do_not_come_to_an_end_nothing_is_written(folder: Path) -> None:
    def iter_pieces() -> Iterator[bytes]:
        yield b"half"
        raise ValueError("the other half")

    write_whole(folder / "report.html", (b"of ", b"pieces"))
    with pytest.raises(ValueError, match="half"):
        write_whole(folder / "report.html", iter_pieces())

    assert (folder / "report.html").read_bytes() == b"of pieces"
    assert list_files(folder) == ["report.html"]
