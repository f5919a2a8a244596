"""A run that somebody made to be costly is read up to a limit, and the audit says which."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.audit.files import (
    LIMITS,
    NO_LIMITS,
    ArchiveFiles,
    FolderFiles,
    Limits,
    RunFiles,
    TooLargeError,
    UnreadableError,
    hash_file,
)
from contracts_runner.audit.json_text import NotJsonError, count_values, parse_json
from contracts_runner.audit.run_audit import audit_files
from contracts_runner.audit.violation import Violation
from helpers.audited_run import build_counting_tool
from helpers.ledger_builder import LedgerBuilder, list_rows, make_step_row
from helpers.memory_files import MemoryFiles

TOOL = build_counting_tool()


def chain(rows: list[dict[str, Any]]) -> bytes:
    lines, previous = list[bytes](), "0" * 64
    for row in rows:
        lines.append(json.dumps({**row, "prev": previous}).encode() + b"\n")
        previous = hashlib.sha256(lines[-1][:-1]).hexdigest()
    return b"".join(lines)


LEDGER = chain(list_rows(LedgerBuilder().add_scenario("1.1", make_step_row()).finish()))
CASES: dict[str, tuple[Limits, dict[str, bytes], str]] = {
    "a large ledger": (replace(LIMITS, ledger_bytes=len(LEDGER) - 1), {}, "ledger.jsonl"),
    "a long line": (replace(LIMITS, line_bytes=600), {}, "ledger.jsonl:1"),
    "many values in lines": (replace(LIMITS, values=150), {}, "ledger.jsonl"),
    "many wrong lines": (replace(LIMITS, violations=50), {"ledger.jsonl": LEDGER + b"\n" * 60}, "ledger.jsonl"),
    "a large JSON document": (replace(LIMITS, json_bytes=30_000), {"results.json": b"0" * 30_001}, "results.json"),
    "many values": (replace(LIMITS, values=2000), {"results.json": b"[" + b"[]," * 1001 + b"0]"}, "results.json"),
    "a large report": (replace(LIMITS, file_bytes=30_000), {"junit.xml": b"0" * 30_001}, "junit.xml"),
    "many entries in a manifest": (
        replace(LIMITS, values=500),
        {"manifest.json": json.dumps({"files": dict.fromkeys(map(str, range(600)), "")}).encode()},
        "manifest.json",
    ),
}


def find_places(violations: tuple[Violation, ...], words: str) -> set[str]:
    return {each.where for each in violations if isinstance(each.printed, str) and words in each.printed}


@pytest.mark.parametrize("name", CASES)
def test_what_passes_a_limit_is_told_with_its_place(name: str) -> None:
    limits, files, where = CASES[name]

    found = audit_files(MemoryFiles({"ledger.jsonl": LEDGER, **files}, limits), TOOL)

    words = f"{len(LEDGER.splitlines()[0])} bytes" if name == "a long line" else "which only --large reads"
    assert where in find_places(found.violations, words), [each.as_json() for each in found.violations]


def test_a_large_run_of_ones_own_is_read() -> None:
    files = {"ledger.jsonl": LEDGER, "results.json": b"[" + b"[]," * 1_250_000 + b"0]"}

    found = audit_files(MemoryFiles(files, NO_LIMITS), TOOL)

    assert find_places(found.violations, "--large") == set()
    assert find_places(audit_files(MemoryFiles(files), TOOL).violations, "--large") == {"results.json"}


def test_what_is_just_within_the_limits_is_read() -> None:
    limits = replace(LIMITS, ledger_bytes=len(LEDGER), line_bytes=max(map(len, LEDGER.splitlines())))

    found = audit_files(MemoryFiles({"ledger.jsonl": LEDGER}, limits), TOOL)

    assert (found.subject.split(",")[0], find_places(found.violations, "--large")) == ("5 ledger lines", set())


def test_of_many_violations_the_first_are_listed() -> None:
    limits = replace(LIMITS, violations=3)

    found = audit_files(MemoryFiles({"ledger.jsonl": LEDGER, "a": b"", "b": b"", "c": b"", "d": b""}, limits), TOOL)

    assert len(found.violations) == 3
    assert "only the first 3 violations are listed" in found.notes


def test_a_head_is_named_only_of_a_ledger_that_was_read_to_its_end() -> None:
    limits = replace(LIMITS, values=150)

    assert audit_files(MemoryFiles({"ledger.jsonl": LEDGER}, limits), TOOL).head == ""
    assert len(audit_files(MemoryFiles({"ledger.jsonl": LEDGER}), TOOL).head) == 64


@pytest.mark.parametrize(("limits", "told"), [(Limits(files=3), "3 files"), (Limits(total_bytes=40), "40 bytes")])
@pytest.mark.parametrize("is_packed", [False, True])
def test_the_files_of_a_run_are_counted_and_measured(
    tmp_path: Path, limits: Limits, told: str, is_packed: bool
) -> None:
    names = [f"{number}.json" for number in range(5)]
    for name in names:
        (tmp_path / name).write_bytes(b"0" * 20)
    with zipfile.ZipFile(tmp_path.with_suffix(".zip"), "w") as archive:
        for name in names:
            archive.write(tmp_path / name, name)

    if is_packed:
        with closing(ArchiveFiles(tmp_path.with_suffix(".zip"), limits)) as packed:
            files: RunFiles = packed
    else:
        files = FolderFiles(tmp_path, limits)

    assert len(files.names) == (3 if told == "3 files" else 2)
    assert list(files.oddities.values()) == [f"more than {told}, which only --large reads"]


def test_a_file_that_is_called_huge_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 40)

    assert FolderFiles(tmp_path).names == ()


def pack(name: str = "results.json", content: bytes = b"0" * 100_000) -> bytearray:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return bytearray(buffer.getvalue())


@pytest.mark.parametrize("size", [1, 99_999, 100_001, 4_000_000_000])
def test_an_archive_that_lies_about_a_size_is_not_read_beyond_it(tmp_path: Path, size: int) -> None:
    data = pack()
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = size.to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(data)

    with closing(ArchiveFiles(tmp_path / "a.zip")) as files:
        if size > LIMITS.total_bytes:
            assert files.names == ()
        else:
            with pytest.raises(UnreadableError):
                hash_file(files, "results.json")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_is_unpacked_without_a_bound_is_not_unpacked(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
        archive.writestr("results.json", b"0" * 1000)

    with closing(ArchiveFiles(tmp_path / "a.zip")) as files:
        assert (files.names, files.oddities) == ((), {"results.json": "packed in another way than runs are"})


def test_the_list_of_the_files_of_an_archive_is_bounded(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(20):
            archive.writestr(f"{number}{'n' * 60_000}", b"")

    with pytest.raises(TooLargeError, match="bytes for the names of its files"):
        ArchiveFiles(tmp_path / "a.zip", Limits(directory_bytes=1 << 20))


def break_content(data: bytearray) -> None:
    data[data.index(b"ledger.jsonl") + 40] ^= 0xFF


def encrypt(data: bytearray) -> None:
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.index(mark) + offset] |= 1


@pytest.mark.parametrize("spoil", [break_content, encrypt])
def test_what_breaks_while_it_is_unpacked_is_a_violation(tmp_path: Path, spoil: Callable[[bytearray], None]) -> None:
    data = pack("ledger.jsonl", LEDGER)
    spoil(data)
    (tmp_path / "a.zip").write_bytes(data)

    with closing(ArchiveFiles(tmp_path / "a.zip")) as files:
        found = audit_files(files, TOOL)

    assert [each.figure for each in found.violations] == ["ledger", "first line"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (b"1", 1),
        (b"[1,2]", 3),
        (b'{"a":1,"b":[]}', 4),
        (rb'"a,[{\"b,[{\\"', 1),
        (rb'["\\","a,b",{"\"":"c,d"}]', 5),
        (b'"' * 99, 1),
    ],
)
def test_values_are_counted_before_they_are_made(text: bytes, count: int) -> None:
    assert count_values(text) == count


def test_what_strings_hold_is_not_counted() -> None:
    assert parse_json(b'["' + b"," * 1000 + b'"]', max_values=2) == ["," * 1000]
    with pytest.raises(TooLargeError):
        parse_json(b"[1,2,3]", max_values=3)
    with pytest.raises(NotJsonError):
        parse_json(b'"' * 1001, max_values=3)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(pack())

    with closing(ArchiveFiles(tmp_path / "a.zip")) as files, pytest.raises(UnreadableError, match="is not there"):
        files.measure("ledger.jsonl")
