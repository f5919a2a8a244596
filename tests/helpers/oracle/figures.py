"""The tables that the Markdown and the HTML report share: totals, latency, row counts, checks, properties."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from contracts_runner.audit.foreign.markdown import ReportTable
from contracts_runner.audit.judging import count_outcomes
from contracts_runner.audit.line_forms import RANKS
from contracts_runner.audit.recount import Recount
from contracts_runner.audit.violation import Violation
from contracts_runner.model.json import Json
from contracts_runner.model.phase import Phase
from helpers.oracle.tables import compare_table, is_same

_TITLES = dict(zip(Phase, ("Scenarios", "Properties", "Warehouse checks"), strict=True))
_LATENCY = {"Count": "count", "Min": "min", "p50": "p50", "p90": "p90", "p99": "p99", "Max": "max"}
Check = Callable[[ReportTable, Recount], Iterator[Violation]]


def check_shared_tables(tables: Sequence[ReportTable], recount: Recount, *, file: str) -> Iterator[Violation]:
    """Yield what the shared tables of one report print wrong, and those of them that are missing."""
    results = recount.results
    wanted: list[tuple[str, bool, Callable[[ReportTable], bool], Check]] = [
        ("totals", True, is_totals, check_totals),
        ("latency", bool(results["latency"]), is_latency, check_latency),
        ("row counts", bool(_expect_counts(recount)), is_row_counts, check_row_counts),
        ("property checks", bool(results["properties"]), is_property_totals, check_property_totals),
    ]
    for name, is_due, fits, check in wanted:
        found = [table for table in tables if fits(table)]
        if is_due and not found:
            yield Violation(figure=f"{name} table", printed=None, recomputed="a table of that name", file=file)
        for table in found:
            yield from check(table, recount)


def is_totals(table: ReportTable) -> bool:
    """Tell whether a table counts outcomes by phase."""
    return table.header[0] in ("Totals", "Phase") and table.header[-1:] == ("total",)


def check_totals(table: ReportTable, recount: Recount) -> Iterator[Violation]:
    """Yield the totals that are not the counts of the rows; a phase without a row has no figure."""
    totals = recount.results["totals"]
    name = table.header[0]
    counted = {_TITLES[phase]: dict(totals[phase]) for phase in Phase if totals[phase]["total"]}
    empty = [row for row in table.rows if row.cells[name] in _TITLES.values() and row.cells[name] not in counted]
    for row in empty:
        printed = " ".join(filter(None, row.texts[1:]))
        if printed != "no result":
            figure = f"totals {row.cells[name]}"
            yield Violation(figure=figure, printed=printed, recomputed="no result", file=table.file, line=row.line)
    rest = tuple(row for row in table.rows if row not in empty)
    yield from compare_table(
        ReportTable(table.file, table.line, table.title, table.header, rest), counted, what="totals", key=(name,)
    )


def is_latency(table: ReportTable) -> bool:
    """Tell whether a table is that of the latencies."""
    return table.header[:2] == ("Operation", "Count")


def check_latency(table: ReportTable, recount: Recount) -> Iterator[Violation]:
    """Yield the percentiles that are not those of the recorded timings."""
    expected = {
        row["operation"]: {column: row[key] for column, key in _LATENCY.items()} for row in recount.results["latency"]
    }
    yield from compare_table(table, expected, what="latency", key=("Operation",))


def is_row_counts(table: ReportTable) -> bool:
    """Tell whether a table counts rows before and after the load."""
    return table.header[:3] == ("Table", "Rows before", "Rows after")


def check_row_counts(table: ReportTable, recount: Recount) -> Iterator[Violation]:
    """Yield the counts that are not those of the snapshots."""
    yield from compare_table(table, _expect_counts(recount), what="rows of", key=("Table",))


def _expect_counts(recount: Recount) -> dict[str, dict[str, Json]]:
    return {
        f"{table} around {scenario}" if scenario else table: {
            "Rows before": "not counted" if before is None else before,
            "Rows after": "not counted" if after is None else after,
            "Delta": count_delta(before, after),
        }
        for table, scenario, before, after in iter_row_counts(recount)
    }


def count_delta(before: int | None, after: int | None) -> int | None:
    """Return rows after minus rows before, if both were counted."""
    return None if before is None or after is None else after - before


def is_property_totals(table: ReportTable) -> bool:
    """Tell whether a table counts the property rows by check."""
    return table.header[:1] == ("Check",) and table.header[-1:] == ("examples",)


def check_property_totals(table: ReportTable, recount: Recount) -> Iterator[Violation]:
    """Yield the counts that are not those of the rows; the examples of an operation count once for each check."""
    rows: Sequence[Mapping[str, Json]] = recount.results["properties"]
    expected: dict[str, dict[str, Json]] = {}
    for check in dict.fromkeys(row["check"] for row in rows):
        of_check = [row for row in rows if row["check"] == check]
        counts = count_outcomes(row["outcome"] for row in of_check)
        examples = {row["operation"]: row["examples"] for row in of_check}
        expected[check] = {**{word: counts[word] for word in RANKS}, "examples": sum(examples.values())}
    yield from compare_table(table, expected, what="property check", key=("Check",))


def check_fact(figure: str, printed: str | None, value: Json, *, file: str, line: int | None) -> Iterator[Violation]:
    """Yield a violation if a printed fact is missing or not the value."""
    if printed is None or not is_same(printed, value):
        yield Violation(figure=figure, printed=printed, recomputed=value, file=file, line=line)


def iter_row_counts(recount: Recount) -> Iterator[tuple[str, str, int | None, int | None]]:
    """Yield (table, scenario, rows before, rows after); the scenario is "" for what was counted around the load."""
    warehouse = recount.results["warehouse"]
    for name, snapshots in (
        ("", warehouse["snapshots"]),
        *((row["id"], row["snapshots"]) for row in warehouse["scenarios"]),
    ):
        for table in {**snapshots["before"], **snapshots["after"]}:
            yield table, name, snapshots["before"].get(table), snapshots["after"].get(table)
