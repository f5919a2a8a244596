"""Artifacts have names that every system accepts, and never the same one for two steps."""

import hashlib
import json
import re
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.artifacts import Artifacts, WrittenArtifact
from contracts_runner.evidence.files import fold_file_name, make_file_name

RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def write_artifact(folder: Path, *arguments: Any, **options: Any) -> WrittenArtifact:
    return Artifacts(folder).write(*arguments, **options)


def test_artifact_is_readable_json_at_its_path(tmp_path: Path) -> None:
    path, sha256 = write_artifact(tmp_path, "6.1", 1, "add", {"outcome": "passed", "note": "Концерт\ud800"})

    text = (tmp_path / path).read_text(encoding="utf-8")
    assert path == "artifacts/6.1/1-add.json"
    assert sha256 == hashlib.sha256((tmp_path / path).read_bytes()).hexdigest()
    assert "Концерт" in text
    assert json.loads(text) == {"outcome": "passed", "note": "Концерт\ud800"}


@pytest.mark.parametrize(
    ("scenario", "step", "path"),
    [
        ("V.R10", "find again", "artifacts/V.R10/2-find again.json"),
        ("Заказы", "добавить", "artifacts/Заказы/2-добавить.json"),
    ],
)
def test_usual_names_are_kept(tmp_path: Path, scenario: str, step: str, path: str) -> None:
    assert write_artifact(tmp_path, scenario, 2, step, {}).path == path


@pytest.mark.parametrize(
    "name",
    [
        "..",
        "../../etc",
        "/etc/passwd",
        "C:\\x",
        "a/b",
        "CON",
        "nul.txt",
        "com1",
        "x.",
        "x ",
        " x",
        "",
        "a?b*",
        "a\nb",
        "x" * 300,
        "a~b",
        "\ud800",
        "a:stream",
        ".",
        "e\u0301",
        "🎫",
    ],
)
def test_dangerous_name_stays_inside_and_is_valid(tmp_path: Path, name: str) -> None:
    path = PurePosixPath(write_artifact(tmp_path, name, 1, name, {}).path)

    written = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert [file.relative_to(tmp_path).as_posix() for file in written] == [path.as_posix()]
    assert all(not RESERVED.fullmatch(part) and not part.endswith((".", " ")) for part in path.parts)
    assert re.search(r'[<>:"\\|?*\x00-\x1f]', str(path)) is None


ALIKE = (
    *("a-1", "A-1", "a/1", "a 1", "a_1", "a.1", "a:1", "a1", "a--1", "a-1.", " a-1", "a-1~", "a\u20101", "\uff41-1"),
    *("а-1", "warehouse", "Warehouse", "PROPERTIES", "scenarios", "con", "CON", "-con"),  # the first is Cyrillic
)


@pytest.mark.parametrize("order", [1, -1])
def test_ids_that_look_alike_get_folders_that_no_file_system_confuses(tmp_path: Path, order: int) -> None:
    first = [write_artifact(tmp_path, scenario, 1, "a", {"id": scenario}).path for scenario in ALIKE[::order]]
    again = [write_artifact(tmp_path, scenario, 1, "a", {"id": scenario}).path for scenario in ALIKE[::order]]
    grouped = write_artifact(tmp_path, "a", 1, "a", {}, group="warehouse").path

    assert first == again
    folders = {fold_file_name(PurePosixPath(path).parts[1]) for path in (*first, grouped)}
    assert len(folders) == len(ALIKE) + 1
    assert [json.loads((tmp_path / path).read_bytes())["id"] for path in first] == list(ALIKE[::order])


def test_same_step_again_replaces_its_artifact(tmp_path: Path) -> None:
    for attempt in (1, 2):
        path = write_artifact(tmp_path, "6.1", 1, "add", {"attempt": attempt}).path

    assert json.loads((tmp_path / path).read_bytes()) == {"attempt": 2}
    assert len(list((tmp_path / path).parent.iterdir())) == 1


@given(st.text(st.characters(codec=None)), st.text(st.characters(codec=None)))
def test_two_names_never_give_one(first: str, second: str) -> None:
    is_same = make_file_name(first) == make_file_name(second)

    assert is_same == (first == second)


@given(st.text(st.characters(codec=None)))
def test_any_name_gives_a_short_plain_one(name: str) -> None:
    made = make_file_name(name)

    assert len(made) <= 64
    assert made == make_file_name(name)
    assert not RESERVED.fullmatch(made)
    assert re.fullmatch(r"[\w.+=@ ~-]+", made)


def test_unwritable_folder_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "artifacts").write_text("a file", encoding="utf-8")

    with pytest.raises(RunFolderError, match="cannot write"):
        write_artifact(tmp_path, "6.1", 1, "add", {})
