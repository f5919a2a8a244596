"""The files of a run that somebody sent: what is not read, and why."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts_runner.audit.chain import Line, read_ledger_lines
from contracts_runner.audit.files import ArchiveFiles, FolderFiles, NotJsonError, UnreadableError, parse_json, read_file
from contracts_runner.audit.manifest import check_folder_name
from contracts_runner.audit.recount import recount
from contracts_runner.audit.results_json import check_blocks
from contracts_runner.audit.tally import build_tally
from contracts_runner.audit.violation import MOST, Violation, bound
from contracts_runner.model.json import MAX_VALUES
from helpers.ledger_builder import LedgerBuilder, list_rows
from helpers.memory_files import MemoryFiles

TOO_MUCH = "more than 2147483648 bytes with the files before it"


def test_of_a_folder_no_more_is_hashed_than_a_run_may_hold(tmp_path: Path) -> None:
    for name, size in {"a": 1 << 40, "b": 2 << 30, "c": 1, "ledger.jsonl": 0}.items():
        (tmp_path / name).touch()
        os.truncate(tmp_path / name, size)

    files = FolderFiles(tmp_path)

    assert files.names == ("b", "ledger.jsonl")
    assert files.oddities == {"a": TOO_MUCH, "c": TOO_MUCH}


ODDITIES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a link": (lambda path: path.symlink_to("/dev/zero"), "a link"),
    "a pipe": (os.mkfifo, "not a regular file"),
    "1 TiB": (lambda path: (path.touch(), os.truncate(path, 1 << 40)), TOO_MUCH),
}


@pytest.mark.parametrize("kind", ODDITIES)
def test_a_ledger_that_is_not_read_is_told(tmp_path: Path, kind: str) -> None:
    make, told = ODDITIES[kind]
    make(tmp_path / "ledger.jsonl")

    assert read_ledger_lines(FolderFiles(tmp_path)).violations == [Violation("ledger", told, None, "ledger.jsonl")]


def test_an_archive_without_a_ledger_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as archive:
        archive.writestr("results.json", "{}")

    files = ArchiveFiles(tmp_path / "run.zip")

    assert [each.printed for each in read_ledger_lines(files).violations] == ["no such file"]
    with pytest.raises(UnreadableError, match="there is no such file"):
        read_file(files, "ledger.jsonl")


def test_an_entry_is_not_nested_deeper_than_calls(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as archive:
        archive.writestr("d/" * 1500 + "x", "{}")

    assert [*ArchiveFiles(tmp_path / "run.zip").oddities.values()] == ["nested deeper than 200"]


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_entry_that_is_packed_as_no_run_is_is_not_unpacked(tmp_path: Path, packing: int) -> None:
    with zipfile.ZipFile(tmp_path / "run.zip", "w", packing) as archive:
        archive.writestr("ledger.jsonl", "{}")

    files = ArchiveFiles(tmp_path / "run.zip")

    assert (files.names, files.oddities) == ((), {"ledger.jsonl": "packed in another way than archives of runs are"})


def test_the_entries_of_an_archive_are_counted_before_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "run.zip").write_bytes(b"PK\x01\x02" * 100_001)

    with pytest.raises(UnreadableError, match="an archive of more than 100000 files"):
        ArchiveFiles(tmp_path / "run.zip")


@pytest.mark.parametrize("text", [b"[%s]", b'{"a": [%s]}'])
def test_json_holds_a_bounded_number_of_values(text: bytes) -> None:
    with pytest.raises(NotJsonError, match="more than 2000000 values"):
        parse_json(text % b",".join([b"[]"] * (MAX_VALUES // 2 + 1)))


def test_what_is_found_in_one_file_is_bounded() -> None:
    found = list(bound((Violation("x", number, None, "a") for number in range(MOST + 5)), "a"))

    assert len(found) == MOST + 1
    assert found[-1].printed == "more than 10000 that do not hold"


def test_blocks_of_figures_are_read_until_enough_do_not_hold() -> None:
    block = b'<script type="application/json" id="results">{</script>'
    files = MemoryFiles({"report.html": block * (2 * MOST)})
    tally = build_tally(Line(row["seq"], row) for row in list_rows(LedgerBuilder().finish()))
    assert tally is not None

    assert len(check_blocks(files, recount(tally), None)["report.html"]) == MOST + 1


@pytest.mark.parametrize("name", ["20269999T000000Z-sandbox-20251109", "00000000T000000Z-sandbox-20251109"])
def test_a_folder_may_be_named_by_a_time_that_is_none(name: str) -> None:
    tally = build_tally(Line(row["seq"], row) for row in list_rows(LedgerBuilder().finish()))
    assert tally is not None

    assert [each.figure for each in check_folder_name(tally, name)] == ["folder name: time"]
