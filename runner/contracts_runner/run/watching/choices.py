"""What the command line of `contracts watch` says instead of the environment's `watch`."""

from dataclasses import replace
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import UsageError
from contracts_runner.model.environment import Environment
from contracts_runner.model.watch import MetricsSettings, Schedule, WatchSettings
from contracts_runner.project.settings.watch_form import parse_cron, parse_textfile
from contracts_runner.reading.durations import FormError, parse_duration


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchChoices:
    """What the command line says instead of the environment's `watch`; `most_runs`: then it ends."""

    every: str | None = None
    cron: str | None = None
    jitter: str | None = None
    port: int | None = None
    textfile: str | None = None
    most_runs: int | None = None


def choose_settings(environment: Environment, choices: WatchChoices) -> WatchSettings:
    """Return the environment's `watch` with what the command line says instead. Raises UsageError."""
    schedule, metrics = environment.watch.schedule, environment.watch.metrics
    if choices.every and choices.cron:
        raise UsageError("--every and --cron cannot stand together")
    try:
        if choices.every:
            schedule = replace(schedule, every_seconds=_parse("--every", choices.every), cron=None)
        if choices.cron:
            schedule = replace(schedule, every_seconds=None, cron=parse_cron(choices.cron))
        if choices.jitter:
            schedule = replace(schedule, jitter_seconds=_parse("--jitter", choices.jitter))
        if choices.textfile:
            metrics = replace(metrics, textfile=Path(parse_textfile(choices.textfile)))
    except FormError as error:
        raise UsageError(str(error)) from None
    if choices.most_runs == 1:
        schedule = Schedule()  # at once: who asks for one run knows when
    metrics = replace(metrics, port=metrics.port if choices.port is None else choices.port)
    _check(environment, schedule, metrics, choices)
    return replace(environment.watch, schedule=schedule, metrics=metrics)


def _parse(flag: str, text: str) -> float:
    try:
        return parse_duration(text)
    except FormError as error:
        raise FormError(f"{flag}: {error}") from None


def _check(environment: Environment, schedule: Schedule, metrics: MetricsSettings, choices: WatchChoices) -> None:
    if not schedule.every_seconds and not schedule.cron and choices.most_runs != 1:
        raise UsageError(
            f"{environment.location}: the environment '{environment.name}' does not say when it is run; give it "
            "`watch: {every: 5m}`, or give --every, --cron, or --runs 1"
        )
    if schedule.every_seconds and schedule.jitter_seconds >= schedule.every_seconds:
        raise UsageError("--jitter must be shorter than the interval")
    if metrics.textfile and not metrics.textfile.parent.is_dir():
        raise UsageError(f"there is no folder {metrics.textfile.parent} for the metrics; make it, or name another file")
