"""Which runs of a watch stay."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts_runner.evidence.lock import hold_run
from contracts_runner.model.watch import Retention
from contracts_runner.run.options import RUNS
from contracts_runner.run.watching.retention import Cleaner
from helpers.watched_runs import write_watched_run

NOW = datetime(2026, 11, 9, 12, tzinfo=UTC)
DAY = 86400.0


@pytest.fixture(autouse=True)
def _in_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def clean(runs: int | None = None, days: float | None = None, *protected: str) -> list[int]:
    """Clean, and return the days of the runs that are gone; what stays is as it was."""
    before = list_days()
    retention = Retention(runs=runs, seconds=None if days is None else days * DAY)
    removed = Cleaner(retention=retention, environment="prod").clean(NOW, protected=protected)
    gone = sorted(int(folder.name[6:8]) for folder in removed)
    assert [day for day in before if day not in list_days()] == gone
    return gone


def list_days() -> list[int]:
    names = sorted(path.name for path in RUNS.iterdir())
    folders = [name for name in names if not name.endswith(".zip")]
    assert [f"{name}.zip" for name in folders] == [name for name in names if name.endswith(".zip")]
    return [int(name[6:8]) for name in folders]


@pytest.mark.parametrize(
    ("broken", "runs", "days", "gone"),
    [
        ((), None, None, []),
        ((), 3, None, [1, 2, 3, 4, 5]),
        ((), None, 2.5, [1, 2, 3, 4, 5, 6]),
        ((), 2, 5.5, [1, 2, 3, 4, 5, 6]),
        ((), 1, 0.1, [1, 2, 3, 4, 5, 6, 7]),  # the newest stays
        ((3, 5), 3, None, [1, 2, 3, 4]),  # and the last that broke
        ((3, 8), 3, None, [1, 2, 3, 4, 5]),
        (range(1, 9), 3, None, [1, 2, 3, 4, 5]),
    ],
)
def test_the_newest_stay_and_the_last_that_broke(
    broken: tuple[int, ...], runs: int | None, days: float | None, gone: list[int]
) -> None:
    for day in range(1, 9):
        write_watched_run(day, broken=int(day in broken))

    assert clean(runs, days) == gone
    assert clean(runs, days) == []


def test_a_run_that_counts_elsewhere_stays() -> None:
    for day in range(1, 5):
        write_watched_run(day)

    assert clean(1, None, "00000002") == [1, 3]


@pytest.mark.parametrize(
    "command", ["contracts run", "contracts run watch", "contracts --project watch run", "contracts watcher", ""]
)
def test_a_run_that_no_watch_has_made_stays(command: str) -> None:
    write_watched_run(1, command=command)
    write_watched_run(2, environment="test")
    write_watched_run(3)
    write_watched_run(4)

    assert clean(1) == [3]


def add_note(folder: Path) -> None:
    (folder / "artifacts" / "note.txt").write_text("keep", encoding="utf-8")


def add_link(folder: Path) -> None:
    (folder / "link").symlink_to(folder.parent)


def take_seal(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def take_artifact(folder: Path) -> None:
    shutil.rmtree(folder / "artifacts")


def break_seal(folder: Path) -> None:
    (folder / "manifest.json").write_text("[]", encoding="utf-8")


@pytest.mark.parametrize("change", [add_note, add_link, take_seal, take_artifact, break_seal])
def test_a_run_that_is_not_as_it_was_made_stays(change: Callable[[Path], None]) -> None:
    change(write_watched_run(1))
    write_watched_run(2)
    write_watched_run(3)

    assert clean(1) == [2]


def test_a_run_that_is_being_written_stays() -> None:
    folder = write_watched_run(1)
    write_watched_run(2)

    with hold_run(folder / "ledger.jsonl"):
        assert clean(1) == []
    assert clean(1) == [1]


def test_an_archive_of_another_run_stays() -> None:
    folder, other = write_watched_run(1), write_watched_run(2)
    write_watched_run(3)
    shutil.copy(f"{other}.zip", f"{folder}.zip")

    Cleaner(retention=Retention(runs=1), environment="prod").clean(NOW)

    assert not folder.exists()
    assert Path(f"{folder}.zip").exists()


def test_what_a_killed_watch_left_half_removed_goes() -> None:
    folder = write_watched_run(1)
    write_watched_run(2)
    other = RUNS / "mine.removed"
    other.mkdir()
    leaving = folder.rename(f"{folder}.removed")
    (leaving / "ledger.jsonl").unlink()

    Cleaner(retention=Retention(), environment="prod").clean(NOW)

    assert (leaving.exists(), other.exists()) == (False, True)
