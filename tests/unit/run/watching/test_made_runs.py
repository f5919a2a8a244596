"""The runs that are there when a watch looks."""

from pathlib import Path

import pytest

from contracts_runner.evidence.lock import hold_run
from contracts_runner.project.settings.settings import Settings, load_settings
from contracts_runner.run.options import RUNS
from contracts_runner.run.watching.made_runs import find_in_progress, iter_complete
from helpers.watched_runs import write_watched_run


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "contracts.yaml").write_text("version: 1\nspecs: {}\nenvironments: {prod: {}}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    loaded, _ = load_settings(tmp_path)
    assert loaded is not None
    return loaded


def test_a_run_that_another_process_is_making_is_found(settings: Settings) -> None:
    write_watched_run(1)
    folder, other = write_watched_run(2), write_watched_run(3, environment="test")

    with hold_run(folder / "ledger.jsonl"), hold_run(other / "ledger.jsonl"):
        assert find_in_progress(settings, "prod") == folder.name
    assert find_in_progress(settings, "prod") == ""


def test_complete_runs_come_the_newest_first_and_others_not_at_all(settings: Settings) -> None:
    for day in (1, 2, 3):
        write_watched_run(day)
    write_watched_run(4, complete=False)
    write_watched_run(5, environment="test")
    (write_watched_run(6) / "results.json").write_text("{}", encoding="utf-8")
    (RUNS / "watch-prod.json").write_text("{}", encoding="utf-8")
    running = write_watched_run(7)

    with hold_run(running / "ledger.jsonl"):
        found = [results.run.id for _, results in iter_complete(settings, "prod")]

    assert found == ["00000003", "00000002", "00000001"]
