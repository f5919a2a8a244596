"""Compares keys and values of the API with a table, inside ClickHouse; nothing is written there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts_runner.engine.text_set import TextSet
from contracts_runner.model.json import Json
from contracts_runner.warehouse.checks.context import SAMPLE, CheckContext
from contracts_runner.warehouse.checks.keys import Key
from contracts_runner.warehouse.columns import Column
from contracts_runner.warehouse.query import Payload, pack_rows, render_source
from contracts_runner.warehouse.tolerances import bind_tolerance

# Keys of the table that are brought here at a time, on average; our own limit on the rows of a result is 200,000.
_BUCKET = 150_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is compared of one item. `is_young`: changed so lately that the table need not have it yet."""

    key: str
    values: tuple[str, ...]
    is_young: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """How many keys have a row with another value in this column, and the first few of them."""

    column: Column
    count: int
    sample: Sequence[Json]


class Chunk:
    """Some items of the API, each key once, ready to be compared with the check's table."""

    def __init__(
        self, context: CheckContext, key: Key, columns: Sequence[Column], entries: Mapping[str, Entry]
    ) -> None:
        self._context = context
        self._key = key
        self._columns = columns
        self._old = sum(not entry.is_young for entry in entries.values())
        self._pieces: Mapping[str, Payload] = pack_rows(
            (entry.key, str(int(entry.is_young)), *entry.values) for entry in entries.values()
        )
        self._source = render_source(self._pieces, ["k", "young", *(f"v{n}" for n in range(len(columns)))])

    def compare(self) -> tuple[int, int, int, list[Differences]]:
        """Return how many keys have a row, how many should have one and do not, how many have one with another value,
        and which values differ."""
        tests = [column.sql_differs(f"_a{n}_", f"_c{n}_") for n, column in enumerate(self._columns)]
        unequal = " OR ".join(f"({test})" for test in tests) or "0"
        results = ["uniqExact(_k_)", *(f"uniqExactIf(_k_, young = '0' AND ({test}))" for test in ("1", unequal))]
        for n, test in enumerate(tests):
            differs = f"young = '0' AND ({test})"
            results.append(f"uniqExactIf(_k_, {differs})")
            results.append(f"groupArrayIf({SAMPLE})((_k_, _a{n}_, _c{n}_), {differs})")
        numbers = range(len(self._columns))
        raw = "".join(f", {{c{n}:Identifier}} AS _r{n}_" for n in numbers)
        texts = "".join(
            f", {column.sql_of_api(f'v{n}')} AS _a{n}_, {column.sql_text(f'_r{n}_')} AS _c{n}_"
            for n, column in enumerate(self._columns)
        )
        # The API is on the right: ClickHouse keeps that side of a join in memory. Only what it joins is made text.
        matched, matched_old, wrong, *differing = self._context.select(
            f"SELECT {', '.join(results)}\n"
            f"FROM (SELECT _k_, young{texts}\n"
            f"FROM (SELECT {self._stored_key} AS _k_{raw} FROM {self._context.rows}\n"
            f"  WHERE {self._key.sql_is_whole}) AS stored\n"
            f"INNER JOIN ({self._source}) AS api ON _k_ = k)",
            **self._key.parameters,
            **{f"c{n}": column for n, column in enumerate(self._columns)},
            **{name: value for column in self._columns for name, value in bind_tolerance(column.tolerance).items()},
            **self._pieces,
        )[0]
        differences = [
            Differences(column=column, count=count, sample=[self._describe(column, *found) for found in sorted(sample)])
            for column, count, sample in zip(self._columns, differing[::2], differing[1::2], strict=True)
            if count
        ]
        return matched, self._old - matched_old, wrong, differences

    def list_missing(self) -> list[Json]:
        """Return the first few keys that should have a row and do not."""
        rows = self._context.select(
            f"SELECT k FROM ({self._source})\n"
            f"WHERE young = '0' AND k NOT IN (SELECT {self._stored_key} FROM {self._context.rows}\n"
            f"  WHERE {self._key.sql_is_whole}) ORDER BY k LIMIT {SAMPLE}",
            **self._key.parameters,
            **self._pieces,
        )
        return [self._key.show(row[0]) for row in rows]

    def find_extra(self) -> tuple[int, list[Json]]:
        """Return how many keys of the table are not in this chunk, and the first few."""
        count, sample = self._context.select(
            f"SELECT uniqExactIf(_k_, _extra_), groupUniqArrayIf({SAMPLE})(_k_, _extra_) FROM (\n"
            f"  SELECT {self._stored_key} AS _k_, _k_ NOT IN (SELECT k FROM ({self._source})) AS _extra_\n"
            f"  FROM {self._context.rows} WHERE {self._key.sql_is_whole}\n"
            ")",
            **self._key.parameters,
            **self._pieces,
        )[0]
        return count, [self._key.show(text) for text in sorted(sample)]

    @property
    def _stored_key(self) -> str:
        return self._key.sql_text

    def _describe(self, column: Column, key: str, theirs: str, ours: str) -> Json:
        """Return what a report may show: the values only where the type leaves no room for a name or an address."""
        shown: dict[str, Json] = {"key": self._key.show(key)}
        return shown if column.is_private else {**shown, "api": column.show(theirs), "table": column.show(ours)}


def count_keys(context: CheckContext, key: Key) -> int:
    """Return how many different keys the table has."""
    sql = f"SELECT uniqExact({key.sql_text}) FROM {context.rows} WHERE {key.sql_is_whole}"
    return int(context.select(sql, **key.parameters)[0][0])


def iter_extra(context: CheckContext, key: Key, *, total: int, known: TextSet) -> Iterator[Json]:
    """Yield the keys of the table that are not known; `total`, about how many it has, sets how they are fetched."""
    buckets = total // min(_BUCKET, (context.limits.groups or _BUCKET) * 3 // 4 or 1) + 1
    for bucket in range(buckets):
        rows = context.select(
            f"SELECT DISTINCT {key.sql_text} AS _k_ FROM {context.rows}\n"
            f"WHERE {key.sql_is_whole} AND cityHash64(_k_) % {{buckets:UInt32}} = {{bucket:UInt32}} ORDER BY _k_",
            **key.parameters,
            buckets=buckets,
            bucket=bucket,
        )
        yield from (key.show(row[0]) for row in rows if row[0] not in known)
