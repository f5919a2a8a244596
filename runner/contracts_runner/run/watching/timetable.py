"""When the runs of a watch begin."""

import random
from collections.abc import Callable
from dataclasses import field
from datetime import datetime, timedelta

from contracts_runner.dataclass import dataclass
from contracts_runner.model.watch import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """The times of a schedule: those of an interval count from `start`, which is the first."""

    schedule: Schedule
    start: datetime
    draw: Callable[[float], float] = field(default=lambda most: random.uniform(0, most))

    def find_first(self) -> datetime:
        """Return when the first run is due: at once, but for cron."""
        return self.find_next(self.start) if self.schedule.cron else self.start

    def find_next(self, due: datetime) -> datetime:
        """Return the time after one that was due."""
        schedule = self.schedule
        if schedule.cron:
            from croniter import croniter

            following: datetime = croniter(schedule.cron, due.astimezone(schedule.zone)).get_next(datetime)
            return following.astimezone(self.start.tzinfo)
        return due + timedelta(seconds=schedule.every_seconds or 0)

    def skip_missed(self, due: datetime, now: datetime) -> tuple[datetime, int]:
        """Return the first time after `due` that is not past, and how many were missed before it: a run took longer, or
        the machine slept."""
        missed, following = 0, self.find_next(due)
        while following < now:
            missed, following = missed + 1, self.find_next(following)
        return following, missed

    def delay(self, due: datetime) -> datetime:
        """Return when the run that is due begins."""
        return due + timedelta(seconds=self.draw(self.schedule.jitter_seconds))
