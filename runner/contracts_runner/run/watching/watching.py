"""Carries `contracts watch` out, from its options to the exit code."""

import contextlib
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from contracts_runner.engine.ports import SystemClock
from contracts_runner.errors import ProjectError
from contracts_runner.project.root import list_template_folders
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.project.settings.settings import load_settings
from contracts_runner.run.connections import build_redactor, confirm_writes
from contracts_runner.run.options import Given, build_options
from contracts_runner.run.watching.alerting import Alerting
from contracts_runner.run.watching.channels import build_channels
from contracts_runner.run.watching.child import start_run
from contracts_runner.run.watching.choices import WatchChoices, choose_settings
from contracts_runner.run.watching.endpoint import serve_metrics
from contracts_runner.run.watching.following import Following
from contracts_runner.run.watching.gauges import WatchMetrics
from contracts_runner.run.watching.made_runs import COMMAND, find_in_progress, iter_complete
from contracts_runner.run.watching.retention import Cleaner
from contracts_runner.run.watching.timetable import Timetable
from contracts_runner.run.watching.told import Told
from contracts_runner.run.watching.watcher import Watcher


def watch_contracts(root: Path, given: Mapping[str, Given], choices: WatchChoices, *, project: str) -> int:
    """Watch an environment of the project in `root`, which --project names so, "" without it; `given` are options of
    its runs. Returns the exit code.

    Raises UsageError, ProjectError for what can be known before the first run.
    """
    options = build_options(given)
    settings, problems = load_settings(root)
    if settings is None or problems:
        raise ProjectError(problems)
    environment = resolve_environment(settings, options.environment, os.environ)
    environment = replace(environment, writes=options.writes or environment.writes)
    wanted = choose_settings(environment, choices)
    confirm_writes(environment, confirmed=options.confirmed)
    clock, metrics = SystemClock(), WatchMetrics(environment.name)
    order = {**given, "environment": environment.name, "confirmed": environment.name}
    following = Following(
        clock=clock,
        metrics=metrics,
        textfile=wanted.metrics.textfile,
        find_earlier=lambda: iter_complete(settings, environment.name),
        alerting=Alerting(
            settings=settings,
            environment=environment.name,
            templates=list_template_folders(settings.templates),
            channels=build_channels(wanted.channels, environment, root),
            redact=build_redactor(environment).text,
            count=metrics.count_alert,
            told=Told(environment.name),
        ),
        cleaner=Cleaner(retention=wanted.retention, environment=environment.name),
    )
    watcher = Watcher(
        timetable=Timetable(schedule=wanted.schedule, start=clock.now()),
        clock=clock,
        metrics=metrics,
        begin=lambda: start_run(root, project, _name_command(), order),
        follow=following.follow,
        find_other=lambda: find_in_progress(settings, environment.name),
        most_runs=choices.most_runs,
    )
    with contextlib.ExitStack() as stack:
        where = wanted.metrics
        if where.port is not None:
            served = serve_metrics(where.address, where.port, metrics.registry, watcher.report_health)
            print(f"metrics: {stack.enter_context(served)}/metrics", file=sys.stderr, flush=True)
        following.begin()
        return watcher.watch()


def _name_command() -> str:
    """Return the command line as the ledger of each run has it: it says that a watch has made it."""
    words = list(sys.argv[1:])
    words.remove("watch")
    return " ".join([COMMAND, *words])
