"""The check reconcile: every item of the API has its row in the table, every row its item, with equal values.

The keys go to ClickHouse in chunks and are compared there; of a whole walk only eight bytes a key are kept here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC
from itertools import islice

from contracts_runner.engine.text_set import TextSet
from contracts_runner.model.json import Json
from contracts_runner.model.warehouse_kinds import Direction, Reconcile
from contracts_runner.warehouse.checks.api import check_against_api, find_or_none
from contracts_runner.warehouse.checks.comparison import Chunk, Entry, count_keys, iter_extra
from contracts_runner.warehouse.checks.context import SAMPLE, CheckContext, Finding, judge
from contracts_runner.warehouse.columns import Column, build_column, parse_time, render_key

CHUNK = 100_000
_HIDDEN = "<hidden>"


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What the chunks have shown so far; the samples hold the first few keys of each sort."""

    items: int = 0
    young: int = 0
    repeated: int = 0
    keyless: int = 0
    matched: int = 0
    missing: int = 0
    extra: int = 0
    differing: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[Json]] = field(default_factory=dict)
    first_key: str = ""

    def keep(self, sort: str, found: Iterable[Json]) -> None:
        sample = self.samples.setdefault(sort, [])
        sample.extend(islice(found, SAMPLE - len(sample)))

    def add(self, chunk: Chunk, *, is_missing_wanted: bool) -> None:
        matched, missing, differences = chunk.compare()
        self.matched += matched
        if missing and is_missing_wanted:
            self.missing += missing
            self.keep("missing", chunk.list_missing())
        for difference in differences:
            self.differing[difference.column.name] += difference.count
            self.keep(difference.column.name, difference.sample)


def check_reconcile(context: CheckContext, kind: Reconcile) -> Finding:
    """The keys of the items and of the rows are the same, and so are the values of `compare`.

    An item whose `changed` time is younger than `within` (the environment's `max_lag` without it) may be missing from
    the table, or still have its old values there. A time without an offset is read as UTC. An item that the API lists
    twice counts once. Where several rows have one key, each must agree. `timezone` says whose wall clock a plain
    DateTime shows, and whose day a Date is; without it they are compared with the time as the API wrote it. `direction`
    is both, or only one of missing (items without a row) and extra (rows without an item), for an operation that lists
    a part of what the table holds.
    """
    return check_against_api(context, kind.asks, lambda items: _reconcile(context, kind, items))


def _reconcile(context: CheckContext, kind: Reconcile, items: Iterator[Json]) -> Finding:
    types = context.find_types()
    key = build_column(kind.column, types)
    columns = [build_column(name, types, zone=kind.asks.timezone) for name in kind.compare]
    tally = _Tally()
    seen = TextSet()
    chunks = 0
    chunk = None
    entries = _iter_entries(context, kind, columns, items, tally)
    while batch := list(islice(entries, CHUNK)):
        fresh = {entry.key: entry for entry in batch if entry.key not in seen}
        tally.repeated += len(batch) - len(fresh)
        seen.add_all(fresh)
        chunk = Chunk(context, key, columns, fresh)
        chunks += 1
        tally.add(chunk, is_missing_wanted=kind.direction is not Direction.EXTRA)
    if kind.direction is not Direction.MISSING:
        _count_extra(context, key, tally, seen, only=chunk if chunks == 1 else None)
    return _judge(context, kind, tally)


def _iter_entries(
    context: CheckContext, kind: Reconcile, columns: list[Column], items: Iterator[Json], tally: _Tally
) -> Iterator[Entry]:
    paths = [kind.compare[column.name] for column in columns]
    youngest = _find_youngest(context, kind)
    for item in items:
        tally.items += 1
        key = find_or_none(kind.key, item)
        if key is None or key == []:
            tally.keyless += 1
            continue
        is_young = _is_young(item, kind.changed, youngest)
        tally.young += is_young
        values = tuple(column.text(find_or_none(path, item)) for column, path in zip(columns, paths, strict=True))
        tally.first_key = tally.first_key or render_key(key)
        yield Entry(key=render_key(key), values=values, is_young=is_young)


def _find_youngest(context: CheckContext, kind: Reconcile) -> float | None:
    """Return the time, in Unix seconds, up to which a change must have reached the table; None without a window."""
    seconds = kind.within.seconds if kind.within else context.max_lag_seconds
    return None if seconds is None else context.clock().timestamp() - seconds


def _is_young(item: Json, path: str | None, youngest: float | None) -> bool:
    if path is None or youngest is None:
        return False
    changed = parse_time(find_or_none(path, item))
    if changed is None:
        return False
    return (changed if changed.tzinfo else changed.replace(tzinfo=UTC)).timestamp() > youngest


def _count_extra(context: CheckContext, key: Column, tally: _Tally, seen: TextSet, *, only: Chunk | None) -> None:
    """Count the keys of the table that the API does not have.

    A walk of one chunk is compared inside ClickHouse; for a longer one the keys of the table are brought here, but
    only when the numbers say that there is an extra one.
    """
    if only is not None:
        tally.extra, sample = only.find_extra()
        tally.keep("extra", sample)
        return
    total = count_keys(context, key)
    if total == tally.matched:
        return
    for extra in iter_extra(context, key, total=total, known=seen):
        tally.extra += 1
        tally.keep("extra", [extra])


def _hide_extra_keys(context: CheckContext, tally: _Tally, samples: dict[str, list[Json]]) -> dict[str, list[Json]]:
    """Redact the keys that only the table has where those of the API are redacted: no mark of the spec covers them."""
    if "extra" in samples and context.redact(tally.first_key) != tally.first_key:
        return {**samples, "extra": [_HIDDEN] * len(samples["extra"])}
    return samples


def _judge(context: CheckContext, kind: Reconcile, tally: _Tally) -> Finding:
    operation, table = kind.asks.operation, context.check.table
    parts = {
        f"{tally.missing} items of {operation} are not in {table}": tally.missing,
        f"{tally.extra} keys of {table} are not in {operation}": tally.extra,
        f"{tally.keyless} items of {operation} have nothing at {kind.key}": tally.keyless,
        **{f"{count} have another {column}": count for column, count in tally.differing.items()},
    }
    actual: dict[str, Json] = {
        "items": tally.items,
        "matched": tally.matched,
        "missing": tally.missing,
        "extra": tally.extra,
        "differing": dict(tally.differing),
        "young": tally.young,
        "repeated": tally.repeated,
    }
    if samples := {sort: sample for sort, sample in tally.samples.items() if sample}:
        actual["sample"] = _hide_extra_keys(context, tally, samples)
    message = "; ".join(text for text, count in parts.items() if count)
    return judge(not message, expected=context.check.expected, actual=actual, message=message)
