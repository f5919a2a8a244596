"""Carries `contracts watch` out, from its options to the exit code."""

import contextlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from contracts_runner.engine.ports import SystemClock
from contracts_runner.errors import ProjectError, RunFolderError, UsageError
from contracts_runner.evidence.files import read_file
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.lock import is_in_progress
from contracts_runner.model.environment import Environment
from contracts_runner.model.watch import MetricsSettings, Schedule, WatchSettings
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.project.settings.settings import Settings, load_settings
from contracts_runner.project.settings.watch_form import parse_cron, parse_textfile
from contracts_runner.reading.durations import FormError, parse_duration
from contracts_runner.reporting.verdict import render_verdict
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.results.results import Results
from contracts_runner.run.connections import confirm_writes
from contracts_runner.run.options import Given, build_options
from contracts_runner.run.runs import list_runs, read_environment
from contracts_runner.run.watching.child import EndedRun, start_run
from contracts_runner.run.watching.endpoint import serve_metrics
from contracts_runner.run.watching.gauges import WatchMetrics
from contracts_runner.run.watching.timetable import Timetable
from contracts_runner.run.watching.watcher import Watcher


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchChoices:
    """What the command line says instead of the environment's `watch`; `most_runs`: then it ends."""

    every: str | None = None
    cron: str | None = None
    jitter: str | None = None
    port: int | None = None
    textfile: str | None = None
    most_runs: int | None = None


def watch_contracts(root: Path, given: Mapping[str, Given], choices: WatchChoices) -> int:
    """Watch an environment of the project in `root`; `given` are options of its runs. Returns the exit code.

    Raises UsageError, ProjectError for what can be known before the first run.
    """
    options = build_options(given)
    settings, problems = load_settings(root)
    if settings is None or problems:
        raise ProjectError(problems)
    environment = resolve_environment(settings, options.environment, os.environ)
    environment = replace(environment, writes=options.writes or environment.writes)
    wanted = _choose(environment, choices)
    confirm_writes(environment, confirmed=options.confirmed)
    clock, metrics = SystemClock(), WatchMetrics(environment.name)
    order = {**given, "environment": environment.name, "confirmed": environment.name}
    watcher = Watcher(
        timetable=Timetable(schedule=wanted.schedule, start=clock.now()),
        clock=clock,
        metrics=metrics,
        begin=lambda: start_run(root, _name_command(), order),
        follow=lambda ended: _follow(ended, metrics, wanted),
        find_other=lambda: _find_other(settings, environment.name),
        most_runs=choices.most_runs,
    )
    with contextlib.ExitStack() as stack:
        where = wanted.metrics
        if where.port is not None:
            served = serve_metrics(where.address, where.port, metrics.registry, watcher.report_health)
            print(f"metrics: {stack.enter_context(served)}/metrics", file=sys.stderr, flush=True)
        return watcher.watch()


def _choose(environment: Environment, choices: WatchChoices) -> WatchSettings:
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


def _name_command() -> str:
    """Return the command line as the ledger of each run has it: it says that a watch has made it."""
    words = list(sys.argv[1:])
    words.remove("watch")
    return " ".join(["contracts", "watch", *words])


def _find_other(settings: Settings, environment: str) -> str:
    """Return the name of a run of the environment that a process is making, "" for none."""
    for run in list_runs(settings):
        if run.is_dir() and is_in_progress(run / LEDGER) and read_environment(run) == environment:
            return run.name
    return ""


def _follow(ended: EndedRun, metrics: WatchMetrics, wanted: WatchSettings) -> str:
    """Do what follows from a run, and return what there is to say of it."""
    results = _read_results(ended.folder)
    if results is not None:
        metrics.show_run(results, ended.exit_code)
    if wanted.metrics.textfile is not None:
        try:
            metrics.write(wanted.metrics.textfile)
        except OSError as error:
            print(f"{wanted.metrics.textfile} was not written: {error.strerror}", file=sys.stderr, flush=True)
    if results is None:
        return f"exit {ended.exit_code}: there are no results{f' in {ended.folder}' if ended.folder else ''}"
    return f"exit {ended.exit_code}: {render_verdict(results)}; {ended.folder}"


def _read_results(folder: Path | None) -> Results | None:
    try:
        return None if folder is None else parse_results(read_file(folder / "results.json"))
    except (OSError, MisfitError, RunFolderError):
        return None
