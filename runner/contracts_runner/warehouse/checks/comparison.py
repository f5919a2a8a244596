"""Compares keys and values of the API with a table, inside ClickHouse; nothing is written there."""

from collections.abc import Sequence

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.warehouse.api_rows import SQL_BUCKET, RowPart
from contracts_runner.warehouse.checks.context import SAMPLE, CheckContext
from contracts_runner.warehouse.checks.keys import Key
from contracts_runner.warehouse.column_types import Kind
from contracts_runner.warehouse.columns import Column
from contracts_runner.warehouse.row_transport import API_ROWS
from contracts_runner.warehouse.tolerances import bind_tolerance

_BUCKETS = f"\n  AND {SQL_BUCKET.format('_k_')} BETWEEN {{first:UInt8}} AND {{last:UInt8}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """How many keys are of one sort, and the first few of them as a report may show them."""

    count: int
    sample: Sequence[Json] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What one part of a walk has shown. `keys`: how many different ones it has; `matched`: those with a row;
    `missing`: those that should have one; `extra`: those of the table alone; `wrong`: how many have a row with another
    value, `differing` in each column; `conflicting`: those of items that differ from each other."""

    keys: int
    matched: int
    wrong: int
    missing: Sort
    extra: Sort
    conflicting: Sort
    differing: Sequence[Sort]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The rows of a check's table beside items of the API; `has_extra`: whether keys of the table alone are counted."""

    context: CheckContext
    key: Key
    columns: Sequence[Column]
    has_extra: bool

    @property
    def row_columns(self) -> list[str]:
        """The columns of a row of the API: its key, its number, "1" for one that the table need not have, its values.

        Of the rows with one key the first counts.
        """
        return ["k", "n", "young", *(f"v{n}" for n in range(len(self.columns)))]

    def compare(self, part: RowPart) -> Compared:
        """Return what is true of the items of this part and the rows with such keys. Raises what `select` raises."""
        buckets = {} if part.buckets is None else dict(zip(("first", "last"), part.buckets, strict=True))
        keys, matched, wrong, *sorts = self.context.select_beside(
            part,
            f"SELECT {', '.join(self._render_results())}\nFROM (\n{self._render_pairs(is_cut=bool(buckets))}\n)",
            **self.key.parameters,
            **{f"c{n}": column for n, column in enumerate(self.columns)},
            **{name: value for column in self.columns for name, value in bind_tolerance(column.tolerance).items()},
            **buckets,
        )[0]
        missing, extra, conflicting, *differing = zip(sorts[::2], sorts[1::2], strict=True)
        return Compared(
            keys=keys,
            matched=matched,
            wrong=wrong,
            missing=self._show_keys(missing),
            extra=self._show_keys(extra),
            conflicting=self._show_keys(conflicting),
            differing=[
                Sort(count=count, sample=[self._describe(column, *found) for found in sorted(sample)])
                for column, (count, sample) in zip(self.columns, differing, strict=True)
            ],
        )

    def _render_results(self) -> list[str]:
        """Return SQL for the counts, then count and sample of each sort. Several rows may have one key; of the items
        each key comes once."""
        differs = [
            f"_item_ AND _stored_ AND NOT _young_ AND ({column.sql_differs(f'_a{n}_', f'_c{n}_')})"
            for n, column in enumerate(self.columns)
        ]
        lonely, extra = "_item_ AND NOT _stored_", "_stored_ AND NOT _item_"
        return [
            f"uniqExactIf(_id_, _item_ AND _stored_) + countIf({lonely})",
            "uniqExactIf(_id_, _item_ AND _stored_)",
            f"uniqExactIf(_id_, {' OR '.join(f'({test})' for test in differs) or '0'})",
            f"countIf({lonely} AND NOT _young_)",
            f"arraySlice(arraySort(groupArrayIf(_id_, {lonely} AND NOT _young_)), 1, {SAMPLE})",
            f"uniqExactIf(_id_, {extra})",
            f"groupUniqArrayIf({SAMPLE})(_id_, {extra})",
            "uniqExactIf(_id_, _conflicting_)",
            f"arraySlice(arraySort(groupUniqArrayIf(_id_, _conflicting_)), 1, {SAMPLE})",
            *(
                result
                for n, test in enumerate(differs)
                for result in (f"uniqExactIf(_id_, {test})", f"groupArrayIf({SAMPLE})((_id_, _a{n}_, _c{n}_), {test})")
            ),
        ]

    def _render_pairs(self, *, is_cut: bool) -> str:
        """Return a SELECT of each row with its item, and of what is alone."""
        numbers = range(len(self.columns))
        raw = "".join(f", {{c{n}:Identifier}} AS _r{n}_" for n in numbers)
        firsts = "".join(f", argMin(v{n}, toUInt64(n)) AS _v{n}_" for n in numbers)
        texts = "".join(
            f", {column.sql_of_api(f'_v{n}_')} AS _a{n}_, {column.sql_text(f'_r{n}_')} AS _c{n}_"
            for n, column in enumerate(self.columns)
        )
        values = f"tuple({', '.join(f'v{n}' for n in numbers)})"
        conflicting = f"min({values}) != max({values})" if self.columns else "0"
        # The API is on the right: ClickHouse keeps that side of a join in memory.
        return (
            f"SELECT _item_, _stored_, _young_, _conflicting_, if(_item_, _key_, _k_) AS _id_{texts}\n"
            f"FROM (SELECT {self.key.sql_text} AS _k_, materialize(true) AS _stored_{raw} FROM {self.context.rows}\n"
            f"  WHERE {self.key.sql_is_whole}{_BUCKETS if is_cut else ''}) AS stored\n"
            f"{'FULL' if self.has_extra else 'RIGHT'} JOIN (\n"
            f"  SELECT k AS _key_, count() > 0 AS _item_, argMin(young, toUInt64(n)) = '1' AS _young_,\n"
            f"    {conflicting} AS _conflicting_{firsts}\n"
            f"  FROM {API_ROWS} GROUP BY k) AS api ON _k_ = _key_"
        )

    def _show_keys(self, sort: tuple[int, Sequence[str]]) -> Sort:
        return Sort(count=sort[0], sample=[self.key.show(text) for text in sorted(sort[1])])

    def _describe(self, column: Column, key: str, theirs: str, ours: str) -> Json:
        """Return what a report may show: the values only where the type leaves no room for a name or an address."""
        shown: dict[str, Json] = {"key": self.key.show(key)}
        if column.is_private:
            return shown
        # An empty text is NULL, but that of an enum may be one of its words.
        api, table = (column.show(text) if text or column.type.kind is Kind.ENUM else None for text in (theirs, ours))
        return {**shown, "api": api, "table": table}
