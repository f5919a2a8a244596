"""How a run is named: folder, archive, id, name under runs/, `last`."""

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts_runner.errors import RunFolderError
from contracts_runner.project.settings.settings import Settings, load_settings
from contracts_runner.run.runs import find_run, iter_own_runs, list_runs, open_run, read_run_file, unpack_run
from helpers.sealing import seal_run

# In the order of time; the last one was written elsewhere in runs/ by --output, and its archive is gone.
FIRST, SECOND, THIRD, NAMED = (
    "20260101T000000Z-prod-11111111",
    "20260102T000000Z-test-22222222",
    "20260103T000000Z-prod-33333333",
    "mine",
)


def write_run(folder: Path, *, run_id: str, environment: str = "test", at: str = "2026-01-01T00:00:00.000Z") -> Path:
    folder.mkdir(parents=True)
    line = {"seq": 1, "at": at, "type": "run_started", "run": {"id": run_id, "environment": environment}}
    (folder / "ledger.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with three runs and an archive; beside it a project with a run of its own."""
    here = tmp_path / "here"
    runs = here / "runs"
    write_run(runs / FIRST, run_id="11111111", environment="prod")
    write_run(runs / SECOND, run_id="22222222")
    write_run(runs / THIRD, run_id="33333333", environment="prod")
    write_run(runs / NAMED, run_id="44444444", at="2026-01-04T00:00:00.000Z")
    seal_run(runs / FIRST)
    seal_run(runs / THIRD)
    shutil.rmtree(runs / THIRD)
    (runs / "notes").mkdir()
    (runs / "notes.zip").write_bytes(b"no archive")
    write_run(tmp_path / "project" / "runs" / "20260105T000000Z-prod-55555555", run_id="55555555", environment="prod")
    monkeypatch.chdir(here)
    return here


def make_settings(project: Path, default: str) -> Settings:
    project.mkdir(exist_ok=True)
    text = f"version: 1\nspecs: {{}}\ndefault_environment: {default}\nenvironments: {{test: {{}}, prod: {{}}}}\n"
    (project / "contracts.yaml").write_text(text, encoding="utf-8")
    settings, _ = load_settings(project)
    assert settings is not None
    return settings


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (f"runs/{FIRST}", f"runs/{FIRST}"),
        (f"runs/{FIRST}.zip", f"runs/{FIRST}.zip"),
        (FIRST, f"runs/{FIRST}"),
        (f"{THIRD}.zip", f"runs/{THIRD}.zip"),
        (THIRD, f"runs/{THIRD}.zip"),
        ("11111111", f"runs/{FIRST}"),
        ("33333333", f"runs/{THIRD}.zip"),
        ("44444444", f"runs/{NAMED}"),
        (NAMED, f"runs/{NAMED}"),
        ("last", f"runs/{NAMED}"),
    ],
)
def test_a_run_is_found_by_every_name(here: Path, name: str, found: str) -> None:
    assert find_run(name, None) == Path(found)


def test_a_path_may_lead_anywhere(here: Path) -> None:
    run = write_run(here.parent / "elsewhere", run_id="66666666")

    assert find_run(str(run), None) == run
    assert find_run(os.path.join("..", "elsewhere"), None).resolve() == run


def test_a_folder_called_last_is_taken_for_itself(here: Path) -> None:
    write_run(here / "last", run_id="66666666")

    assert find_run("last", None) == Path("last")


@pytest.mark.parametrize(("environment", "found"), [("prod", f"{THIRD}.zip"), ("test", NAMED)])
def test_the_last_run_of_an_environment(here: Path, environment: str, found: str) -> None:
    assert find_run("last", None, environment=environment).name == found


def test_the_last_run_is_that_of_the_default_environment_and_of_the_projects_runs_too(here: Path) -> None:
    by_default = find_run("last", make_settings(here.parent / "project", "prod"))
    chosen = find_run("last", make_settings(here.parent / "project", "prod"), environment="test")
    only_here = find_run("last", make_settings(here.parent / "other", "prod"))

    assert (by_default.name, chosen.name) == ("20260105T000000Z-prod-55555555", NAMED)
    assert only_here.name == f"{THIRD}.zip"


def test_runs_of_the_project_are_found_by_id(here: Path) -> None:
    settings = make_settings(here.parent / "project", "test")

    assert find_run("55555555", settings) == settings.root / "runs" / "20260105T000000Z-prod-55555555"


def test_runs_come_newest_first_and_once(here: Path) -> None:
    settings = make_settings(here, "test")

    names = [run.name for run in list_runs(settings) if run.name != "notes.zip"]

    assert names == [NAMED, f"{THIRD}.zip", SECOND, FIRST]
    assert all(not run.is_absolute() for run in list_runs(settings))


def test_of_two_runs_in_one_second_the_later_comes_first(here: Path) -> None:
    names = ["20260106T000000Z-test-bbbbbbbb", "20260106T000000Z-test-aaaaaaaa"]
    for name, at in zip(names, ("00.125", "00.250"), strict=True):
        write_run(here / "runs" / name, run_id=name[-8:], at=f"2026-01-06T00:00:{at}Z")

    assert [run.name for run in list_runs(None)][:2] == names[::-1]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cafe", f"there is no run 'cafe', neither as a path nor in runs (the latest: {NAMED}, {THIRD}, {SECOND})"),
        ("prod", "there is no run 'prod'"),
        ("1111", "there is no run '1111'"),
        ("../cafe", "there is no run '../cafe'"),
        ("x" * 5000, "there is no run"),
        ("nul\0", "there is no run"),
        ("\ud800", "there is no run"),
        (".", ". is not a run, since it has no ledger.jsonl; a run is named by its folder, its archive"),
        ("", "is not a run"),
        ("runs/notes", "is not a run"),
        ("ledger.jsonl", "is not a run"),
    ],
)
def test_what_is_no_run_is_told(here: Path, name: str, message: str) -> None:
    (here / "ledger.jsonl").mkdir()

    with pytest.raises(RunFolderError) as refused:
        find_run(name, None)

    assert message in str(refused.value)


def test_an_id_of_several_runs_is_a_question(here: Path) -> None:
    shutil.copytree(here / "runs" / SECOND, here / "runs" / "20260106T000000Z-test-22222222")

    with pytest.raises(RunFolderError, match=r"'22222222' names several runs: .*20260106T.*20260102T.*; name one"):
        find_run("22222222", None)


@pytest.mark.parametrize("environment", [None, "test"])
def test_without_any_run_there_is_no_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: str | None
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(RunFolderError, match=r"there is no run .*in runs yet"):
        find_run("last", None, environment=environment)


@pytest.mark.parametrize(
    "head", [b"", b"{", b"[]\n", b'{"run": 1, "at": 2}\n', b'{"run": {"id": "\\ud800"}}\n', b"\xff\n"]
)
def test_a_run_whose_ledger_nobody_can_read_has_its_name_only(here: Path, head: bytes) -> None:
    (here / "runs" / NAMED / "ledger.jsonl").write_bytes(head)

    assert find_run(NAMED, None) == Path("runs", NAMED)
    assert find_run("last", None, environment="test").name == SECOND


def break_archive(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 and nothing more")


def add_link(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("artifacts/link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")


def add_outside(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../outside", "x")


def leave_out_ledger(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("results.json", "{}")


def test_an_archive_is_unpacked_beside_itself(here: Path) -> None:
    folder = unpack_run(Path("runs", f"{THIRD}.zip"))

    assert folder == Path("runs", THIRD)
    assert sorted(path.name for path in folder.iterdir()) == ["ledger.jsonl", "manifest.json"]
    assert find_run("33333333", None) == folder


def test_a_file_of_too_many_values_is_not_parsed(here: Path) -> None:
    (here / "runs" / THIRD / "results.json").parent.mkdir(exist_ok=True)
    (here / "runs" / THIRD / "results.json").write_bytes(b"[" + b"[]," * 1_200_000 + b"[]]")

    with open_run(here / "runs" / THIRD) as files, pytest.raises(RunFolderError, match="more than 1200000 values"):
        read_run_file(files, "results.json")


@pytest.mark.parametrize("break_it", [break_archive, add_link, add_outside, leave_out_ledger])
def test_what_is_not_the_archive_of_a_run_is_not_unpacked(here: Path, break_it: Callable[[Path], None]) -> None:
    archive = here / "runs" / f"{THIRD}.zip"
    break_it(archive)

    with pytest.raises(RunFolderError):
        unpack_run(archive)

    assert not (here / "runs" / THIRD).exists()
    assert not (here / "outside").exists()
    assert sorted(path.name for path in (here / "runs").iterdir()) == sorted(
        [FIRST, f"{FIRST}.zip", SECOND, f"{THIRD}.zip", NAMED, "notes", "notes.zip"]
    )


def test_nothing_is_unpacked_over_what_is_there(here: Path) -> None:
    with pytest.raises(RunFolderError, match="which exists already"):
        unpack_run(here / "runs" / f"{FIRST}.zip")


@pytest.mark.parametrize("name", ["../../secret", "/etc/hostname", "gone", "\ud800", ""])
def test_only_files_of_the_run_are_read(here: Path, name: str) -> None:
    (here / "secret").write_text("x", encoding="utf-8")

    for run in (f"runs/{FIRST}", f"runs/{FIRST}.zip"):
        with open_run(Path(run)) as files:
            assert read_run_file(files, "ledger.jsonl").startswith(b'{"seq": 1')
            with pytest.raises(RunFolderError):
                read_run_file(files, name)


def test_a_run_without_results_says_what_writes_them(here: Path) -> None:
    with (
        open_run(Path("runs", FIRST)) as files,
        pytest.raises(RunFolderError, match=r"has no file results.json; `contracts report` writes it"),
    ):
        read_run_file(files, "results.json")


def test_last_is_a_run_of_the_project_where_two_keep_their_runs_in_one_folder(here: Path, tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "project", "test")
    (settings.contracts / "one").mkdir(parents=True)
    (settings.contracts / "one" / "заказы.yaml").write_text("contract: orders\n", encoding="utf-8")
    own = write_run(here / "runs" / "20260106T000000Z-test-66666666", run_id="66666666")
    other = write_run(here / "runs" / "20260107T000000Z-test-77777777", run_id="77777777")
    for run, name in ((own, "contracts/one/заказы.yaml"), (other, "contracts/books.yaml")):
        line = json.loads((run / "ledger.jsonl").read_text(encoding="utf-8"))
        line["run"]["files"] = {"contracts.yaml": "0" * 64, name: "0" * 64}
        (run / "ledger.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")

    assert find_run("last", settings).name == own.name
    assert find_run("last", None).name == other.name
    assert find_run("77777777", settings).name == other.name
    assert [run.name for run in iter_own_runs(settings)][:2] == [own.name, "20260105T000000Z-prod-55555555"]
