"""`watch` of an environment: what is read, and where a mistake is told."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contracts_runner.model.watch import (
    Command,
    MetricsSettings,
    Notification,
    Retention,
    Schedule,
    WatchSettings,
    Webhook,
)
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.project.settings.settings import load_settings

HEAD = "version: 1\nspecs: {}\nenvironments:\n  prod:\n    base_url: https://a.example.com\n"


def read(folder: Path, watch: str) -> WatchSettings:
    (folder / "contracts.yaml").write_text(f"{HEAD}    watch: {watch}\n", encoding="utf-8")
    settings, problems = load_settings(folder)
    assert settings is not None
    assert problems == []
    return resolve_environment(settings, "prod", {"PORT": "9464", "HOOK": "http://a.example.com/x"}).watch


def test_without_it_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "contracts.yaml").write_text(HEAD, encoding="utf-8")
    settings, _ = load_settings(tmp_path)
    assert settings is not None

    assert resolve_environment(settings, "prod", {}).watch == WatchSettings()


def test_all_of_it_is_read(tmp_path: Path) -> None:
    metrics = "{port: $PORT, address: 0.0.0.0, textfile: a/b.prom}"
    text = f"{{every: 5m, jitter: 30s, metrics: {metrics}, keep: {{runs: 5, age: 1d}}}}"

    assert read(tmp_path, text) == WatchSettings(
        schedule=Schedule(every_seconds=300, jitter_seconds=30),
        metrics=MetricsSettings(port=9464, address="0.0.0.0", textfile=tmp_path / "a/b.prom"),
        retention=Retention(runs=5, seconds=86400),
    )


def test_receivers_of_alerts_are_read_and_one_that_is_not_set_is_noted(tmp_path: Path) -> None:
    text = "{alerts: [{webhook: $HOOK, headers: {A: b}}, {notify: $MAIL}, {command: [a, b]}]}"

    assert read(tmp_path, text).channels == (
        Webhook(url="http://a.example.com/x", headers={"A": "b"}),
        Notification(url=None, missing="MAIL"),
        Command(words=("a", "b")),
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
        ("{keep: {runs: 0}}", "'runs' must be at least 1, not 0"),
        ("{alerts: []}", "'alerts' is empty"),
        ("{alerts: [{}]}", "an alert needs one of the keys webhook, notify, command"),
        ("{alerts: [{webhook: http://a.example.com, command: [a]}]}", "an alert needs one of the keys"),
        ("{alerts: [{command: [a], headers: {A: b}}]}", "'headers' is for a webhook"),
        ("{alerts: [{webhook: ftp://a.example.com}]}", "'webhook' is not a URL without a user; write one such as"),
        ("{alerts: [{webhook: http://me:secret-1@a.example.com}]}", "'webhook' is not a URL without a user"),
        ("{alerts: [{notify: user@example.com}]}", "'notify' is not a URL of Apprise"),
        ("{alerts: [{webhok: http://a.example.com}]}", "an alert has no key 'webhok'; Did you mean 'webhook'?"),
        ("{metrics: {port: 70000}}", "'port' must be at most 65535, not 70000"),
    ],
)
def test_a_mistake_is_told_where_it_is(tmp_path: Path, watch: str, message: str) -> None:
    (tmp_path / "contracts.yaml").write_text(f"{HEAD}    watch: {watch}\n", encoding="utf-8")

    _, problems = load_settings(tmp_path)

    assert "secret-1" not in "".join(map(str, problems))
    assert str(problems[0]).startswith(f"contracts.yaml:6: {message}")
