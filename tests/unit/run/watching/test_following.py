"""What follows from a run: each part of it, whatever becomes of the others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from contracts_runner.model.watch import Retention
from contracts_runner.results.lines import parse_results
from contracts_runner.results.results import Results
from contracts_runner.run.watching.alerting import Alerting
from contracts_runner.run.watching.child import EndedRun
from contracts_runner.run.watching.following import Following
from contracts_runner.run.watching.gauges import WatchMetrics
from contracts_runner.run.watching.retention import Cleaner
from helpers.engine import FakeClock
from helpers.watched_runs import write_watched_run

SUCCESS = ("contracts_last_success_timestamp_seconds", {"environment": "prod"})


class Telling:
    """In the place of Alerting."""

    def __init__(self, answer: Callable[[], list[str]] = list) -> None:
        self.answer = answer
        self.told: list[Path] = []
        self.unmade: list[int] = []

    def begin(self) -> list[str]:
        return self.answer()

    def tell(self, run: Path, _: Results) -> list[str]:
        self.told.append(run)
        return self.answer()

    def tell_unmade(self, exit_code: int) -> list[str]:
        self.unmade.append(exit_code)
        return self.answer()

    def list_noted(self) -> set[str]:
        return set()


@pytest.fixture(autouse=True)
def _in_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def build(telling: Telling, *earlier: Path, **changes: Any) -> Following:
    read = [(run, parse_results((run / "results.json").read_bytes())) for run in earlier]
    parts: dict[str, Any] = {
        "clock": FakeClock(),
        "metrics": WatchMetrics("prod"),
        "textfile": Path("a.prom"),
        "find_earlier": lambda: iter(read),
        "alerting": cast(Alerting, telling),
        "cleaner": Cleaner(retention=Retention(runs=1), environment="prod"),
    }
    return Following(**{**parts, **changes})


def test_metrics_alerts_and_old_runs_follow_from_a_run() -> None:
    old, run = write_watched_run(1), write_watched_run(2)
    telling = Telling()

    said = build(telling).follow(EndedRun(0, run))

    assert said == f"exit 0: passed: 1 of 1 scenario passed; {run}"
    assert telling.told == [run]
    assert "contracts_run_rows" in Path("a.prom").read_text(encoding="utf-8")
    assert not old.exists()


def fail() -> list[str]:
    raise RuntimeError("oops secret-1")


def test_what_goes_wrong_is_told_and_the_rest_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    old, run = write_watched_run(1), write_watched_run(2)

    said = build(Telling(fail), textfile=Path("no/folder/a.prom")).follow(EndedRun(1, run))

    told = capsys.readouterr().err
    assert said.startswith("exit 1: ")
    assert "alerts: an unexpected RuntimeError" in told
    assert "no/folder/a.prom: No such file or directory" in told
    assert "secret-1" not in told
    assert not old.exists()


@pytest.mark.parametrize(("folder", "said"), [(None, "exit 2: there are no results"), (Path("runs/x"), "in runs/x")])
def test_a_run_without_results_is_told(folder: Path | None, said: str) -> None:
    telling = Telling()

    assert said in build(telling).follow(EndedRun(2, folder))
    assert (telling.told, telling.unmade) == ([], [2])


@pytest.mark.parametrize(
    ("complete", "code", "unmade"), [(True, 1, []), (True, 3, []), (False, 130, []), (False, 3, [3])]
)
def test_a_run_that_broke_off_is_told_and_one_that_was_interrupted_is_not(
    complete: bool, code: int, unmade: list[int]
) -> None:
    telling = Telling()

    build(telling).follow(EndedRun(code, write_watched_run(1, complete=complete)))

    assert telling.unmade == unmade


@pytest.mark.parametrize(
    ("broken", "code", "success"),
    [((0, 0), 0, 2), ((0, 1), 1, 1), ((1, 1), 1, None)],
)
def test_a_restart_shows_the_last_run_and_the_last_success(
    broken: tuple[int, int], code: int, success: int | None
) -> None:
    runs = [write_watched_run(day, broken=each) for day, each in enumerate(broken, 1)]
    following = build(Telling(), *reversed(runs))

    following.begin()

    get = following.metrics.registry.get_sample_value
    first = 1793491200  # 2026-11-01
    assert get("contracts_run_exit_code", {"environment": "prod"}) == code
    assert get(*SUCCESS) == (None if success is None else first + (success - 1) * 86400)
