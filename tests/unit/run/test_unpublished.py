"""Runs that could not be published are, by the next one."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.environment import PublishSettings, WarehouseSettings
from contracts_runner.model.watch import Retention
from contracts_runner.run.options import RUNS
from contracts_runner.run.unpublished import publish_run
from contracts_runner.run.watching.retention import Cleaner
from contracts_runner.warehouse.client import Warehouse
from helpers.engine import FakeClock
from helpers.servers import find_closed_port
from helpers.warehouse_desk import Desk
from helpers.watched_runs import write_watched_run


@pytest.fixture(autouse=True)
def _in_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def publish(desk: Desk | None, folder: Path, environment: str = "prod") -> tuple[list[str], str]:
    """Publish to the embedded server, or to none."""
    dsn = "chdb://memory" if desk else f"http://u:open-up@127.0.0.1:{find_closed_port()}"
    target = WarehouseSettings(dsn=dsn, database=desk.database if desk else "default")
    settings = PublishSettings(target=target, is_creating=True)
    return publish_run(settings, folder, environment, lambda text: text.replace("open-up", "***"))


def list_published(engine: Warehouse, desk: Desk) -> list[str]:
    return [str(run) for (run,) in engine.query(f"SELECT run_id FROM {desk.database}.contract_runs ORDER BY run_id")]


def list_marks() -> list[str]:
    return sorted(path.name[6:8] for path in RUNS.glob("*.unpublished"))


def write_run(day: int, **run: Any) -> Path:
    facts = {"base_url": "http://a.example.com", "tool_version": "1", "spec_sha256": "ab" * 32, "platform": "Linux"}
    return write_watched_run(day, **{**facts, **run})


def test_what_a_lost_server_did_not_get_the_next_run_sends(engine: Warehouse, desk: Desk) -> None:
    for day in (1, 2):
        notes, problem = publish(None, write_run(day))
        assert "refused" in problem
        assert f"-{day:08}.unpublished" in notes[-1]
    assert list_marks() == ["01", "02"]

    notes, problem = publish(desk, write_run(3))

    assert (notes, problem) == (["published 2 earlier runs", "published"], "")
    assert list_published(engine, desk) == ["00000001", "00000002", "00000003"]
    assert list_marks() == []


def test_a_server_that_is_still_lost_is_asked_once_for_the_earlier_ones(desk: Desk) -> None:
    for day in (1, 2):
        publish(None, write_run(day))

    notes, _ = publish(None, write_run(3))

    assert [note.split(" ")[0][6:8] for note in notes[:-1]] == ["01"]
    assert list_marks() == ["01", "02", "03"]


def test_a_run_that_is_there_already_is_not_there_twice(engine: Warehouse, desk: Desk) -> None:
    folder = write_run(1)
    publish(desk, folder)
    Path(f"{folder}.unpublished").write_text("prod", encoding="utf-8")  # killed before the mark was taken away

    publish(desk, write_run(2))

    assert list_published(engine, desk) == ["00000001", "00000002"]
    assert list_marks() == []


def test_runs_of_another_environment_are_left_to_it(engine: Warehouse, desk: Desk) -> None:
    publish(None, write_run(1, environment="test"), "test")

    publish(desk, write_run(2))

    assert list_published(engine, desk) == ["00000002"]
    assert list_marks() == ["01"]


def test_the_archive_of_a_run_is_as_good_as_its_folder(engine: Warehouse, desk: Desk) -> None:
    folder = write_run(1)
    publish(None, folder)
    shutil.rmtree(folder)

    publish(desk, write_run(2))

    assert list_published(engine, desk) == ["00000001", "00000002"]


def test_a_run_that_is_gone_is_told_once(desk: Desk) -> None:
    folder = write_run(1)
    publish(None, folder)
    shutil.rmtree(folder)
    Path(f"{folder}.zip").unlink()

    first, problem = publish(desk, write_run(2))
    second, _ = publish(desk, write_run(3))

    assert (problem, first[-1], second) == ("", "published", ["published"])
    assert f"{folder.name} is not published any more: " in first[0]


def test_a_watch_does_not_remove_what_is_not_published() -> None:
    publish(None, write_run(1))
    write_run(2)
    write_run(3)

    removed = Cleaner(retention=Retention(runs=1), environment="prod").clean(FakeClock().now())

    assert [folder.name[6:8] for folder in removed] == ["02"]


def test_nothing_secret_is_told(desk: Desk) -> None:
    notes, _ = publish(None, write_run(1))

    assert "open-up" not in "".join(notes)
    assert "open-up" not in next(RUNS.glob("*.unpublished")).read_text(encoding="utf-8")
