"""What a warehouse check found, in words: the first keys of each sort with both values."""

from collections.abc import Iterator, Mapping

from contracts_runner.model.json import Json
from contracts_runner.reporting.phrases import Phrases
from contracts_runner.reporting.text import Compared, render_comparison, render_short_literal
from contracts_runner.results.results import CauseExample
from contracts_runner.results.rows import WarehouseRow

_MOST = 3
_LIMIT = 120
# What the two values of a sample are called, by the words of its check.
_PAIRS = (("expected", "actual"), ("api", "table"))


def list_samples(actual: Json) -> list[str]:
    """Return a line for each of the first samples, none where the check has no sample."""
    sample = actual.get("sample") if isinstance(actual, Mapping) else None
    match sample:
        case Mapping():
            return [line for sort, keys in sample.items() for line in _list_sort(sort, keys)]
        case [Mapping(), *_]:
            return [_render_row(row) for row in sample[:_MOST]]
        case [_, *_]:
            return [f"for example {_join_keys(sample)}"]
    return []


def render_values(check: Compared, phrases: Phrases) -> str:
    """Return what a check has compared: of one of the warehouse its first samples, which say more than the rule and the
    numbers, else the two values."""
    is_of_table = isinstance(check, WarehouseRow) or (isinstance(check, CauseExample) and check.step is None)
    samples = list_samples(check.actual)[:_MOST] if is_of_table else []
    return "; ".join(samples) or render_comparison(check, phrases=phrases)


def _list_sort(sort: str, keys: Json) -> Iterator[str]:
    match keys:
        case [Mapping(), *_]:
            yield from (f"{sort}: {_render_row(row)}" for row in keys[:_MOST])
        case [_, *_]:
            yield f"{sort}: {_join_keys(keys)}"


def _render_row(row: Json) -> str:
    """Return such as `key 12: api 1500.5, table 150050`."""
    if not isinstance(row, Mapping):
        return _render_key(row)
    names = next((pair for pair in _PAIRS if set(pair) <= row.keys()), ())
    key = ", ".join(f"{name} {_render_key(value)}" for name, value in row.items() if name not in names)
    values = ", ".join(f"{name} {render_short_literal(row[name], _LIMIT)}" for name in names)
    return ": ".join(filter(None, (key, values)))


def _join_keys(keys: list[Json]) -> str:
    shown = ", ".join(_render_key(key) for key in keys[:_MOST])
    return f"{shown} and more" if len(keys) > _MOST else shown


def _render_key(key: Json) -> str:
    if isinstance(key, list):
        return " / ".join(map(_render_key, key))
    return render_short_literal(key, _LIMIT)
