"""Where the project is."""

import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts_runner.errors import UsageError
from contracts_runner.project import root as root_module
from contracts_runner.project.root import find_root, find_shipped_folder


def make_project(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "contracts.yaml").write_text("version: 1\n", encoding="utf-8")
    return folder.resolve()


def test_the_option_comes_first(tmp_path: Path) -> None:
    chosen, other = make_project(tmp_path / "a"), make_project(tmp_path / "b")

    assert find_root(Path("a"), {"CONTRACTS_PROJECT": str(other)}, tmp_path) == chosen


def test_the_variable_comes_before_the_current_folder(tmp_path: Path) -> None:
    chosen, current = make_project(tmp_path / "a"), make_project(tmp_path / "b")

    assert find_root(None, {"CONTRACTS_PROJECT": str(chosen)}, current) == chosen


def test_the_nearest_ancestor_is_taken(tmp_path: Path) -> None:
    make_project(tmp_path / "a")
    nearest = make_project(tmp_path / "a" / "b")
    (nearest / "c" / "d").mkdir(parents=True)

    assert find_root(None, {"CONTRACTS_PROJECT": ""}, nearest / "c" / "d") == nearest


@pytest.mark.parametrize(
    ("option", "environ", "message"),
    [
        (Path("x"), {}, "--project names"),
        (None, {"CONTRACTS_PROJECT": "x"}, r"\$CONTRACTS_PROJECT names"),
    ],
)
def test_a_named_folder_without_the_file_is_refused(
    tmp_path: Path, option: Path | None, environ: dict[str, str], message: str
) -> None:
    make_project(tmp_path / "a")

    with pytest.raises(UsageError, match=message):
        find_root(option, environ, tmp_path / "a")


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the data folder of an installation whose packages lie elsewhere; nothing ships with it yet."""
    monkeypatch.setattr(sysconfig, "get_paths", lambda scheme: {"data": str(tmp_path / "data")})
    monkeypatch.setattr(root_module, "__file__", str(tmp_path / "lib" / "a" / "b" / "c" / "root.py"))
    (tmp_path / "empty").mkdir()
    find_shipped_folder.cache_clear()
    yield tmp_path / "data"
    find_shipped_folder.cache_clear()


SHIPPED = [(Path("shipped"), {}), (None, {"CONTRACTS_PROJECT": "shipped"})]


@pytest.mark.parametrize(("option", "environ"), SHIPPED)
def test_the_installed_copy_is_taken_by_its_name(
    installation: Path, tmp_path: Path, option: Path | None, environ: dict[str, str]
) -> None:
    installed = make_project(installation / "share" / "contracts-runner")

    assert find_root(option, environ, tmp_path / "empty") == installed


def test_a_folder_called_shipped_is_taken_before_the_installed_copy(installation: Path, tmp_path: Path) -> None:
    make_project(installation / "share" / "contracts-runner")
    own = make_project(tmp_path / "shipped")

    assert find_root(Path("shipped"), {}, tmp_path) == own


def test_the_checkout_is_the_installed_copy_where_the_packages_are_editable(installation: Path, tmp_path: Path) -> None:
    checkout = make_project(installation.parent / "lib")

    assert find_root(Path("shipped"), {}, tmp_path / "empty") == checkout


def test_without_any_project_all_ways_are_named(installation: Path, tmp_path: Path) -> None:
    make_project(installation / "share" / "contracts-runner")

    with pytest.raises(UsageError, match=r"no contracts.yaml in .*--project or \$CONTRACTS_PROJECT.*--project shipped"):
        find_root(None, {}, tmp_path / "empty")


@pytest.mark.usefixtures("installation")
def test_an_installation_without_a_project_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no project came with the installation"):
        find_root(Path("shipped"), {}, tmp_path / "empty")


def test_a_shipped_folder_is_found_apart_from_the_project(installation: Path) -> None:
    reports = installation / "share" / "contracts-runner" / "reports"
    reports.mkdir(parents=True)

    assert find_shipped_folder("reports") == reports
    assert find_shipped_folder("templates") is None
