"""What the command line says instead of the environment's `watch`."""

from pathlib import Path
from typing import Any

import pytest

from contracts_runner.errors import SourceLocation, UsageError
from contracts_runner.model.environment import Environment
from contracts_runner.model.watch import MetricsSettings, Schedule, WatchSettings
from contracts_runner.run.watching.choices import WatchChoices, choose_settings

OWN = WatchSettings(schedule=Schedule(every_seconds=300, jitter_seconds=30), metrics=MetricsSettings(port=1))


def choose(watch: WatchSettings = OWN, **choices: Any) -> WatchSettings:
    location = SourceLocation("contracts.yaml", 5)
    environment = Environment(name="prod", base_url="https://a.example.com", location=location, watch=watch)
    return choose_settings(environment, WatchChoices(**choices))


@pytest.mark.parametrize(
    ("choices", "schedule"),
    [
        ({}, OWN.schedule),
        ({"every": "1m"}, Schedule(every_seconds=60, jitter_seconds=30)),
        ({"cron": "@hourly"}, Schedule(cron="@hourly", jitter_seconds=30)),
        ({"jitter": "5s"}, Schedule(every_seconds=300, jitter_seconds=5)),
        ({"most_runs": 1}, Schedule()),  # at once
        ({"most_runs": 2}, OWN.schedule),
    ],
)
def test_options_stand_in_the_place_of_the_keys(choices: dict[str, Any], schedule: Schedule) -> None:
    assert choose(**choices).schedule == schedule


def test_metrics_are_chosen_one_by_one(tmp_path: Path) -> None:
    textfile = tmp_path / "a.prom"

    assert choose(port=0, textfile=str(textfile)).metrics == MetricsSettings(port=0, textfile=textfile)
    assert choose(textfile=str(textfile)).metrics == MetricsSettings(port=1, textfile=textfile)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"every": "1m", "cron": "@hourly"}, "--every and --cron cannot stand together"),
        ({"every": "often"}, "--every: 'often' is not a duration"),
        ({"cron": "often"}, "'often' is no time of cron"),
        ({"jitter": "5m"}, "--jitter must be shorter than the interval"),
        ({"every": "10s"}, "--jitter must be shorter than the interval"),
        ({"textfile": "a.txt"}, "'a.txt' does not end with .prom"),
        ({"textfile": "no/folder/a.prom"}, "there is no folder no/folder for the metrics"),
    ],
)
def test_a_mistake_is_told_before_the_first_run(choices: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        choose(**choices)


@pytest.mark.parametrize("schedule", [Schedule(), Schedule(jitter_seconds=5)])
def test_an_environment_that_does_not_say_when_is_told_where(schedule: Schedule) -> None:
    with pytest.raises(UsageError, match=r"contracts\.yaml:5: the environment 'prod' does not say when it is run"):
        choose(WatchSettings(schedule=schedule))
    assert choose(WatchSettings(), most_runs=1).schedule == Schedule()
