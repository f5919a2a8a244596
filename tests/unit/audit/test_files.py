"""The files of a run that somebody sent: what is not read, and why."""

import os
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from contracts_runner.audit.chain import Line, read_ledger_lines
from contracts_runner.audit.files import ArchiveFiles, FolderFiles, UnreadableError, read_file
from contracts_runner.audit.manifest import check_folder_name
from contracts_runner.audit.tally import build_tally
from helpers.ledger_builder import LedgerBuilder, list_rows


def test_folders_may_be_nested_deeper_than_calls(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(1500):
        deep /= "d"
        deep.mkdir()

    try:
        assert FolderFiles(tmp_path).names == ()
    finally:
        # pytest would call itself as deep.
        os.removedirs(deep)


def test_an_entry_is_not_nested_deeper_than_calls(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as archive:
        archive.writestr("d/" * 1500 + "x", "{}")

    with closing(ArchiveFiles(tmp_path / "run.zip")) as files:
        assert [*files.oddities.values()] == ["in more than 200 folders"]


def test_an_archive_without_a_ledger_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as archive:
        archive.writestr("results.json", "{}")

    with closing(ArchiveFiles(tmp_path / "run.zip")) as files:
        assert [each.printed for each in read_ledger_lines(files).violations] == ["is not there"]
        with pytest.raises(UnreadableError, match="is not there"):
            read_file(files, "ledger.jsonl")


@pytest.mark.parametrize("name", ["20269999T000000Z-sandbox-20251109", "00000000T000000Z-sandbox-20251109"])
def test_a_folder_may_be_named_by_a_time_that_is_none(name: str) -> None:
    tally = build_tally(Line(row["seq"], row) for row in list_rows(LedgerBuilder().finish()))
    assert tally is not None

    assert [each.figure for each in check_folder_name(tally, name)] == ["folder name: time"]
