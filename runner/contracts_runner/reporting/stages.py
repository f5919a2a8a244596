"""The stages of the test protocol, each with what the ledger proves about it and nothing more."""

from collections.abc import Sequence

from contracts_runner.reporting.phrases import Phrases
from contracts_runner.results.results import Results, Warehouse
from contracts_runner.results.rows import Finding, FindingStatus, Moment


def build_stages(results: Results, phrases: Phrases) -> list[tuple[str, list[str]]]:
    """Return (title, recorded facts) of stages 1 to 3."""
    return [
        (phrases("Stage 1: environment"), [_describe_environment(results.environment, phrases)]),
        (phrases("Stage 2: tests"), _describe_tests(results, phrases)),
        (phrases("Stage 3: logs, artifacts, snapshots"), _describe_evidence(results, phrases)),
    ]


def _describe_environment(findings: Sequence[Finding], phrases: Phrases) -> str:
    if not findings:
        return phrases("The ledger holds no finding about the environment.")
    problems = [finding.name for finding in findings if finding.status is FindingStatus.PROBLEM]
    named = f": {', '.join(problems)}" if problems else ""
    return phrases(
        "Recorded findings: %(findings)s; of them problems: %(problems)s%(named)s.",
        findings=len(findings),
        problems=len(problems),
        named=named,
    )


def _describe_tests(results: Results, phrases: Phrases) -> list[str]:
    totals, warehouse = results.totals, results.warehouse
    facts = [
        phrases(
            "Scenarios with a result: %(number)s of %(selected)s selected; not selected: %(deselected)s.",
            number=totals.scenarios.total,
            selected=results.selected,
            deselected=results.deselected,
        ),
        phrases(
            "Requests sent: %(requests)s; of them writes: %(writes)s.",
            requests=totals.requests_sent,
            writes=totals.writes_sent,
        ),
    ]
    if results.properties:
        facts.append(phrases("Properties with a result: %(number)s.", number=totals.properties.total))
    if warehouse.planned or warehouse.checks:
        facts.append(
            phrases(
                "Warehouse checks with a result: %(number)s of %(planned)s planned.",
                number=len(warehouse.checks),
                planned=warehouse.planned,
            )
        )
    return facts


def _describe_evidence(results: Results, phrases: Phrases) -> list[str]:
    steps = [step for scenario in results.scenarios for step in scenario.steps]
    lines = results.ledger.lines
    return [
        phrases("Ledger lines: %(lines)s; the last one closes the run.", lines=lines)
        if results.run.complete
        else phrases("Ledger lines: %(lines)s; none of them closes a whole run.", lines=lines),
        phrases(
            "Recorded steps: %(steps)s; of them with an artifact: %(artifacts)s.",
            steps=len(steps),
            artifacts=sum(bool(step.artifact) for step in steps),
        ),
        *(_describe_snapshot(moment, results.warehouse, phrases) for moment in Moment),
    ]


def _describe_snapshot(moment: Moment, warehouse: Warehouse, phrases: Phrases) -> str:
    name = phrases("Snapshot before the load") if moment is Moment.BEFORE else phrases("Snapshot after the load")
    if warehouse.notes[moment] is None:
        return phrases("%(snapshot)s: not taken.", snapshot=name)
    tables = warehouse.snapshots[moment]
    return phrases(
        "%(snapshot)s: %(counted)s of %(tables)s counted%(note)s.",
        snapshot=name,
        counted=sum(rows is not None for rows in tables.values()),
        tables=phrases.count_of(len(tables), "table"),
        note=f" ({warehouse.notes[moment]})" if warehouse.notes[moment] else "",
    )
