"""The metrics of a watch are those of its last run."""

from pathlib import Path
from typing import Any

from msgspec import structs
from prometheus_client.parser import text_string_to_metric_families

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.results import Results
from contracts_runner.run.watching.gauges import WatchMetrics
from helpers.sample_run import build_sample_run


def read_metrics(path: Path) -> dict[tuple[str, ...], float]:
    """Return name and values of the labels -> figure."""
    families = text_string_to_metric_families(path.read_text(encoding="utf-8"))
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def show(results: Results, folder: Path, exit_code: int = 1) -> dict[tuple[str, ...], float]:
    metrics = WatchMetrics("prod")
    metrics.show_run(results, exit_code)
    metrics.write(folder / "a.prom")
    return read_metrics(folder / "a.prom")


def test_each_outcome_of_each_phase_is_the_total_of_the_results(tmp_path: Path) -> None:
    results = fold_ledger(build_sample_run())

    shown = show(results, tmp_path)

    environment = results.run.environment
    for phase in Phase:
        for outcome in Outcome:
            assert shown["contracts_run_rows", environment, outcome, phase] == results.totals[phase][outcome]
    assert shown["contracts_run_requests", environment] == results.totals.requests_sent
    assert shown["contracts_run_exit_code", environment] == 1


def test_each_step_counts_for_its_operation(tmp_path: Path) -> None:
    results = fold_ledger(build_sample_run())
    steps = [step for scenario in results.scenarios for step in scenario.steps]

    shown = show(results, tmp_path)

    counted = sum(figure for key, figure in shown.items() if key[0] == "contracts_run_operation_rows")
    assert counted == len(steps) + len(results.properties)
    failed = [step for step in steps if (step.operation, step.outcome) == ("getEvent", Outcome.FAILED)]
    assert shown["contracts_run_operation_rows", results.run.environment, "getEvent", "failed"] == len(failed) > 0


def test_a_label_with_any_text_is_read_back(tmp_path: Path) -> None:
    odd = 'GET /"Ж"\\n\n{a}'
    results = fold_ledger(build_sample_run())
    step = structs.replace(results.scenarios[0].steps[0], operation=odd)
    results = structs.replace(results, scenarios=(structs.replace(results.scenarios[0], steps=(step,)),))

    assert ("contracts_run_operation_rows", results.run.environment, odd, step.outcome) in show(results, tmp_path)


def test_what_the_run_before_found_is_gone(tmp_path: Path) -> None:
    results: Any = fold_ledger(build_sample_run())
    metrics = WatchMetrics("prod")

    metrics.show_run(results, 1)
    metrics.show_run(structs.replace(results, scenarios=(), properties=()), 0)
    metrics.write(tmp_path / "a.prom")

    assert not [key for key in read_metrics(tmp_path / "a.prom") if key[0] == "contracts_run_operation_rows"]


def test_the_last_success_stays_when_a_run_fails(tmp_path: Path) -> None:
    results = fold_ledger(build_sample_run())
    metrics = WatchMetrics("prod")
    names = ("contracts_last_success_timestamp_seconds", {"environment": "prod"})

    metrics.show_run(results, 1)
    assert metrics.registry.get_sample_value(*names) is None
    metrics.show_run(results, 0)
    metrics.show_run(results, 1)

    assert metrics.registry.get_sample_value(*names) is not None
