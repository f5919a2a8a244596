"""The cache: whatever happened to its files, an entry is what was kept under its key, or none."""

import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from contracts_runner.reading.cache import Cache, find_cache

_LINES = [b"one", b"", "три".encode()]


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "a" / "documents", most_bytes=1000, most_entries=3)


def find_entry(cache: Cache) -> Path:
    [entry] = cache.folder.iterdir()
    return entry


def test_what_was_kept_is_found_under_its_key_alone(cache: Cache) -> None:
    cache.save("key", _LINES)

    assert cache.load("key") == _LINES
    assert cache.load("other") is None


@pytest.mark.parametrize("length", range(0, 74, 3))
def test_an_entry_that_was_cut_off_is_none(cache: Cache, length: int) -> None:
    cache.save("key", _LINES)
    entry = find_entry(cache)
    content = entry.read_bytes()

    entry.write_bytes(content[:length])

    assert len(content) > 74
    assert cache.load("key") is None


@pytest.mark.parametrize("position", [0, 63, 64, 65, -1])
def test_an_entry_with_another_byte_is_none(cache: Cache, position: int) -> None:
    cache.save("key", _LINES)
    entry = find_entry(cache)
    content = bytearray(entry.read_bytes())

    content[position] ^= 1
    entry.write_bytes(content)

    assert cache.load("key") is None


def test_an_entry_of_another_key_is_none(cache: Cache) -> None:
    cache.save("key", _LINES)
    content = find_entry(cache).read_bytes()
    cache.save("other", [b"two"])

    for entry in cache.folder.iterdir():
        entry.write_bytes(content)

    assert cache.load("other") is None
    assert cache.load("key") == _LINES


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such modes there")
def test_only_the_user_reads_and_writes_entries(cache: Cache) -> None:
    cache.save("key", _LINES)
    entry = find_entry(cache)

    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    assert stat.S_IMODE(cache.folder.stat().st_mode) == 0o700
    entry.chmod(0o620)
    assert cache.load("key") is None


def test_a_sound_entry_takes_the_place_of_a_damaged_one(cache: Cache) -> None:
    cache.save("key", _LINES)
    find_entry(cache).write_bytes(b"")

    cache.save("key", [b"new"])

    assert cache.load("key") == [b"new"]


def test_the_entries_that_were_not_used_for_longest_go(cache: Cache) -> None:
    for number in range(3):
        cache.save(str(number), [b"x"])
        for entry in cache.folder.iterdir():
            os.utime(entry, ns=(0, entry.stat().st_mtime_ns - 10**9))
    assert cache.load("0")

    cache.save("3", [b"x"])

    assert [key for key in "0123" if cache.load(key)] == ["0", "2", "3"]


def test_the_folder_is_bounded_in_bytes_and_holds_no_leftovers(cache: Cache) -> None:
    cache.save("one", [b"x" * 600])
    (cache.folder / "cut.part").write_bytes(b"x" * 600)
    for entry in cache.folder.iterdir():
        os.utime(entry, (0, 0))

    cache.save("two", [b"x" * 600])

    assert cache.load("two")
    assert len(list(cache.folder.iterdir())) == 1


def test_other_files_of_the_folder_stay(cache: Cache) -> None:
    cache.folder.mkdir(parents=True)
    (cache.folder / "mine.txt").write_bytes(b"x" * 2000)

    cache.save("key", _LINES)

    assert (cache.folder / "mine.txt").exists()
    assert cache.load("key") == _LINES


def test_without_a_usable_folder_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file" / "documents")

    cache.save("key", _LINES)

    assert cache.load("key") is None


def test_whoever_reads_while_others_write_sees_whole_entries(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    contents = [[bytes([65 + number]) * 100 for _ in range(3)] for number in range(4)]
    cache.save("key", contents[0])

    def work(number: int) -> list[bytes] | None:
        cache.save("key", contents[number % 4])
        return cache.load("key")

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(work, range(80)))

    assert all(lines in contents for lines in found)


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {"HOME": "/h"}, "/h/.cache/contracts"),
        ("linux", {"HOME": "/h", "XDG_CACHE_HOME": "/x"}, "/x/contracts"),
        ("linux", {"HOME": "/h", "XDG_CACHE_HOME": "relative"}, "/h/.cache/contracts"),
        ("darwin", {"HOME": "/h", "XDG_CACHE_HOME": "/x"}, "/h/Library/Caches/contracts"),
        ("win32", {"LOCALAPPDATA": "/l"}, "/l/contracts/Cache"),
        ("linux", {}, None),
        ("darwin", {}, None),
        ("win32", {"HOME": "/h"}, None),
        ("linux", {"HOME": "/h", "CONTRACTS_CACHE": "/c"}, "/c"),
        ("linux", {"HOME": "/h", "CONTRACTS_CACHE": ""}, "/h/.cache/contracts"),
        ("linux", {"HOME": "/h", "CONTRACTS_CACHE": "off"}, None),
    ],
)
def test_the_folder_is_where_the_platform_keeps_such_files(
    monkeypatch: pytest.MonkeyPatch, platform: str, environ: dict[str, str], folder: str | None
) -> None:
    monkeypatch.setattr(sys, "platform", platform)

    cache = find_cache(environ)

    assert (cache and cache.folder) == (Path(folder) / "documents" if folder else None)
