"""HAR archives: where each entry stands, and what is told of a file that is none."""

import json
from pathlib import Path

import pytest

from contracts_runner.errors import ProjectError, UsageError
from contracts_runner.run.observing.har_files import read_har_file
from helpers.recorded_traffic import make_entry, write_har

ENTRY = json.dumps(make_entry("https://test.example.com/", {"имя": 1}), ensure_ascii=False)


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "a.har"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_entries_have_their_numbers_and_lines(tmp_path: Path) -> None:
    file = read_har_file(write_har(tmp_path / "a.har", [make_entry(f"https://test.example.com/{n}") for n in range(3)]))

    assert [(entry.number, entry.location.line) for entry in file.entries] == [(1, 2), (2, 3), (3, 4)]
    assert file.entries[2].read()["request"]["url"] == "https://test.example.com/2"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + f'{{"log": {{"entries": [{ENTRY}]}}}}',
        f'{{"log": {{"entries": [{ENTRY}], "comment": "half a sign: \\ud83d"}}, "own": [{{}}]}}',
    ],
    ids=["byte order mark", "half a character"],
)
def test_what_recorders_write_is_read(tmp_path: Path, text: str) -> None:
    (entry,) = read_har_file(write(tmp_path, text)).entries

    assert entry.read()["response"]["content"]["text"] == '{"имя": 1}'


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (f'{{"log": {{"entries": [\n{ENTRY},\n', 3, "this is no JSON"),
        (f'{{"log": {{"entries": [\n{ENTRY}\n{ENTRY}]}}}}', 3, "this is no JSON: Expecting ',' delimiter"),
        ("", 1, "this is no JSON"),
        ("[]", 1, "this is no HAR archive: expected 'object', got 'array'"),
        ('{"log": {}}', 1, "this is no HAR archive: object misses required field 'entries'"),
        (b'{"log": {"entries": [\n\n{"a": "\xff"}, }', 3, "this is no text in UTF-8"),
        ('{"log": {"entries": ' + "[" * 100_000, 1, "this is nested too deep"),
        ('{"log": {"entries": [NaN]}}', 1, "this is no JSON that can be read"),
    ],
    ids=range(8),
)
def test_a_broken_file_is_told_with_its_line(tmp_path: Path, text: str | bytes, line: int, message: str) -> None:
    path = write(tmp_path, text)

    with pytest.raises(ProjectError) as caught:
        read_har_file(path)

    (problem,) = caught.value.problems
    assert str(problem).startswith(f"{path}:{line}: {message}")
    assert str(problem).endswith("; save the archive again")


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_har_file(tmp_path / "none.har")
