"""When the runs of a watch begin."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from contracts_runner.model.watch import Schedule
from contracts_runner.run.watching.timetable import Timetable

START = datetime(2026, 3, 28, 12, 2, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def list_times(schedule: Schedule, number: int, *, start: datetime = START) -> list[str]:
    timetable = Timetable(schedule=schedule, start=start)
    times = [timetable.find_first()]
    while len(times) < number:
        times.append(timetable.find_next(times[-1]))
    return [f"{time:%d. %H:%M:%S}" for time in times]


@pytest.mark.parametrize(
    ("schedule", "times"),
    [
        (Schedule(every_seconds=300), ["28. 12:02:30", "28. 12:07:30", "28. 12:12:30"]),
        (Schedule(cron="*/5 * * * *"), ["28. 12:05:00", "28. 12:10:00", "28. 12:15:00"]),
        (Schedule(cron="@daily"), ["29. 00:00:00", "30. 00:00:00", "31. 00:00:00"]),
        # The clock goes forward in the night to the 29th: 9:00 there is 8:00 UTC before, 7:00 UTC after.
        (Schedule(cron="0 9 * * *", zone=BERLIN), ["29. 07:00:00", "30. 07:00:00", "31. 07:00:00"]),
        # 2:30 is not there in that night.
        (Schedule(cron="30 * * * *", zone=BERLIN), ["28. 12:30:00", "28. 13:30:00", "28. 14:30:00"]),
    ],
)
def test_an_interval_counts_from_the_start_and_cron_goes_by_its_zone(schedule: Schedule, times: list[str]) -> None:
    assert list_times(schedule, len(times)) == times


def test_an_hour_that_comes_twice_has_its_times_twice() -> None:
    start = datetime(2026, 10, 25, 0, 5, tzinfo=UTC)

    assert list_times(Schedule(cron="30 * * * *", zone=BERLIN), 3, start=start) == [
        "25. 00:30:00",
        "25. 01:30:00",
        "25. 02:30:00",
    ]


@pytest.mark.parametrize(("seconds", "following", "missed"), [(10, 60, 0), (60, 60, 0), (61, 120, 1), (200, 240, 3)])
def test_times_that_passed_during_a_run_are_missed(seconds: float, following: float, missed: int) -> None:
    timetable = Timetable(schedule=Schedule(every_seconds=60), start=START)

    due, number = timetable.skip_missed(START, START + timedelta(seconds=seconds))

    assert (due, number) == (START + timedelta(seconds=following), missed)


def test_a_run_begins_up_to_the_jitter_later() -> None:
    draw = Random(1).uniform
    timetable = Timetable(
        schedule=Schedule(every_seconds=60, jitter_seconds=20), start=START, draw=lambda most: draw(0, most)
    )

    delays = [(timetable.delay(START) - START).total_seconds() for _ in range(100)]

    assert min(delays) >= 0
    assert max(delays) <= 20
    assert len(set(delays)) == 100
