"""The stages of the test protocol, each with what the ledger proves about it and nothing more."""

from collections.abc import Sequence

from contracts_runner.model.nouns import count_noun
from contracts_runner.results.results import Results, Warehouse
from contracts_runner.results.rows import Finding, FindingStatus, Moment


def build_stages(results: Results) -> list[tuple[str, list[str]]]:
    """Return (title, recorded facts) of stages 1 to 3."""
    return [
        ("Stage 1: environment", [_describe_environment(results.environment)]),
        ("Stage 2: tests", _describe_tests(results)),
        ("Stage 3: logs, artifacts, snapshots", _describe_evidence(results)),
    ]


def _describe_environment(findings: Sequence[Finding]) -> str:
    if not findings:
        return "The ledger holds no finding about the environment."
    problems = [finding.name for finding in findings if finding.status is FindingStatus.PROBLEM]
    named = f": {', '.join(problems)}" if problems else ""
    return f"Recorded findings: {len(findings)}; of them problems: {len(problems)}{named}."


def _describe_tests(results: Results) -> list[str]:
    totals, warehouse = results.totals, results.warehouse
    facts = [
        f"Scenarios with a result: {totals.scenarios.total} of {results.selected} selected; "
        f"not selected: {results.deselected}.",
        f"Requests sent: {totals.requests_sent}; of them writes: {totals.writes_sent}.",
    ]
    if results.properties:
        facts.append(f"Properties with a result: {totals.properties.total}.")
    if warehouse.planned or warehouse.checks:
        facts.append(f"Warehouse checks with a result: {len(warehouse.checks)} of {warehouse.planned} planned.")
    return facts


def _describe_evidence(results: Results) -> list[str]:
    steps = [step for scenario in results.scenarios for step in scenario.steps]
    closing = "the last one closes the run" if results.run.complete else "none of them closes a whole run"
    return [
        f"Ledger lines: {results.ledger.lines}; {closing}.",
        f"Recorded steps: {len(steps)}; of them with an artifact: {sum(bool(step.artifact) for step in steps)}.",
        *(_describe_snapshot(moment, results.warehouse) for moment in Moment),
    ]


def _describe_snapshot(moment: Moment, warehouse: Warehouse) -> str:
    if warehouse.notes[moment] is None:
        return f"Snapshot {moment} the load: not taken."
    tables = warehouse.snapshots[moment]
    counted = sum(rows is not None for rows in tables.values())
    note = f" ({warehouse.notes[moment]})" if warehouse.notes[moment] else ""
    return f"Snapshot {moment} the load: {counted} of {count_noun(len(tables), 'table')} counted{note}."
