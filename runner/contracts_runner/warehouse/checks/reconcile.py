"""The check reconcile: every item of the API has its row in the table, every row its item, with equal values.

Both are compared in ClickHouse. Here a walk of any length takes the same memory: its rows go through `ApiRows`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.model.warehouse_kinds import Direction, Reconcile
from contracts_runner.warehouse.api_rows import ApiRows, Row
from contracts_runner.warehouse.checks.api import check_against_api, find_in_item
from contracts_runner.warehouse.checks.comparison import Compared, Comparison, Sort
from contracts_runner.warehouse.checks.context import FUTURE_SECONDS, SAMPLE, CheckContext, Finding, judge
from contracts_runner.warehouse.checks.keys import Key
from contracts_runner.warehouse.column_types import NUMBERS
from contracts_runner.warehouse.columns import Column
from contracts_runner.warehouse.errors import CannotJudgeError
from contracts_runner.warehouse.times import find_zone, parse_time

_HIDDEN = "<hidden>"


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What the parts have shown so far; the samples hold the first few keys of each sort."""

    items: int = 0
    keys: int = 0
    young: int = 0
    conflicting: int = 0
    matched: int = 0
    missing: int = 0
    extra: int = 0
    wrong: int = 0
    differing: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[Json]] = field(default_factory=dict)
    first_key: str = ""

    def add(self, found: Compared, columns: Sequence[Column], *, is_missing_wanted: bool) -> None:
        """Add what a part has shown."""
        self.keys += found.keys
        self.matched += found.matched
        self.wrong += found.wrong
        self.missing += self._keep("missing", found.missing) if is_missing_wanted else 0
        self.extra += self._keep("extra", found.extra)
        self.conflicting += self._keep("conflicting", found.conflicting)
        for column, sort in zip(columns, found.differing, strict=True):
            if sort.count:
                self.differing[column.name] += self._keep(column.name, sort)

    def _keep(self, name: str, sort: Sort) -> int:
        sample = self.samples.setdefault(name, [])
        sample.extend(sort.sample[: SAMPLE - len(sample)])
        return sort.count


def check_reconcile(context: CheckContext, kind: Reconcile) -> Finding:
    """The keys of the items and of the rows are the same, and so are the values of `compare`.

    An item whose `changed` time is younger than `within` (the environment's `max_lag` without it) may be missing from
    the table, or still have its old values there; one from the future (over five minutes) may not. An item that the API
    lists twice counts once, and fails with different values. Where several rows have one key, each must agree.
    `timezone` says whose wall clock a plain DateTime and a time of the API without an offset show, and whose day a Date
    is. `direction` is both, or only one of missing (items without a row) and extra (rows without an item), for an
    operation that lists a part of what the table holds.
    """
    return check_against_api(context, kind.asks, lambda items: _reconcile(context, kind, items))


def _reconcile(context: CheckContext, kind: Reconcile, items: Iterator[Json]) -> Finding:
    key = Key(tuple(context.build_column(name, zone=kind.asks.timezone) for name in kind.column))
    columns = _build_compared(context, kind)
    tally = _Tally()
    comparison = Comparison(
        context=context, key=key, columns=columns, has_extra=kind.direction is not Direction.MISSING
    )
    with ApiRows(comparison.row_columns, context.folder) as rows:
        for row in _iter_rows(context, kind, key, columns, items, tally):
            rows.add(row)
        for part in rows.iter_parts():
            tally.add(comparison.compare(part), columns, is_missing_wanted=kind.direction is not Direction.EXTRA)
    return replace(_judge(context, kind, tally), looked_at=_count_looked_at(context, kind, tally))


def _build_compared(context: CheckContext, kind: Reconcile) -> list[Column]:
    """Return the columns of `compare`; raises CannotJudgeError for a tolerance without a number to apply it to."""
    columns = [context.build_column(name, zone=kind.asks.timezone) for name in kind.compare]
    if kind.tolerance is None:
        return columns
    columns = [
        replace(column, tolerance=kind.tolerance) if column.type.kind in NUMBERS else column for column in columns
    ]
    if not any(column.tolerance for column in columns):
        raise CannotJudgeError(f"'tolerance' is for numbers, and none of {', '.join(kind.compare)} is one")
    return columns


def _count_looked_at(context: CheckContext, kind: Reconcile, tally: _Tally) -> int:
    """Return how much the verdict is about: items, or rows, or both; more than one is enough to know."""
    items = tally.items if kind.direction is not Direction.EXTRA else tally.matched
    if items or kind.direction is Direction.MISSING:
        return items
    return int(context.select(f"SELECT count() FROM {context.rows}")[0][0])


def _iter_rows(
    context: CheckContext,
    kind: Reconcile,
    key: Key,
    columns: list[Column],
    items: Iterator[Json],
    tally: _Tally,
) -> Iterator[Row]:
    """Yield what is compared of each item, as `Comparison.row_columns` say."""
    paths = [kind.compare[column.name] for column in columns]
    is_young = _build_judge_of_age(context, kind)
    for item in items:
        tally.items += 1
        try:
            text = key.text([_find_key(kind, path, item) for path in kind.key])
            values = [
                column.text(find_in_item(kind.asks, path, item)) for column, path in zip(columns, paths, strict=True)
            ]
            young = is_young(item)
        except CannotJudgeError as problem:
            raise CannotJudgeError(f"item {tally.items} of {kind.asks.operation}: {problem}") from problem
        tally.young += young
        tally.first_key = tally.first_key or _render_key(key.show(text))
        yield (text, str(tally.items), str(int(young)), *values)


def _find_key(kind: Reconcile, path: str, item: Json) -> Json:
    key = find_in_item(kind.asks, path, item)
    if key is None or isinstance(key, list | dict):
        raise CannotJudgeError(f"it has no key at {path}, but {'nothing' if not key else 'a list or an object'}")
    return key


def _build_judge_of_age(context: CheckContext, kind: Reconcile) -> Callable[[Json], bool]:
    """Return a function that tells whether an item changed so lately that the table need not have it yet."""
    path = kind.changed
    seconds = kind.within.seconds if kind.within else context.max_lag_seconds
    if path is None or seconds is None:
        return lambda _: False
    now = context.clock().timestamp()
    zone = find_zone(kind.asks.timezone) if kind.asks.timezone else None

    def is_young(item: Json) -> bool:
        changed = parse_time(find_in_item(kind.asks, path, item))
        if changed is None:
            return False
        shift = changed.find_shift(zone)
        if shift is None:
            raise CannotJudgeError(f"the time at {path} has no zone: the check needs 'timezone'")
        age = now - changed.count_ticks(6, shift=shift) / 10**6
        return -FUTURE_SECONDS <= age < seconds

    return is_young


def _hide_extra_keys(context: CheckContext, tally: _Tally, samples: dict[str, list[Json]]) -> dict[str, list[Json]]:
    """Redact the keys that only the table has where those of the API are redacted: no mark of the spec covers them."""
    if "extra" in samples and context.redact(tally.first_key) != tally.first_key:
        return {**samples, "extra": [_HIDDEN] * len(samples["extra"])}
    return samples


def _render_key(shown: Json) -> str:
    return " / ".join(map(str, shown)) if isinstance(shown, list) else str(shown)


def _describe_conflicts(kind: Reconcile, tally: _Tally) -> str:
    keys = ", ".join(map(_render_key, tally.samples.get("conflicting", ())))
    return f"the API lists {keys} twice with different {', '.join(kind.compare)}"


def _judge(context: CheckContext, kind: Reconcile, tally: _Tally) -> Finding:
    operation, table = kind.asks.operation, context.check.table
    parts = {
        f"{tally.missing} items of {operation} are not in {table}": tally.missing,
        f"{tally.extra} keys of {table} are not in {operation}": tally.extra,
        _describe_conflicts(kind, tally): tally.conflicting,
        **{f"{count} have another {column}": count for column, count in tally.differing.items()},
    }
    actual: dict[str, Json] = {
        "items": tally.items,
        "matched": tally.matched,
        "missing": tally.missing,
        "extra": tally.extra,
        "differing": dict(tally.differing),
        "young": tally.young,
        "repeated": tally.items - tally.keys,
    }
    if samples := {sort: sample for sort, sample in tally.samples.items() if sample}:
        actual["sample"] = _hide_extra_keys(context, tally, samples)
    message = "; ".join(text for text, count in parts.items() if count)
    broken = tally.missing + tally.extra + tally.conflicting + tally.wrong
    finding = judge(
        not message,
        expected=context.check.expected,
        actual=actual,
        message=message,
        broken=(broken, tally.items + tally.extra),
    )
    return replace(finding, columns=tuple(column for column, count in tally.differing.items() if count))
