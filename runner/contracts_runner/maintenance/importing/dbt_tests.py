"""What the tests of dbt, and of its packages dbt_utils and dbt_expectations, are as checks of a table."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.importing.promises import (
    NotCarriedError,
    Target,
    allow,
    as_mapping,
    build_length,
    is_text_type,
)
from contracts_runner.maintenance.importing.sql_conditions import read_condition
from contracts_runner.model.json import Json
from contracts_runner.model.table_draft import CheckDraft

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_QUOTED = re.compile(r"'([^']*)'")
_PLAIN = re.compile(r"[^\W\d]\w*")
_MOST = re.compile(r"(>=|>|!=|<>)\s*(\d+)")
_PERIODS = {"minute": "m", "hour": "h", "day": "d"}
# What configures a test; older files have it beside the arguments.
_CONFIG = ("severity", "where", "error_if", "warn_if", "enabled", "fail_calc", "limit", "tags", "store_failures")
_CALLED = ("name", "meta", "test_name", "alias", "description", "config", "arguments")


@dataclass(frozen=True, slots=True, kw_only=True)
class DbtTest:
    """One test; `column` is "" for one of the whole table, `type` that of the column, `resolve` reads `ref('x')`."""

    name: str
    label: str
    arguments: Mapping[str, Json]
    config: Mapping[str, Json]
    column: str
    type: str
    resolve: Callable[[str], Target]

    def find(self, *names: str) -> Json:
        """Return the first argument that is there."""
        return next((self.arguments[name] for name in names if self.arguments.get(name) is not None), None)

    @property
    def looked_at(self) -> str:
        """The column, of the test or of its arguments; raises NotCarriedError for an expression."""
        column = self.column or str(self.find("column_name", "column") or "")
        if not column:
            raise NotCarriedError(f"{self.name} without a column")
        if "(" in column or "||" in column or "{{" in column:
            raise NotCarriedError(f"{self.name} of an expression")
        return column


def read_test(value: Json, column: str, of: str, resolve: Callable[[str], Target]) -> DbtTest:
    """Return a test as it stands in a list; raises NotCarriedError."""
    if isinstance(value, dict) and "test_name" in value:
        name, body = str(value["test_name"]), value
    elif isinstance(value, dict) and value:
        name, first = next(iter(value.items()))
        # Older files have the configuration beside the test.
        body = {**{key: each for key, each in value.items() if key != name}, **as_mapping(first)}
    elif isinstance(value, str):
        name, body = value, {}
    else:
        raise NotCarriedError("a test without a name")
    config = {key: each for key, each in body.items() if key in _CONFIG}
    arguments = {key: each for key, each in body.items() if key not in (*_CONFIG, *_CALLED)}
    return DbtTest(
        name=name.removeprefix("dbt."),
        label=str(body.get("name") or ""),
        arguments={**arguments, **as_mapping(body.get("arguments"))},
        config={**config, **as_mapping(body.get("config"))},
        column=column,
        type=of,
        resolve=resolve,
    )


def iter_checks(test: DbtTest) -> Iterator[CheckDraft]:
    """Yield the checks that say what a test says; raises NotCarriedError."""
    if test.config.get("enabled") is False:
        return
    build = _KINDS.get(test.name)
    if build is None:
        raise NotCarriedError(f"the test {test.name}")
    if test.config.get("fail_calc"):
        raise NotCarriedError(f"fail_calc of {test.name}")
    check = replace(build(test), id=test.label)
    for sql in filter(None, (test.config.get("where"), test.find("row_condition"))):
        check = narrow(check, str(sql))
    for is_warning, most in _list_thresholds(test.config):
        found = allow(check, most)
        yield replace(found, beside={**found.beside, "severity": "warning"}) if is_warning else found


def narrow(check: CheckDraft, sql: str) -> CheckDraft:
    """Return a check of the rows that a condition in SQL names; raises NotCarriedError."""
    condition, before = read_condition(sql), as_mapping(check.beside.get("where"))
    if condition is None or condition.keys() & before.keys():
        raise NotCarriedError(f"where of {check.word}, in SQL that `where` cannot say")
    return replace(check, beside={**check.beside, "where": {**before, **condition}})


def _list_thresholds(config: Mapping[str, Json]) -> list[tuple[bool, int]]:
    """Return whether it is a warning, and how many may break it: of an error, then of a warning that comes earlier."""
    least = _read_most(config.get("warn_if"))
    if str(config.get("severity") or "error").lower() == "warn":
        return [(True, least)]
    most = _read_most(config.get("error_if"))
    return [(False, most), *([(True, least)] if least < most else [])]


def _read_most(condition: Json) -> int:
    if condition is None:
        return 0
    match = _MOST.fullmatch(str(condition).strip())
    if match is None or (match[1] in ("!=", "<>") and match[2] != "0") or (match[1] == ">=" and match[2] == "0"):
        raise NotCarriedError(f"a threshold such as '{condition}'")
    return int(match[2]) - (match[1] == ">=")


def read_period(period: Mapping[str, Json], count: str = "count", unit: str = "period") -> str:
    """Return a span of time such as 12h; raises NotCarriedError."""
    number, word = period.get(count), str(period.get(unit))
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise NotCarriedError(f"a time that is {number!r}")
    if word in ("week", "month", "year"):
        return f"{number * {'week': 7, 'month': 30, 'year': 365}[word]}d"
    if word not in _PERIODS:
        raise NotCarriedError(f"a time in {word}")
    return f"{number}{_PERIODS[word]}"


def build_freshness(column: str, within: str) -> CheckDraft:
    """Return the check of a newest row; raises NotCarriedError for an expression."""
    if not _PLAIN.fullmatch(column):
        raise NotCarriedError("freshness of an expression")
    return CheckDraft(word="freshness", content={"column": column, "within": within})


def _not_null(test: DbtTest) -> CheckDraft:
    return CheckDraft(word="not_null", content=[test.looked_at])


def _unique(test: DbtTest) -> CheckDraft:
    return CheckDraft(word="unique", content=[test.looked_at])


def _accepted(test: DbtTest) -> CheckDraft:
    values = test.find("values", "value_set")
    if not isinstance(values, list) or not values:
        raise NotCarriedError(f"{test.name} without a list of values")
    if test.find("quote", "quote_values") is False:
        values = [_read_bare(value) for value in values]
    elif is_text_type(test.type):
        values = [value if value is None else str(value) for value in values]
    return CheckDraft(word="accepted", content={"column": test.looked_at, "values": values})


def _read_bare(value: Json) -> Json:
    """Return a value that stands in SQL as it is written."""
    if not isinstance(value, str):
        return value
    if _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    if match := _QUOTED.fullmatch(value):
        return match[1]
    if value.lower() in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[value.lower()]
    raise NotCarriedError("a value that is an expression")


def _references(test: DbtTest) -> CheckDraft:
    to, key = test.find("to"), test.find("field")
    if not isinstance(to, str) or not isinstance(key, str) or not _PLAIN.fullmatch(key.strip('"`')):
        raise NotCarriedError("relationships to an expression")
    return CheckDraft(word="references", content=test.resolve(to).reference(test.looked_at, key.strip('"`')))


def _references_where(test: DbtTest) -> CheckDraft:
    if str(test.find("to_condition") or "1=1").replace(" ", "") != "1=1":
        raise NotCarriedError("to_condition of relationships_where")
    check, sql = _references(test), str(test.find("from_condition") or "1=1")
    return check if sql.replace(" ", "") == "1=1" else narrow(check, sql)


def _range(test: DbtTest) -> CheckDraft:
    is_open = test.find("inclusive") is False or test.find("strictly") is True
    bounds: dict[str, Json] = {}
    for key, name, step in (("min", "min_value", 1), ("max", "max_value", -1)):
        bound = test.find(name)
        if bound is None:
            continue
        bound = _read_bare(bound)
        if is_open:
            if "int" not in test.type.lower() or isinstance(bound, bool) or not isinstance(bound, int):
                raise NotCarriedError("a range without its bounds, of what is not known to be whole numbers")
            bound += step
        bounds[key] = bound
    return CheckDraft(word="range", content={"column": test.looked_at, **bounds})


def _combination(test: DbtTest) -> CheckDraft:
    listed = test.find("combination_of_columns", "column_list")
    columns = [str(each).strip('"`') for each in listed] if isinstance(listed, list) else []
    if not columns or not all(map(_PLAIN.fullmatch, columns)):
        raise NotCarriedError(f"{test.name} of expressions")
    return CheckDraft(word="unique", content=columns)


def _proportion(test: DbtTest) -> CheckDraft:
    least, most = test.find("at_least"), test.find("at_most")
    if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least <= 1 or most not in (None, 1):
        raise NotCarriedError("not_null_proportion with other bounds than at_least")
    return allow(_not_null(test), f"{round((1 - least) * 100, 6):g}%")


def _not_empty(test: DbtTest) -> CheckDraft:
    is_trimmed = test.find("trim_whitespace") is not False
    return CheckDraft(word="matches", content={"column": test.looked_at, "pattern": r"\S" if is_trimmed else "(?s)."})


def _matches(test: DbtTest) -> CheckDraft:
    flags = str(test.find("flags") or "")
    if not set(flags) <= set("ims"):
        raise NotCarriedError(f"flags of {test.name}")
    pattern = (f"(?{flags})" if flags else "") + str(test.find("regex") or "")
    return CheckDraft(word="matches", content={"column": test.looked_at, "pattern": pattern})


def _length(test: DbtTest) -> CheckDraft:
    least, most = test.find("value", "min_value"), test.find("value", "max_value")
    return build_length(test.looked_at, least, most)


def _no_row(test: DbtTest, condition: Json) -> CheckDraft:
    return CheckDraft(word="row_count", content={"max": 0}, beside={"where": {test.looked_at: condition}})


def _not_accepted(test: DbtTest) -> CheckDraft:
    return _no_row(test, _accepted(test).content["values"])


def _null(test: DbtTest) -> CheckDraft:
    return _no_row(test, {"not": None})


def _any_value(test: DbtTest) -> CheckDraft:
    return replace(_null(test), content={"min": 1})


def _row_count(test: DbtTest) -> CheckDraft:
    value = test.find("value")
    bounds = {"min": test.find("min_value", "value"), "max": test.find("max_value") if value is None else value}
    return CheckDraft(word="row_count", content={key: bound for key, bound in bounds.items() if bound is not None})


def _recency(test: DbtTest) -> CheckDraft:
    column = test.column or str(test.find("field") or "")
    if test.find("group_by_columns"):
        raise NotCarriedError(f"group_by_columns of {test.name}")
    return build_freshness(column, read_period(test.arguments, "interval", "datepart"))


_UTILS, _EXPECT = "dbt_utils.", "dbt_expectations.expect_"
_KINDS: Mapping[str, Callable[[DbtTest], CheckDraft]] = {
    "not_null": _not_null,
    "unique": _unique,
    "accepted_values": _accepted,
    "relationships": _references,
    f"{_UTILS}unique_combination_of_columns": _combination,
    f"{_UTILS}accepted_range": _range,
    f"{_UTILS}not_null_proportion": _proportion,
    f"{_UTILS}relationships_where": _references_where,
    f"{_UTILS}not_empty_string": _not_empty,
    f"{_UTILS}not_accepted_values": _not_accepted,
    f"{_UTILS}at_least_one": _any_value,
    f"{_UTILS}recency": _recency,
    f"{_EXPECT}column_values_to_not_be_null": _not_null,
    f"{_EXPECT}column_values_to_be_null": _null,
    f"{_EXPECT}column_values_to_be_unique": _unique,
    f"{_EXPECT}column_values_to_be_in_set": _accepted,
    f"{_EXPECT}column_values_to_not_be_in_set": _not_accepted,
    f"{_EXPECT}column_values_to_be_between": _range,
    f"{_EXPECT}column_values_to_match_regex": _matches,
    f"{_EXPECT}column_value_lengths_to_be_between": _length,
    f"{_EXPECT}column_value_lengths_to_equal": _length,
    f"{_EXPECT}compound_columns_to_be_unique": _combination,
    f"{_EXPECT}table_row_count_to_be_between": _row_count,
    f"{_EXPECT}table_row_count_to_equal": _row_count,
    f"{_EXPECT}row_values_to_have_recent_data": _recency,
}
