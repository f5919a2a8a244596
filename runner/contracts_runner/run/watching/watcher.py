"""Watches an environment: a run at each time of the schedule, never two at once, and what follows from each."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.ports import Clock
from contracts_runner.model.json import Json
from contracts_runner.reporting.text import make_visible
from contracts_runner.run.watching.child import EndedRun
from contracts_runner.run.watching.gauges import WatchMetrics
from contracts_runner.run.watching.timetable import Timetable

# A machine that was asleep counts no seconds: the clock on the wall is looked at again and again.
_NAP_SECONDS = 30.0
_LATE = timedelta(minutes=1)
_USAGE, _NOT_FOUND_OUT = 2, 3


class RunInProgress(Protocol):
    """A run that a watch has begun."""

    def wait(self) -> EndedRun:
        """Return how it ended, when it has; KeyboardInterrupt leaves it as it is."""

    def interrupt(self) -> None:
        """Ask it to end."""


@dataclass(kw_only=True)
class Watcher:
    """`begin` starts a run, `follow` does what is to be done after one, and returns what there is to say of it.
    `find_other` names a run of the environment that another process is making, "" for none. After `most_runs` it ends.
    """

    timetable: Timetable
    clock: Clock
    metrics: WatchMetrics
    begin: Callable[[], AbstractContextManager[RunInProgress]]
    follow: Callable[[EndedRun], str]
    find_other: Callable[[], str] = lambda: ""
    most_runs: int | None = None
    _next: datetime | None = None  # when the next run begins, None while one is running
    _begun: datetime | None = None  # when that began
    _is_stopping: bool = False

    def watch(self) -> int:
        """Run until the process is asked to end (0), or after the last run (its exit code).

        A project that cannot be run from the beginning ends it too (2): nobody should believe that it is watched.
        """
        due, code, made = self.timetable.find_first(), 0, 0
        try:
            while True:
                self._wait(self.timetable.delay(due))
                code = self._make_run()
                made += 1
                if self._is_stopping or made == self.most_runs or (made, code) == (1, _USAGE):
                    break
                due, missed = self.timetable.skip_missed(due, self.clock.now())
                self.metrics.count_missed(missed)
        except KeyboardInterrupt:
            code = 0
        return code if self.most_runs or code == _USAGE else 0

    def report_health(self) -> tuple[bool, dict[str, Json]]:
        """Return whether runs begin when they should, and what is known of that."""
        is_well = self._next is None or self.clock.now() <= self._next + _LATE
        times = {"next_run": self._next, "running_since": self._begun}
        report: dict[str, Json] = {name: moment and moment.isoformat() for name, moment in times.items()}
        return is_well, {"status": "ok" if is_well else "late", **report}

    def _wait(self, moment: datetime) -> None:
        self._next = moment
        self.metrics.set_next(moment)
        while (left := (moment - self.clock.now()).total_seconds()) > 0:
            self.clock.sleep(min(left, _NAP_SECONDS))

    def _make_run(self) -> int:
        if other := self.find_other():
            self.metrics.count_missed(1)
            self._say(f"no run was begun: {other} is in progress")
            return _NOT_FOUND_OUT
        self._next, self._begun = None, self.clock.now()
        with self.begin() as run:
            ended = self._await(run)
        self._begun = None
        self.metrics.count_run(ended.exit_code)
        self._say(self.follow(ended))
        return ended.exit_code

    def _await(self, run: RunInProgress) -> EndedRun:
        while True:
            try:
                return run.wait()
            except KeyboardInterrupt:
                self._is_stopping = True
                run.interrupt()

    def _say(self, text: str) -> None:
        print(make_visible(f"{self.clock.now():%Y-%m-%dT%H:%M:%SZ} {text}"), file=sys.stdout, flush=True)
