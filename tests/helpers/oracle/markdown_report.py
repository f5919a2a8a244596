"""report.md: every figure of it against the recount."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from contracts_runner.audit.foreign.markdown import (
    MarkdownDocument,
    ReportTable,
    TableRow,
    build_table,
    read_markdown,
    unescape,
)
from contracts_runner.audit.recount import Recount
from contracts_runner.audit.violation import Violation
from contracts_runner.model.json import Json
from helpers.oracle.figures import check_fact, check_shared_tables
from helpers.oracle.row_facts import RowFacts, build_facts
from helpers.oracle.tables import compare_table
from helpers.oracle.verdict import check_text

NAME = "report.md"
SANDBOX_LINE = "sandbox run: says nothing about production"
_TITLE = "# Contract run: "
_MATRIX = ("Test ID", "Endpoint", "Outcome", "Status")
_PLACE = re.compile(r" \(step \d+ of \d+\)$")
# A sentence of the report with its figures, and where in results.json each of them stands.
_SENTENCES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (
        re.compile(r"Scenarios selected: (\d+); not selected: (\d+); selected but never started: (\d+)\b.*"),
        ("selected", "deselected", "not_started"),
    ),
    (re.compile(r"Requests sent: (\d+); of them writes: (\d+)\."), ("requests_sent", "writes_sent")),
    (re.compile(r"- Requests sent: (\d+)"), ("requests_sent",)),
    (re.compile(r"- Writes sent: (\d+)"), ("writes_sent",)),
    (
        re.compile(r"- Scenarios with a result: (\d+) of (\d+) selected; not selected: (\d+)\."),
        ("scenarios", "selected", "deselected"),
    ),
    (re.compile(r"- Requests sent: (\d+); of them writes: (\d+)\."), ("requests_sent", "writes_sent")),
    (re.compile(r"- Ledger lines: (\d+); .*"), ("lines",)),
    (re.compile(r"- Recorded steps: (\d+); of them with an artifact: (\d+)\."), ("steps", "artifacts")),
)
_OPTIONAL_SENTENCES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"- Properties with a result: (\d+)\."), ("properties",)),
    (re.compile(r"- Warehouse checks with a result: (\d+) of (\d+) planned\."), ("checks", "planned")),
)


def check_markdown_report(text: str, recount: Recount) -> Iterator[Violation]:
    """Yield what the report prints and the evidence does not give."""
    document = read_markdown(text, NAME)
    yield from _check_beginning(document, recount)
    yield from _check_summary(document, recount)
    yield from check_shared_tables(document.tables, recount, file=NAME)
    yield from _check_matrix(document.tables, build_facts(recount))
    yield from _check_lists(document.tables, recount)
    yield from _check_sentences(document, recount)
    yield from _check_findings(document, recount)


def find_counts(recount: Recount) -> dict[str, int]:
    """Return the figures that stand in sentences of the reports, by name."""
    results = recount.results
    totals = results["totals"]
    steps = [step for scenario in recount.results["scenarios"] for step in scenario["steps"]]
    return {
        "selected": results["selected"],
        "deselected": results["deselected"],
        "not_started": len(results["not_started"]),
        "requests_sent": totals["requests_sent"],
        "writes_sent": totals["writes_sent"],
        "scenarios": totals["scenarios"]["total"],
        "properties": totals["properties"]["total"],
        "checks": totals["warehouse"]["total"],
        "planned": results["warehouse"]["planned"],
        "lines": results["ledger"]["lines"],
        "steps": len(steps),
        "artifacts": sum(bool(step["artifact"]) for step in steps),
    }


def render_time(value: str | None) -> str:
    """Return a time as the reports write it."""
    if value is None:
        return "not recorded"
    return f"{datetime.fromisoformat(value).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _check_beginning(document: MarkdownDocument, recount: Recount) -> Iterator[Violation]:
    first = document.lines[0][1] if document.lines else ""
    is_simulated = recount.results["run"]["simulated"]
    if (first == SANDBOX_LINE) != is_simulated:
        expected = SANDBOX_LINE if is_simulated else "no word of a sandbox"
        yield Violation(figure="first line", printed=first, recomputed=expected, file=NAME, line=1)
    titles = [(number, line) for number, line in document.lines if line.startswith(_TITLE)]
    if not titles:
        yield Violation(figure="verdict", printed=None, recomputed="a title", file=NAME, line=1)
    for number, line in titles:
        yield from check_text(unescape(line.removeprefix(_TITLE)), recount, file=NAME, line=number)


def _check_summary(document: MarkdownDocument, recount: Recount) -> Iterator[Violation]:
    run = recount.results["run"]
    table = next((table for table in document.tables if table.title == "Executive Summary"), None)
    rows = {row.texts[0]: row for row in table.rows if row.texts} if table else {}
    ending = "no: the run was interrupted" if run["interrupted"] else "no: the run did not finish"
    resumed = "; resumed at " + ", ".join(map(render_time, run["resumed_at"])) if run["resumed_at"] else ""
    expected = {
        "Run": run["id"],
        "Environment": f"{run['environment']}{' (simulated)' if run['simulated'] else ''}",
        "Base URL": run["base_url"] or "not recorded",
        "Started": render_time(run["started_at"]),
        "Finished": render_time(run["finished_at"]),
        "Complete": ("yes" if run["complete"] else ending) + resumed,
        "Git commit": run["git_commit"] or "not recorded",
    }
    for name, value in expected.items():
        row = rows.get(name)
        printed = row.texts[1] if row and len(row.texts) > 1 else None
        line = row.line if row else 1
        yield from check_fact(f"run: {name}", printed, value, file=NAME, line=line)


def _check_matrix(tables: Sequence[ReportTable], facts: dict[str, RowFacts]) -> Iterator[Violation]:
    matrices = [table for table in tables if table.header[:4] == _MATRIX]
    rows = tuple(row for table in matrices for row in table.rows)
    joined = ReportTable(NAME, matrices[0].line if matrices else 1, "", matrices[0].header if matrices else (), rows)
    yield from compare_table(
        joined, {fact.id: _expect_row(fact) for fact in facts.values()}, what="test", key=_MATRIX[:1]
    )
    by_id = {fact.id: fact for fact in facts.values()}
    for row in rows:
        fact = by_id.get(row.cells["Test ID"])
        if fact and fact.request:
            printed = _PLACE.sub("", row.cells["Endpoint"])
            yield from check_fact(f"test {fact.id}: Endpoint", printed, fact.request, file=NAME, line=row.line)


def _expect_row(fact: RowFacts) -> dict[str, Json]:
    return {
        "Outcome": fact.outcome,
        "Status": fact.answer,
        "Latency (ms)": fact.latency_ms,
        "Artifact": fact.artifact,
        "Notes": fact.note,
    }


def _check_lists(tables: Sequence[ReportTable], recount: Recount) -> Iterator[Violation]:
    results = recount.results
    checks = {
        f"{row['id']} {row['table']}": {"Check": row["check"], "Outcome": row["outcome"]}
        for row in results["warehouse"]["checks"]
    }
    properties = {
        row["id"]: {"Outcome": row["outcome"], "Examples": row["examples"]}
        for row in results["properties"]
        if row["outcome"] != "passed"
    }
    artifacts = {
        f"{scenario['id']} {step['artifact']}": {"Step": step["name"]}
        for scenario in recount.results["scenarios"]
        for step in scenario["steps"]
        if step["artifact"]
    }
    for first, expected, what, key in (
        ("Check ID", checks, "warehouse check", ("Check ID", "Table")),
        ("Property", properties, "property", ("Property",)),
        ("Test ID", artifacts, "artifact", ("Test ID", "File")),
    ):
        found = [table for table in tables if table.header[:1] == (first,) and set(key) <= set(table.header)]
        empty = build_table(NAME, "", (1, key), [])
        for table in found or ([empty] if expected else []):
            yield from compare_table(table, expected, what=what, key=key)


def _check_sentences(document: MarkdownDocument, recount: Recount) -> Iterator[Violation]:
    counts = find_counts(recount)
    for number, line in document.lines:
        for pattern, names in (*_SENTENCES, *_OPTIONAL_SENTENCES):
            match = pattern.fullmatch(line)
            for name, printed in zip(names, match.groups(), strict=True) if match else ():
                yield from check_fact(name, printed, counts[name], file=NAME, line=number)
    for pattern, names in _SENTENCES:
        if not any(pattern.fullmatch(line) for _, line in document.lines):
            sentence = ", ".join(names)
            yield Violation(figure=f"sentence of {sentence}", printed=None, recomputed=counts[names[0]], file=NAME)


def _check_findings(document: MarkdownDocument, recount: Recount) -> Iterator[Violation]:
    """Each finding is a list item that begins with an id in bold and the outcome after it."""
    notable = {f"{row['id']} {row['title']}": row["outcome"] for row in recount.results["scenarios"]}
    notable |= {row["id"]: row["outcome"] for row in recount.results["properties"]}
    notable |= {
        f"{row['id']} {row['table']} {row['check']}": row["outcome"] for row in recount.results["warehouse"]["checks"]
    }
    items = []
    for number, line in document.lines:
        match = re.match(r"- \*\*(.+?)\*\*: (\w+)", line)
        if match:
            items.append((number, [unescape(match[1]), match[2]]))
    table = build_table(NAME, "", (1, ("Finding", "Outcome")), items)
    expected = {
        name: {"Outcome": outcome}
        for name, outcome in notable.items()
        if outcome in ("failed", "errored", "fixed", "known")
    }
    rows = [row for row in table.rows if not _is_minor(row, notable)]
    yield from compare_table(
        ReportTable(table.file, 1, "", table.header, tuple(rows)), expected, what="finding", key=("Finding",)
    )


def _is_minor(row: TableRow, notable: dict[str, str]) -> bool:
    """Blocked and skipped properties are listed too, the same of scenarios are not."""
    return notable.get(row.cells["Finding"]) in ("blocked", "skipped") and row.cells["Outcome"] in (
        "blocked",
        "skipped",
    )
