"""`watch` of an environment: what is read, and where a mistake is told."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contracts_runner.model.watch import MetricsSettings, Schedule, WatchSettings
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.project.settings.settings import load_settings

HEAD = "version: 1\nspecs: {}\nenvironments:\n  prod:\n    base_url: https://a.example.com\n"


def read(folder: Path, watch: str) -> WatchSettings:
    (folder / "contracts.yaml").write_text(f"{HEAD}    watch: {watch}\n", encoding="utf-8")
    settings, problems = load_settings(folder)
    assert settings is not None
    assert problems == []
    return resolve_environment(settings, "prod", {"PORT": "9464"}).watch


def test_without_it_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "contracts.yaml").write_text(HEAD, encoding="utf-8")
    settings, _ = load_settings(tmp_path)
    assert settings is not None

    assert resolve_environment(settings, "prod", {}).watch == WatchSettings()


def test_all_of_it_is_read(tmp_path: Path) -> None:
    text = "{every: 5m, jitter: 30s, metrics: {port: $PORT, address: 0.0.0.0, textfile: a/b.prom}}"

    assert read(tmp_path, text) == WatchSettings(
        schedule=Schedule(every_seconds=300, jitter_seconds=30),
        metrics=MetricsSettings(port=9464, address="0.0.0.0", textfile=tmp_path / "a/b.prom"),
    )


@pytest.mark.parametrize("cron", ["*/5 8-20 * * 1-5", "0 0 1,15 * MON", "0 12 L * *", "@hourly", "0 9 * * MON#1"])
def test_times_of_cron_are_taken(tmp_path: Path, cron: str) -> None:
    assert read(tmp_path, f'{{cron: "{cron}", timezone: Europe/Moscow}}').schedule == Schedule(
        cron=cron, zone=ZoneInfo("Europe/Moscow")
    )


@pytest.mark.parametrize(
    ("watch", "message"),
    [
        ('{cron: "* * * *"}', "'* * * *' is no time of cron; write minute, hour, day, month and weekday"),
        ('{cron: "61 * * * *"}', "'61 * * * *' is no time of cron: "),
        ('{cron: "0 0 30 2 *"}', "'0 0 30 2 *' is no time of cron: "),  # a day that never comes
        ('{cron: "* * * * * *"}', "'* * * * * *' is no time of cron"),  # seconds
        ('{cron: "R * * * *"}', "'R * * * *' is no time of cron"),  # another one each time
        ('{cron: "@reboot"}', "'@reboot' is no time of cron"),
        ('{every: 5m, cron: "* * * * *"}', "a watch has 'every' or 'cron', not both"),
        ("{every: 5}", "'5' is not a duration"),
        ("{every: 30s, jitter: 30s}", "'jitter' must be shorter than 'every'"),
        ("{every: 5m, timezone: Mars/Base}", "'Mars/Base' is not a time zone"),
        ("{evry: 5m}", "watch has no key 'evry'; Did you mean 'every'?"),
        ("{metrics: {textfile: a.txt}}", "'a.txt' does not end with .prom: the node exporter reads no other file"),
        ("{metrics: {port: 70000}}", "'port' must be at most 65535, not 70000"),
    ],
)
def test_a_mistake_is_told_where_it_is(tmp_path: Path, watch: str, message: str) -> None:
    (tmp_path / "contracts.yaml").write_text(f"{HEAD}    watch: {watch}\n", encoding="utf-8")

    _, problems = load_settings(tmp_path)

    assert len(problems) == 1
    assert str(problems[0]).startswith(f"contracts.yaml:6: {message}")
