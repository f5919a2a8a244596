"""The loop of a watch, with a clock that sleeping moves and runs that take as long as they are told to."""

import contextlib
import gc
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from contracts_runner.model.watch import Schedule
from contracts_runner.results.fold import fold_ledger
from contracts_runner.run.watching.child import EndedRun
from contracts_runner.run.watching.gauges import WatchMetrics
from contracts_runner.run.watching.timetable import Timetable
from contracts_runner.run.watching.watcher import Watcher
from helpers.engine import FakeClock
from helpers.sample_run import build_sample_run

LABELS = {"environment": "test"}


@dataclass
class FakeRun:
    """A run that takes its time; with signals, each of them comes before it ends."""

    clock: FakeClock
    seconds: float
    code: int = 0
    signals: int = 0
    interrupts: int = 0
    ask: Callable[[], object] = lambda: None

    def wait(self) -> EndedRun:
        self.ask()
        if self.signals:
            self.signals -= 1
            raise KeyboardInterrupt
        self.clock.sleep(self.seconds)
        return EndedRun(130 if self.interrupts else self.code, Path("runs/a"))

    def interrupt(self) -> None:
        self.interrupts += 1


@dataclass
class SleepyClock(FakeClock):
    """A clock of a machine that sleeps longer than it was asked to, when the time has come."""

    overslept: float = 0.0

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds + (self.overslept if self.seconds + seconds == 300 else 0))


@dataclass
class Bench:
    """A watcher with its clock, and when each run began, in seconds."""

    clock: FakeClock = field(default_factory=FakeClock)
    metrics: WatchMetrics = field(default_factory=lambda: WatchMetrics("test"))
    begun: list[float] = field(default_factory=list)
    made: list[FakeRun] = field(default_factory=list)

    def build(
        self,
        schedule: Schedule,
        runs: Iterable[FakeRun],
        *,
        most_runs: int | None = None,
        find_other: Callable[[], str] = lambda: "",
        follow: Callable[[EndedRun], str] = lambda ended: f"exit {ended.exit_code}",
    ) -> Watcher:
        coming = iter(runs)

        @contextlib.contextmanager
        def begin() -> Iterator[FakeRun]:
            run = next(coming, None)
            if run is None:
                raise KeyboardInterrupt
            self.begun.append(self.clock.seconds)
            self.made.append(run)
            yield run

        return Watcher(
            timetable=Timetable(schedule=schedule, start=self.clock.now(), draw=lambda _: 0.0),
            clock=self.clock,
            metrics=self.metrics,
            begin=begin,
            follow=follow,
            find_other=find_other,
            most_runs=most_runs,
        )


def test_one_run_is_over_before_the_next_begins_and_missed_times_are_counted() -> None:
    bench = Bench()
    runs = [FakeRun(bench.clock, seconds) for seconds in (10, 150, 10)]

    code = bench.build(Schedule(every_seconds=60), runs).watch()

    assert code == 0
    assert bench.begun == [0, 60, 240]
    assert bench.metrics.registry.get_sample_value("contracts_watch_missed_total", LABELS) == 2


def test_no_run_begins_while_another_process_makes_one(capsys: pytest.CaptureFixture[str]) -> None:
    bench, others = Bench(), iter(["20261122T120000Z-test-a", "", ""])
    runs = [FakeRun(bench.clock, 1), FakeRun(bench.clock, 1)]

    bench.build(Schedule(every_seconds=60), runs, find_other=lambda: next(others, "")).watch()

    assert bench.begun == [60, 120]
    assert "12:00:00Z no run was begun: 20261122T120000Z-test-a is in progress" in capsys.readouterr().out


@pytest.mark.parametrize("signals", [1, 2])
def test_a_signal_during_a_run_interrupts_it_once_each_and_ends_the_watch_well(
    signals: int, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench()
    runs = [FakeRun(bench.clock, 5, signals=signals), FakeRun(bench.clock, 5)]

    code = bench.build(Schedule(every_seconds=60), runs).watch()

    assert (code, len(bench.made), runs[0].interrupts) == (0, 1, signals)
    assert "exit 130" in capsys.readouterr().out  # what was found is told all the same


@pytest.mark.parametrize(
    ("codes", "most_runs", "code"), [((2, 0), None, 2), ((0, 2, 1), None, 0), ((0, 1), 2, 1), ((3,), 1, 3)]
)
def test_the_exit_code_is_that_of_the_last_of_several_runs(
    codes: tuple[int, ...], most_runs: int | None, code: int
) -> None:
    bench = Bench()
    runs = [FakeRun(bench.clock, 1, code=each) for each in codes]

    assert bench.build(Schedule(every_seconds=60), runs, most_runs=most_runs).watch() == code
    assert len(bench.made) == (1 if code == 2 else len(codes))


@pytest.mark.parametrize(("overslept", "is_well"), [(0, True), (50, True), (70, False)])
def test_it_is_well_while_runs_begin_when_they_should(overslept: float, is_well: bool) -> None:
    bench = Bench(clock=SleepyClock(overslept=overslept))
    reports = []

    def find_other() -> str:
        reports.append(watcher.report_health())
        return ""

    runs = [FakeRun(bench.clock, 10, ask=find_other)]
    watcher = bench.build(Schedule(cron="5 * * * *"), runs, find_other=find_other, most_runs=1)
    watcher.watch()

    status = "ok" if is_well else "late"
    due = FakeClock(300).now()
    begun = due + timedelta(seconds=overslept)
    assert reports == [
        (is_well, {"status": status, "next_run": due.isoformat(), "running_since": None}),
        (True, {"status": "ok", "next_run": None, "running_since": begun.isoformat()}),
    ]
    assert watcher.report_health() == (True, {"status": "ok", "next_run": None, "running_since": None})


def test_hundreds_of_runs_leave_nothing_in_memory() -> None:
    bench, results = Bench(), fold_ledger(build_sample_run())
    sizes: list[int] = []

    def follow(ended: EndedRun) -> str:
        bench.metrics.show_run(results, ended.exit_code)
        bench.begun.clear()
        bench.made.clear()
        if bench.clock.seconds > 60 * 20 * (len(sizes) + 1):
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
        return ""

    tracemalloc.start()
    try:
        runs = (FakeRun(bench.clock, 1) for _ in range(200))
        bench.build(Schedule(every_seconds=60), runs, follow=follow).watch()
    finally:
        tracemalloc.stop()

    assert len(sizes) == 9
    assert sizes[-1] - sizes[2] < 50_000
