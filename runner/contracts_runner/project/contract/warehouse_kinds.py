"""Reads each kind of warehouse check (DESIGN §5): the word in a contract to the reader of its value."""

import re
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from contracts_runner.model.warehouse_kinds import (
    Accepted,
    Asks,
    CheckKind,
    Columns,
    Delta,
    Direction,
    DuplicateBacklog,
    Duration,
    Engine,
    Exists,
    ForEach,
    Freshness,
    JobStatus,
    Matches,
    NoRawPii,
    NotNull,
    OrderBy,
    Range,
    Reconcile,
    References,
    RowCount,
    SumOfItems,
    SumOfTable,
    Unique,
)
from contracts_runner.reading.durations import FormError, parse_positive_duration
from contracts_runner.reading.forms import Section, T, Value
from contracts_runner.reading.matchers import parse_jsonpath

_Bound = float | str

# Keys beside a check's kind, with the kinds that have them; all of them are true or false.
MODIFIERS: Mapping[str, tuple[str, ...]] = {"final": (Unique.word,)}

# How the operation is asked, and its times are read; beside `operation` and `rows`.
_ASKING = ("body", "for_each", "timezone")

# RE2 has neither lookarounds nor back-references; ClickHouse would refuse the whole query. Other escapes are skipped.
_NOT_IN_RE2 = re.compile(r"\\[^1-9]|(\(\?<?[=!]|\\[1-9])")


def _read_options(value: Value, word: str, required: Sequence[str], optional: Sequence[str] = ()) -> Section | None:
    return value.read_section(f"the check '{word}'", (*required, *optional), required)


def _read_exists(value: Value) -> Exists:
    if value.value is not True:
        value.report(f"{value.name} must be true", "leave the check out where it does not apply")
    return Exists()


def _read_columns(value: Value) -> Columns:
    if value.value == {}:
        value.report(f"{value.name} is empty")
    return Columns(types={name: entry.read_text() or "" for name, entry in value.read_entries().items()})


def _read_bounds(section: Section, read: Callable[[Value], T]) -> tuple[T | None, T | None]:
    """Return `min` and `max`; reports bounds of the wrong form, none at all, or the wrong way round."""
    if "min" not in section and "max" not in section:
        section.value.report(f"{section.value.name} has neither 'min' nor 'max'")
    low, high = section.read("min", read), section.read("max", read)
    if low is not None and high is not None:
        if isinstance(low, str) is not isinstance(high, str):
            section.value.at("max").report("'min' and 'max' must both be numbers or both be text")
        elif low > high:  # type: ignore[operator]  # both are numbers or both are text, as was just checked
            section.value.at("max").report(f"'max' is below 'min' ({low})")
    return low, high


def _read_row_count(value: Value) -> RowCount | None:
    section = _read_options(value, RowCount.word, (), ("min", "max"))
    if section is None:
        return None
    least, most = _read_bounds(section, lambda bound: bound.read_integer(0))
    return RowCount(least=least, most=most)


def _read_delta(value: Value) -> Delta | None:
    section = _read_options(value, Delta.word, (), ("min", "max"))
    if section is None:
        return None
    # Fewer rows after the load than before it can be what an author expects.
    least, most = _read_bounds(section, lambda bound: bound.read_integer(-(2**63)))
    return Delta(least=least, most=most)


def _read_freshness(value: Value) -> Freshness | None:
    section = _read_options(value, Freshness.word, ("column", "within"), ("timezone",))
    if section is None:
        return None
    return Freshness(
        column=section.read_text("column"),
        within=section.read_parsed("within", _parse_duration) or Duration(0, ""),
        timezone=section.read_parsed("timezone", _parse_timezone),
    )


def _parse_duration(text: str) -> Duration:
    return Duration(parse_positive_duration(text), text)


def _parse_timezone(text: str) -> str:
    known = _list_timezones()
    # A system without time zone data knows none; the server will then say what is wrong.
    if known and text not in known:
        raise FormError(f"'{text}' is not a time zone; write one such as Europe/Moscow")
    return text


@cache
def _list_timezones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())  # walks through a folder of some hundred files


def _read_accepted(value: Value) -> Accepted | None:
    section = _read_options(value, Accepted.word, ("column", "values"))
    if section is None:
        return None
    items = section.read("values", Value.read_items) or []
    for item in items:
        if isinstance(item.value, list | dict):
            item.report(f"{item.name} must be a scalar")
    return Accepted(column=section.read_text("column"), values=tuple(item.value for item in items))


def _read_range(value: Value) -> Range | None:
    section = _read_options(value, Range.word, ("column",), ("min", "max"))
    if section is None:
        return None
    least, most = _read_bounds(section, _read_bound)
    return Range(column=section.read_text("column"), least=least, most=most)


def _read_bound(value: Value) -> float | str | None:
    return value.read_text() if isinstance(value.value, str) else value.read_number()


def _read_matches(value: Value) -> Matches | None:
    section = _read_options(value, Matches.word, ("column", "pattern"))
    if section is None:
        return None
    return Matches(column=section.read_text("column"), pattern=section.read_parsed("pattern", _parse_re2) or "")


def _parse_re2(text: str) -> str:
    for found in filter(None, _NOT_IN_RE2.findall(text)):
        raise FormError(f"the pattern uses '{found}', which RE2 does not have")
    return text


def _read_references(value: Value) -> References | None:
    section = _read_options(value, References.word, ("column", "table", "key"))
    if section is None:
        return None
    return References(
        column=section.read_text("column"), table=section.read_text("table"), key=section.read_text("key")
    )


def _read_asks(section: Section) -> Asks:
    return Asks(
        operation=section.read_text("operation"),
        rows=_read_path(section, "rows"),
        body=section.read("body", Value.read_json),
        for_each=section.read("for_each", _read_for_each),
        timezone=section.read_parsed("timezone", _parse_timezone),
    )


def _read_for_each(value: Value) -> ForEach | None:
    required = ("operation", "rows", "parameters")
    section = value.read_section("'for_each'", (*required, "keep"), required)
    if section is None:
        return None
    return ForEach(
        operation=section.read_text("operation"),
        rows=_read_path(section, "rows"),
        parameters=section.read("parameters", _read_paths) or {},
        keep=section.read("keep", _read_paths) or {},
    )


def _read_path(section: Section, key: str) -> str:
    return section.read_parsed(key, parse_jsonpath) or ""


def _read_paths(value: Value) -> dict[str, str]:
    return {name: path.read_parsed(parse_jsonpath) or "" for name, path in value.read_entries().items()}


def _read_reconcile(value: Value) -> Reconcile | None:
    required = ("operation", "rows", "key", "column")
    optional = ("compare", "changed", "within", "direction", *_ASKING)
    section = _read_options(value, Reconcile.word, required, optional)
    if section is None:
        return None
    return Reconcile(
        asks=_read_asks(section),
        key=_read_path(section, "key"),
        column=section.read_text("column"),
        compare=section.read("compare", _read_paths) or {},
        changed=section.read_parsed("changed", parse_jsonpath),
        within=section.read_parsed("within", _parse_duration),
        direction=Direction(section.read("direction", _read_direction) or Direction.BOTH),
    )


def _read_direction(value: Value) -> str | None:
    return value.read_choice(tuple(Direction))


def _read_sum_equals(value: Value) -> SumOfItems | SumOfTable | None:
    if isinstance(value.value, dict) and "operation" not in value.value:
        return _read_sum_of_table(value)
    return _read_sum_of_items(value)


def _read_sum_of_items(value: Value) -> SumOfItems | None:
    required = ("column", "operation", "rows", "value")
    section = _read_options(value, SumOfItems.word, required, ("by", "once", *_ASKING))
    if section is None:
        return None
    once = section.read("once", Value.read_items) or []
    return SumOfItems(
        asks=_read_asks(section),
        column=section.read_text("column"),
        value=_read_path(section, "value"),
        by=section.read("by", lambda by: _read_twins(by, parse_jsonpath)) or {},
        once=tuple(path.read_parsed(parse_jsonpath) or "" for path in once),
    )


def _read_sum_of_table(value: Value) -> SumOfTable | None:
    section = _read_options(value, SumOfTable.word, ("column", "table", "value"), ("by",))
    if section is None:
        return None
    twins = section.read("by", lambda by: _read_twins(by, str)) or {}
    return SumOfTable(
        column=section.read_text("column"),
        table=section.read_text("table"),
        value=section.read_parsed("value", str) or "",
        by={column: twin or column for column, twin in twins.items()},
    )


def _read_twins(value: Value, parse: Callable[[str], str]) -> dict[str, str | None]:
    """Return column -> its twin on the other side, None for one of the same name.

    A word or a list is for columns that have the same name on both sides.
    """
    if isinstance(value.value, dict):
        return {column: twin.read_parsed(parse) for column, twin in value.read_entries().items()}
    columns = value.read_texts() if isinstance(value.value, list) else [value.read_text() or ""]
    return dict.fromkeys(columns)


def _read_job_status(value: Value) -> JobStatus | None:
    section = _read_options(value, JobStatus.word, ("job",), ("status", "within", "running"))
    if section is None:
        return None
    return JobStatus(
        job=section.read_text("job"),
        status=section.read_text("status") or "ok",
        within=section.read_parsed("within", _parse_duration),
        running=section.read_parsed("running", _parse_duration),
    )


def _read_duplicate_backlog(value: Value) -> DuplicateBacklog | None:
    section = _read_options(value, DuplicateBacklog.word, ("ratio",))
    if section is None:
        return None
    ratio = section.read("ratio", Value.read_number)
    if ratio is not None and ratio < 1:
        value.at("ratio").report("'ratio' must be at least 1: there are never fewer raw rows than FINAL rows")
    return DuplicateBacklog(ratio=ratio or 1)


KINDS: Mapping[str, Callable[[Value], CheckKind | None]] = {
    Exists.word: _read_exists,
    Engine.word: lambda value: Engine(name=value.read_text() or ""),
    OrderBy.word: lambda value: OrderBy(expressions=value.read_texts()),
    Columns.word: _read_columns,
    RowCount.word: _read_row_count,
    Delta.word: _read_delta,
    NotNull.word: lambda value: NotNull(columns=value.read_texts()),
    Unique.word: lambda value: Unique(columns=value.read_texts()),
    Freshness.word: _read_freshness,
    Accepted.word: _read_accepted,
    Range.word: _read_range,
    Matches.word: _read_matches,
    References.word: _read_references,
    Reconcile.word: _read_reconcile,
    SumOfItems.word: _read_sum_equals,
    JobStatus.word: _read_job_status,
    NoRawPii.word: lambda value: NoRawPii(columns=value.read_texts()),
    DuplicateBacklog.word: _read_duplicate_backlog,
}
