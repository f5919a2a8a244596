"""Checks the form of each warehouse check's options; the model keeps them as they are written.

See docs/design.md, Warehouse contract.
"""

import re
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from contracts_runner.reading.durations import FormError, parse_positive_duration
from contracts_runner.reading.forms import Section, Value
from contracts_runner.reading.matchers import parse_jsonpath

# Keys beside a check's kind, all of them true or false.
MODIFIERS: Mapping[str, tuple[str, ...]] = {"unique": ("final",)}

# RE2 has neither lookarounds nor back-references; ClickHouse would refuse the whole query. Other escapes are skipped.
_NOT_IN_RE2 = re.compile(r"\\[^1-9]|(\(\?<?[=!]|\\[1-9])")


def _read_options(value: Value, noun: str, required: Sequence[str], optional: Sequence[str] = ()) -> Section | None:
    return value.read_section(f"the check '{noun}'", (*required, *optional), required)


def _check_true(value: Value) -> None:
    if value.value is not True:
        value.report(f"{value.name} must be true", "leave the check out where it does not apply")


def _check_columns(value: Value) -> None:
    if value.value == {}:
        value.report(f"{value.name} is empty")
    for entry in value.read_entries().values():
        entry.read_text()


def _check_bounds(section: Section | None, read: Callable[[Value], float | str | None]) -> None:
    """Report bounds of the wrong form, none at all, or the wrong way round."""
    if section is None:
        return
    if "min" not in section and "max" not in section:
        section.value.report(f"{section.value.name} has neither 'min' nor 'max'")
    low, high = section.read("min", read), section.read("max", read)
    if low is None or high is None:
        return
    if isinstance(low, str) is not isinstance(high, str):
        section.value.at("max").report("'min' and 'max' must both be numbers or both be text")
    elif low > high:  # type: ignore[operator]  # both are numbers or both are text, as was just checked
        section.value.at("max").report(f"'max' is below 'min' ({low})")


def _check_row_count(value: Value) -> None:
    section = _read_options(value, "row_count", (), ("min", "max"))
    _check_bounds(section, lambda bound: bound.read_integer(0))


def _check_delta(value: Value) -> None:
    # Fewer rows after the load than before it can be what an author expects.
    section = _read_options(value, "delta", (), ("min", "max"))
    _check_bounds(section, lambda bound: bound.read_integer(-(2**63)))


def _check_texts(value: Value) -> None:
    value.read_texts()


def _check_word(value: Value) -> None:
    value.read_text()


def _check_freshness(value: Value) -> None:
    section = _read_options(value, "freshness", ("column", "within"), ("timezone",))
    if section:
        section.read_text("column")
        section.read_parsed("within", parse_positive_duration)
        section.read_parsed("timezone", _parse_timezone)


def _parse_timezone(text: str) -> str:
    known = _list_timezones()
    # A system without time zone data knows none; the server will then say what is wrong.
    if known and text not in known:
        raise FormError(f"'{text}' is not a time zone; write one such as Europe/Moscow")
    return text


@cache
def _list_timezones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())  # walks through a folder of some hundred files


def _check_accepted(value: Value) -> None:
    section = _read_options(value, "accepted", ("column", "values"))
    if section:
        section.read_text("column")
        for item in section.read("values", Value.read_items) or []:
            if isinstance(item.value, list | dict):
                item.report(f"{item.name} must be a scalar")


def _check_range(value: Value) -> None:
    section = _read_options(value, "range", ("column",), ("min", "max"))
    if section:
        section.read_text("column")
    _check_bounds(section, _read_bound)


def _read_bound(value: Value) -> float | str | None:
    return value.read_text() if isinstance(value.value, str) else value.read_number()


def _check_matches(value: Value) -> None:
    section = _read_options(value, "matches", ("column", "pattern"))
    if section:
        section.read_text("column")
        section.read_parsed("pattern", _parse_re2)


def _parse_re2(text: str) -> str:
    for found in filter(None, _NOT_IN_RE2.findall(text)):
        raise FormError(f"the pattern uses '{found}', which RE2 does not have")
    return text


def _check_references(value: Value) -> None:
    section = _read_options(value, "references", ("column", "table", "key"))
    if section:
        for key in ("column", "table", "key"):
            section.read_text(key)


def _check_asking(section: Section) -> None:
    """`body` goes with each request; `for_each` asks once for every item of another operation (model ForEach).

    `timezone` says whose wall clock the columns show that do not say it themselves.
    """
    section.read_parsed("timezone", _parse_timezone)
    section.read("body", Value.read_json)
    section.read("for_each", _check_for_each)


def _check_for_each(value: Value) -> None:
    section = value.read_section(
        "'for_each'", ("operation", "rows", "parameters", "keep"), ("operation", "rows", "parameters")
    )
    if section is None:
        return
    section.read_text("operation")
    section.read_parsed("rows", parse_jsonpath)
    for key in ("parameters", "keep"):
        for path in (section.read(key, Value.read_entries) or {}).values():
            path.read_parsed(parse_jsonpath)


def _check_reconcile(value: Value) -> None:
    required = ("operation", "rows", "key", "column")
    section = _read_options(value, "reconcile", required, ("compare", "changed", "within", "direction", *_ASKING))
    if section is None:
        return
    _check_asking(section)
    for key in ("operation", "column"):
        section.read_text(key)
    for key in ("rows", "key", "changed"):
        section.read_parsed(key, parse_jsonpath)
    for path in (section.read("compare", Value.read_entries) or {}).values():
        path.read_parsed(parse_jsonpath)
    section.read_parsed("within", parse_positive_duration)
    section.read("direction", lambda direction: direction.read_choice(("both", "missing", "extra")))


def _check_sum_equals(value: Value) -> None:
    if isinstance(value.value, dict) and "operation" not in value.value:
        section = _read_options(value, "sum_equals", ("column", "table", "value"), ("by",))
        paths = False
    else:
        section = _read_options(value, "sum_equals", ("column", "operation", "rows", "value"), ("by", "once", *_ASKING))
        paths = True
    if section is None:
        return
    if paths:
        _check_asking(section)
        for path in section.read("once", Value.read_items) or []:
            path.read_parsed(parse_jsonpath)
    for key in ("column", "table", "operation"):
        section.read_text(key)
    for key in ("rows", "value") if paths else ("value",):
        section.read_parsed(key, parse_jsonpath if paths else str)
    section.read("by", lambda by: _check_groups(by, paths=paths))


def _check_groups(value: Value, *, paths: bool) -> None:
    """`by` is a mapping of columns to their twins on the other side: JSONPaths of an item, or columns of a table.

    A word or a list stands for columns that have the same name on both sides.
    """
    if isinstance(value.value, dict):
        for twin in value.read_entries().values():
            twin.read_parsed(parse_jsonpath if paths else str)
    elif isinstance(value.value, list):
        value.read_texts()
    else:
        value.read_text()


def _check_job_status(value: Value) -> None:
    section = _read_options(value, "job_status", ("job",), ("status", "within", "running"))
    if section:
        for key in ("job", "status"):
            section.read_text(key)
        for key in ("within", "running"):
            section.read_parsed(key, parse_positive_duration)


def _check_duplicate_backlog(value: Value) -> None:
    section = _read_options(value, "duplicate_backlog", ("ratio",))
    ratio = section.read("ratio", Value.read_number) if section else None
    if ratio is not None and ratio < 1:
        value.at("ratio").report("'ratio' must be at least 1: there are never fewer raw rows than FINAL rows")


# How the operation is asked, and its times are read; beside `operation` and `rows`.
_ASKING = ("body", "for_each", "timezone")

OPTIONS: Mapping[str, Callable[[Value], None]] = {
    "exists": _check_true,
    "engine": _check_word,
    "order_by": _check_texts,
    "columns": _check_columns,
    "row_count": _check_row_count,
    "delta": _check_delta,
    "not_null": _check_texts,
    "unique": _check_texts,
    "freshness": _check_freshness,
    "accepted": _check_accepted,
    "range": _check_range,
    "matches": _check_matches,
    "references": _check_references,
    "reconcile": _check_reconcile,
    "sum_equals": _check_sum_equals,
    "job_status": _check_job_status,
    "no_raw_pii": _check_texts,
    "duplicate_backlog": _check_duplicate_backlog,
}
