"""What is seen of the values of a table's columns, in words that give nobody's data away."""

import math
import re
from collections.abc import Callable, Iterator, Mapping

from contracts_runner.dataclass import dataclass
from contracts_runner.model import warehouse_kinds as kinds
from contracts_runner.model.json import Json
from contracts_runner.redaction.personal_names import find_personal_kind
from contracts_runner.warehouse.checks.context import CheckContext, Finding
from contracts_runner.warehouse.checks.personal import WORDS
from contracts_runner.warehouse.column_types import NESTED, NUMBERS, ColumnType, Kind

_MOST_VALUES = 12
# Texts are shown of columns alone that are called like a choice of few words, and that hold such.
_CHOICE = re.compile(
    r"(.*_)?(status|state|type|kind|category|currency|country|lang|language|locale|channel|source|method|mode|class"
    r"|level|unit|flag|env|environment|version|статус|тип|валюта)",
    re.IGNORECASE,
)
# A name begins with a capital letter and goes on with small ones.
_CODE = re.compile(r"[a-zа-яё0-9_.:/-]{1,30}|[A-ZА-ЯЁ0-9_.:/-]{1,30}")
_NULLABLE = re.compile(r"(LowCardinality\()?Nullable\(")
_TEXTUAL = NESTED | {Kind.STRING, Kind.FIXED}
# Longer numbers may be somebody's: of them the size is told.
_LONG_NUMBER = 10**7
_PHONE_BITS = 64

Find = Callable[[kinds.CheckKind], Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenColumn:
    """One column: `note` is what is told of its values, `is_filled` that a value is there in every row where the type
    does not say so, `is_text` that it is text, `is_personal` that it holds what looks like somebody's."""

    note: str
    is_filled: bool
    is_text: bool
    is_personal: bool


def look_at_columns(
    context: CheckContext, find: Find, columns: Mapping[str, ColumnType], types: Mapping[str, str], rows: int
) -> dict[str, SeenColumn]:
    """Return what is seen of columns in so many rows; raises what `CheckContext.select` does."""
    empty = _read(find(kinds.NotNull(columns=tuple(columns))))
    searched = tuple(name for name, each in columns.items() if _may_hold_text(each))
    found = _read(find(kinds.NoRawPii(columns=searched))) if searched else {}
    shapes = {name: each for name, each in found.items() if isinstance(each, dict) and each}
    open_columns = {
        name: each for name, each in columns.items() if not shapes.get(name) and not find_personal_kind(name)
    }
    told = {**_tell_ranges(context, open_columns), **dict(_tell_values(context, open_columns))}

    def tell(name: str) -> str:
        parts = (_tell_personal(name, shapes.get(name, {}), rows), told.get(name), _tell_empty(empty[name], rows))
        return "; ".join(filter(None, parts))

    texts = {name for name, each in columns.items() if each.kind in (Kind.STRING, Kind.FIXED)}
    return {
        name: SeenColumn(
            note=tell(name),
            is_filled=not empty[name] and (name in texts or _NULLABLE.match(types[name]) is not None),
            is_text=name in texts,
            is_personal=bool(shapes.get(name)),
        )
        for name in columns
    }


def _read(finding: Finding) -> Mapping[str, Json]:
    return finding.actual if isinstance(finding.actual, dict) else {}


def _may_hold_text(column: ColumnType) -> bool:
    return column.kind in _TEXTUAL or (column.kind is Kind.INTEGER and column.size >= _PHONE_BITS)


def _tell_personal(name: str, shapes: Mapping[str, int], rows: int) -> str:
    reasons = [f"{WORDS[kind]} in {count} of {rows} rows" for kind, count in shapes.items()]
    named = find_personal_kind(name)
    reasons += [f"{named}, by its name"] if named else []
    return f"personal data suspected: {', '.join(reasons)}" if reasons else ""


def _tell_empty(count: int, rows: int) -> str:
    return f"empty in {count} of {rows} rows" if count else ""


def _tell_ranges(context: CheckContext, columns: Mapping[str, ColumnType]) -> dict[str, str]:
    ordered = [name for name, each in columns.items() if each.kind in NUMBERS | {Kind.DATE, Kind.TIME}]
    if not ordered:
        return {}
    bounds = ", ".join(f"toString({end}({{c{n}:Identifier}}))" for n in range(len(ordered)) for end in ("min", "max"))
    [row] = context.select(f"SELECT {bounds} FROM {context.rows}", **{f"c{n}": name for n, name in enumerate(ordered)})
    pairs = zip(ordered, row[::2], row[1::2], strict=True)
    return {name: _render_range(columns[name], low, high) for name, low, high in pairs if low is not None}


def _render_range(column: ColumnType, low: str, high: str) -> str:
    """Return the bounds; of a time its month, which is nobody's birthday."""
    if column.kind in NUMBERS:
        low, high = _render_number(low), _render_number(high)
    else:
        low, high = low[:7], high[:7]
    return low if low == high else f"{low} to {high}"


def _render_number(text: str) -> str:
    return f"about {float(text):.1e}" if _LONG_NUMBER <= abs(float(text)) < math.inf else text


def _tell_values(context: CheckContext, columns: Mapping[str, ColumnType]) -> Iterator[tuple[str, str]]:
    for name, column in columns.items():
        is_choice = column.kind in (Kind.STRING, Kind.FIXED) and _CHOICE.fullmatch(name) is not None
        if not is_choice and column.kind not in (Kind.ENUM, Kind.BOOL):
            continue
        found = context.select(
            f"SELECT toString({{c:Identifier}}) AS _v_, count() AS _n_ FROM {context.rows}\n"
            f"WHERE isNotNull({{c:Identifier}}) GROUP BY _v_ ORDER BY _n_ DESC, _v_ LIMIT {_MOST_VALUES + 1}",
            c=name,
        )
        if len(found) > _MOST_VALUES:
            yield name, f"more than {_MOST_VALUES} different values"
        elif not is_choice or all(_CODE.fullmatch(text) and context.redact(text) == text for text, _ in found if text):
            yield name, "values: " + ", ".join(f"{text} ({count})" for text, count in found if text)
