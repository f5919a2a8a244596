"""Only files below the project are sent."""

from pathlib import Path

import pytest

from contracts_runner.project.files import FileError, ProjectFiles
from helpers.project_files import load_sound, write_project, write_steps


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "data").mkdir(parents=True)
    (root / "data" / "a.bin").write_bytes(b"\x00\xff")
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (root / "out").symlink_to(tmp_path / "secret")
    (root / "in").symlink_to(root / "data" / "a.bin")
    return root


@pytest.mark.parametrize("name", ["data/a.bin", "./data/a.bin", "data\\a.bin", "in"])
def test_a_file_below_the_project_is_read(root: Path, name: str) -> None:
    assert ProjectFiles(root).read(name) == b"\x00\xff"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("../secret", "outside of the project"),
        ("data/../../secret", "outside of the project"),
        ("/etc/hostname", "outside of the project"),
        ("out", "outside of the project"),
        ("data/b.bin", "there is no file"),
        ("data", "there is no file"),
        ("", "there is no file"),
        ("a\0b", "outside of the project|there is no file"),
    ],
)
def test_any_other_is_an_error(root: Path, name: str, says: str) -> None:
    with pytest.raises(FileError, match=says):
        ProjectFiles(root).read(name)


def test_the_files_that_steps_name_are_files_of_the_run(tmp_path: Path) -> None:
    steps = write_steps(
        "{operation: createOrder, body_file: data/a.json}",
        "{operation: updateOrder, parameters: {order_id: 1}, body: {parts: [{file: ./data/b.bin}]}}",
        "{operation: listOrders, in: {test: {body_file: data/c.json}}}",
    )
    files = {"data/a.json": "{}", "data/b.bin": "b", "data/c.json": "[]", "data/d.json": "unused"}

    project = load_sound(write_project(tmp_path, {"contracts/a.yaml": steps, **files}))

    assert sorted(name for name in project.files if name.startswith("data")) == sorted(files)[:3]
