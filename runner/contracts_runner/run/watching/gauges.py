"""The metrics of a watch for Prometheus: what the last run found, and what the watch did.

Figures of a run are folds of its results; the whole of them is exchanged at once, so that no scrape sees half of a run.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, write_to_textfile
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.text import count_seconds
from contracts_runner.results.results import Results

_ENVIRONMENT = "environment"
# Each is a time series of its own.
_MOST_CAUSES = 100
_QUANTILES = {"0.5": "p50", "0.9": "p90", "0.99": "p99"}


class _LastRun(Collector):
    """What the last run found."""

    def __init__(self) -> None:
        self.families: list[GaugeMetricFamily] = []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Return the metrics as Prometheus's client asks for them."""
        return self.families


class WatchMetrics:
    """The metrics of the watch of one environment."""

    def __init__(self, environment: str) -> None:
        self.environment = environment
        self.registry = CollectorRegistry()
        self._last = _LastRun()
        self.registry.register(self._last)
        self._success = Gauge(
            "contracts_last_success_timestamp_seconds",
            "When the last run ended in which nothing broke.",
            [_ENVIRONMENT],
            registry=self.registry,
        )
        self._runs = Counter(
            "contracts_watch_runs", "Runs of this watch.", [_ENVIRONMENT, "exit_code"], registry=self.registry
        )
        self._missed = Counter(
            "contracts_watch_missed",
            "Times at which no run began, since another one was not over.",
            [_ENVIRONMENT],
            registry=self.registry,
        )
        self._alerts = Counter(
            "contracts_watch_alerts",
            "Alerts, and whether they arrived.",
            [_ENVIRONMENT, "receiver", "result"],
            registry=self.registry,
        )
        self._next = Gauge(
            "contracts_watch_next_run_timestamp_seconds",
            "When the next run begins.",
            [_ENVIRONMENT],
            registry=self.registry,
        )
        self._missed.labels(environment)

    def count_run(self, exit_code: int) -> None:
        """Count a run of this watch."""
        self._runs.labels(self.environment, str(exit_code)).inc()

    def count_missed(self, number: int) -> None:
        """Count times at which no run began."""
        self._missed.labels(self.environment).inc(number)

    def count_alert(self, receiver: str, has_arrived: bool) -> None:
        """Count an alert."""
        self._alerts.labels(self.environment, receiver, "arrived" if has_arrived else "failed").inc()

    def set_next(self, moment: datetime) -> None:
        """Tell when the next run begins."""
        self._next.labels(self.environment).set(moment.timestamp())

    def show_run(self, results: Results, exit_code: int) -> None:
        """Show what a run found, in the place of what the one before found."""
        self._last.families = list(_build_families(results, exit_code))
        if exit_code == 0:
            self.show_success(results)

    def show_success(self, results: Results) -> None:
        """Show when a run ended in which nothing broke."""
        if results.run.finished_at:
            moment = datetime.fromisoformat(results.run.finished_at)
            self._success.labels(self.environment).set(moment.timestamp())

    def write(self, path: Path) -> None:
        """Write them into a file, which is there as a whole at any moment. Raises OSError."""
        write_to_textfile(str(path), self.registry)


def _build_families(results: Results, exit_code: int) -> Iterator[GaugeMetricFamily]:
    run, totals = results.run, results.totals
    whole: dict[tuple[str, str], float] = {
        ("exit_code", "Exit code of the last run: 0 if nothing broke."): exit_code,
        ("requests", "Requests that the last run sent."): totals.requests_sent,
        ("writes", "Requests of the last run that could write."): totals.writes_sent,
    }
    if run.finished_at:
        ended = datetime.fromisoformat(run.finished_at)
        whole["finished_timestamp_seconds", "When the last run ended."] = ended.timestamp()
        if (seconds := count_seconds(run.started_at, run.finished_at)) is not None:
            whole["duration_seconds", "How long the last run took."] = seconds
    for (name, text), figure in whole.items():
        yield _build_family(f"run_{name}", text, [((), figure)], run.environment)
    rows = ((phase, outcome) for phase in Phase for outcome in Outcome)
    counts = ((row, totals[row[0]][row[1]]) for row in rows)
    yield _build_family("run_rows", "Results of the last run.", counts, run.environment, "phase", "outcome")
    operations = Tally((step.operation, step.outcome) for scenario in results.scenarios for step in scenario.steps)
    operations.update((row.operation, row.outcome) for row in results.properties)
    text = "Steps and properties of the last run."
    yield _build_family("run_operation_rows", text, operations.items(), run.environment, "operation", "outcome")
    causes = Tally(cause.outcome for cause in results.causes)
    wrong = (((outcome,), causes[outcome]) for outcome in Outcome if outcome.traits.is_broken)
    yield _build_family("run_causes", "What is wrong in the last run, each once.", wrong, run.environment, "outcome")
    shown = (((cause.key, cause.outcome), cause.count) for cause in results.causes[:_MOST_CAUSES])
    text = f"Rows that show a cause in the last run; of the first {_MOST_CAUSES} causes."
    yield _build_family("run_cause_rows", text, shown, run.environment, "cause", "outcome")
    latencies = (
        ((row.operation, quantile), getattr(row, field) / 1000)
        for row in results.latency
        for quantile, field in _QUANTILES.items()
    )
    text = "Latency of the answers of the last run."
    yield _build_family("run_latency_seconds", text, latencies, run.environment, "operation", "quantile")


def _build_family(
    name: str, text: str, figures: Iterable[tuple[tuple[str, ...], float]], environment: str, *labels: str
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"contracts_{name}", text, labels=[_ENVIRONMENT, *labels])
    for values, figure in figures:
        family.add_metric([environment, *values], figure)
    return family
