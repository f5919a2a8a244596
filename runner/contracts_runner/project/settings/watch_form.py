"""The form of `watch:` of an environment: when it is run, where its metrics are (docs/design.md, Watching)."""

import re
from datetime import UTC, datetime
from pathlib import Path

from contracts_runner.model.watch import MetricsSettings, Retention, Schedule, WatchSettings
from contracts_runner.project.contract.timezones import TIMEZONE
from contracts_runner.project.settings.alert_form import ALERTS
from contracts_runner.reading.declarations import Form, Key, Reader, Scalar
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import DURATION, TEXT, integer, parsed

# Names of months and weekdays, L for the last; no letters that stand for chance.
_FIELD = r"([0-9*?/,#-]|[A-Za-z]{3}|[lL])+"
_CRON = rf"({_FIELD}( +{_FIELD}){{4}}|@(hourly|daily|midnight|weekly|monthly|yearly|annually))"
_CRON_HINT = "write minute, hour, day, month and weekday, such as `*/5 8-20 * * 1-5`"
_SUFFIX = ".prom"


def parse_cron(text: str) -> str:
    """Return a text that says when; raises FormError, also for a time that never comes."""
    # Many modules, which only a watch needs.
    from croniter import CroniterError, croniter

    if not re.fullmatch(_CRON, text):
        raise FormError(f"'{text}' is no time of cron; {_CRON_HINT}")
    try:
        croniter(text, datetime.now(UTC)).get_next(datetime)
    except CroniterError as error:
        raise FormError(f"'{text}' is no time of cron: {error}; {_CRON_HINT}") from None
    return text


def parse_textfile(text: str) -> str:
    """Return the path of a file for the node exporter; raises FormError for one that it would not read."""
    if not text.endswith(_SUFFIX):
        raise FormError(f"'{text}' does not end with {_SUFFIX}: the node exporter reads no other file")
    return text


def _read_textfile(value: Value) -> Path | None:
    text = value.read_parsed(parse_textfile)
    return None if text is None else (value.reading.root or Path()) / text


class MetricsForm(Form):
    """Where the metrics for Prometheus are."""

    noun = "metrics"
    port = Key(integer(0, 65535), "Port that serves /metrics and /healthz; 0 takes a free one.", example="9464")
    address = Key(TEXT, "Address of this machine that the port is on.", default="127.0.0.1")
    textfile = Key(
        Reader(_read_textfile, Scalar(type="string", pattern=r"^[\s\S]*\.prom$"), "path"),
        "File for the node exporter, written whole after each run: below contracts.yaml, or an absolute path.",
        example="/var/lib/node_exporter/contracts.prom",
    )


def _build_metrics(form: MetricsForm) -> MetricsSettings:
    return MetricsSettings(port=form.port, address=form.address or MetricsSettings().address, textfile=form.textfile)


class KeepForm(Form):
    """Which runs of a watch stay."""

    noun = "keep"
    runs = Key(integer(1), "The newest so many.", example="500")
    age = Key(DURATION, "Those that are no older.", example="30d")


class WatchForm(Form, rules={"not": {"required": ["every", "cron"]}}):
    """When `contracts watch` runs the environment, and where its metrics are."""

    noun = "watch"
    every = Key(DURATION, "From the beginning of one run to that of the next.", example="5m")
    cron = Key(
        parsed(parse_cron, "time of cron", f"^{_CRON}$", _CRON_HINT),
        "When runs begin: minute, hour, day, month, weekday, or a word such as @hourly.",
        example='"*/5 8-20 * * 1-5"',
    )
    timezone = Key(TIMEZONE.reader, "Whose wall clock `cron` is about.", default="UTC")
    jitter = Key(DURATION, "Each run begins up to this much later, so that not all watches ask at once.", example="30s")
    metrics = Key(
        MetricsForm.reader().then(_build_metrics), "Where the metrics for Prometheus are.", example="{port: 9464}"
    )
    keep = Key(
        KeepForm.reader().then(lambda form: Retention(runs=form.runs, seconds=form.age)),
        "Which runs of the watch stay; what is beyond is removed after a run. The last that broke always stays.",
        example="{runs: 500, age: 30d}",
    )
    alerts = Key(ALERTS, "Who is told when a cause comes or goes.", example="[{command: [scripts/page_somebody]}]")


def _build_watch(form: WatchForm) -> WatchSettings:
    from zoneinfo import ZoneInfo

    if WatchForm.every in form and WatchForm.cron in form:
        form.at(WatchForm.cron).report("a watch has 'every' or 'cron', not both")
    if form.every and form.jitter and form.jitter >= form.every:
        form.at(WatchForm.jitter).report("'jitter' must be shorter than 'every'")
    return WatchSettings(
        schedule=Schedule(
            every_seconds=form.every,
            cron=form.cron,
            zone=UTC if form.timezone in (None, "UTC") else ZoneInfo(form.timezone),
            jitter_seconds=form.jitter or 0.0,
        ),
        metrics=form.metrics or MetricsSettings(),
        retention=form.keep or Retention(),
        channels=form.alerts or (),
    )


WATCH = WatchForm.reader().then(_build_watch)
