"""Every file under valid/ loads; every file under invalid/ fails with the message that is stored beside it."""

import shutil
from pathlib import Path

import pytest

from contracts_runner.errors import ProjectError
from contracts_runner.project.project import Project
from helpers.project_files import load_sound

HERE = Path(__file__).parent
VALID = sorted((HERE / "valid").glob("*.yaml"))
INVALID = sorted((HERE / "invalid").glob("*.yaml"))


def load_with(example: Path, folder: Path) -> Project:
    """Load a small project with the example as one of its contract files."""
    root = folder / "project"
    shutil.copytree(HERE / "project", root)
    shutil.copytree(HERE / "valid" / "sql", root / "sql")
    shutil.copy(example, root / "contracts")
    return load_sound(root)


@pytest.mark.parametrize("example", VALID, ids=lambda path: path.stem)
def test_a_valid_file_loads(example: Path, tmp_path: Path) -> None:
    project = load_with(example, tmp_path)

    assert f"contracts/{example.name}" in project.files


@pytest.mark.parametrize("example", INVALID, ids=lambda path: path.stem)
def test_an_invalid_file_fails_with_its_message(example: Path, tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        load_with(example, tmp_path)

    assert str(caught.value) + "\n" == example.with_suffix(".txt").read_text(encoding="utf-8")


def test_every_stored_message_belongs_to_an_example() -> None:
    messages = {path.stem for path in (HERE / "invalid").glob("*.txt")}

    assert messages == {path.stem for path in INVALID}
