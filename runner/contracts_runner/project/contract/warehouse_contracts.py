"""The form of a warehouse contract file: what tables must hold (docs/design.md, Warehouse contract).

`CheckForm` is the registry of checks: a key is a kind, with its word, its reader, its description and an example.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Self

from contracts_runner.errors import Problem
from contracts_runner.model.warehouse import TableCheck, WarehouseContract
from contracts_runner.model.warehouse_beside import NO_LIMITS
from contracts_runner.model.warehouse_kinds import CheckKind, Columns, Exists
from contracts_runner.project.contract import warehouse_kinds as kinds
from contracts_runner.project.contract.contracts import ID
from contracts_runner.project.contract.own_query import QUERY
from contracts_runner.project.contract.query_limits import QUERY_LIMITS
from contracts_runner.project.contract.warehouse_asking import RECONCILE, SUM_EQUALS
from contracts_runner.project.contract.warehouse_beside import AT_MOST, KNOWN, SEVERITY, WHERE
from contracts_runner.project.contract.warehouse_freshness import FRESHNESS
from contracts_runner.project.contract.warehouse_previous import AGAINST, COMPARABLE, RULE
from contracts_runner.project.contract.warehouse_values import TYPES
from contracts_runner.project.names import SPEC
from contracts_runner.reading.declarations import Form, Key, Reader
from contracts_runner.reading.forms import Reading, Value
from contracts_runner.reading.readers import BOOLEAN, TEXT, TEXTS, either, items, mapping, member
from contracts_runner.reading.suggest import suggest_or_list
from contracts_runner.reading.yaml_source import Pointer, YamlDocument


class CheckForm(Form):
    """A check of a table: an id and one kind."""

    noun = "a check"
    id = Key(ID, "The key of every report, unique in the project.", required=True, example="W.1")
    exists = Key(kinds.EXISTS, "The table exists; if not, its other checks are blocked.", example="true")
    engine = Key(
        kinds.ENGINE,
        "The table's engine, such as ReplacingMergeTree, or a list of engines.",
        example="ReplacingMergeTree",
    )
    order_by = Key(kinds.ORDER_BY, "The columns of the sorting key, in order.", example="[_dedup_key]")
    columns = Key(
        kinds.COLUMNS,
        "Column -> type: all of them, in any order; types are compared by what they mean.",
        example="{order_id: String, sale_ts: DateTime}",
    )
    row_count = Key(kinds.ROW_COUNT, "How many rows the table has.", example="{min: 1}")
    delta = Key(kinds.DELTA, "The number of rows after the load minus that before it.", example="{min: 0, max: 500}")
    not_null = Key(kinds.NOT_NULL, "Columns without NULL and without an empty string.", example="[order_id, sale_ts]")
    unique = Key(kinds.UNIQUE, "Columns that together are unique.", example="[order_id]")
    freshness = Key(FRESHNESS, "How old the newest value may be.", example="{column: sale_ts, within: 48h}")
    accepted = Key(kinds.ACCEPTED, "The allowed values of a column.", example="{column: currency, values: [RUB, USD]}")
    range = Key(kinds.RANGE, "The bounds of a column's values.", example="{column: revenue, min: 0}")
    matches = Key(
        kinds.MATCHES, "A pattern of a column's values.", example="{column: email_hash, pattern: '^[0-9a-f]{64}$'}"
    )
    references = Key(
        kinds.REFERENCES, "Every value is a key of another table.", example="{column: city, table: dim_city, key: name}"
    )
    reconcile = Key(
        RECONCILE,
        "Items of the API are the rows of the table.",
        example='{operation: listOrders, rows: "$.data[*]", key: $.id, column: order_id}',
    )
    sum_equals = Key(
        SUM_EQUALS,
        "Decimal sums of a column are those of an operation's items, or of another table, per group.",
        example="{column: revenue, table: fact_sales, value: revenue, by: [city]}",
    )
    job_status = Key(kinds.JOB_STATUS, "How the last run of a job ended.", example="{job: loader, within: 26h}")
    no_raw_pii = Key(kinds.NO_RAW_PII, "Columns without e-mails, phones, cards in the text.", example="[payload_json]")
    duplicate_backlog = Key(kinds.DUPLICATE_BACKLOG, "Raw rows per FINAL row, at most.", example="{ratio: 1.5}")
    query = Key(
        QUERY,
        "The rows of the author's own SELECT, a list of objects.",
        example="{file: sql/balance.sql, is: {type: array, maxItems: 0}}",
    )
    final = Key(BOOLEAN, "Beside `unique`: false looks at the raw rows, without FINAL.", default=True, example="false")
    empty = Key(kinds.EMPTY, "`fail`: fails where there are no rows to look at; skipped if left out.", example="fail")

    where = Key(WHERE, "The rows that are looked at: column -> condition; all of them hold.", example="{status: paid}")
    at_most = Key(AT_MOST, "How many rows, keys or values may break it: a count or a share.", example="1%")
    against = Key(
        AGAINST,
        "`previous`: `min` and `max` are ratios to what the last run of the environment has found.",
        example="previous",
    )
    known = Key(
        KNOWN,
        "Failures that the team has accepted: *known* while one holds, *fixed* when the check passes.",
        example="[{because: The loader mends it in May., until: 2027-05-31}]",
    )
    severity = Key(
        SEVERITY,
        "`warning`: a failure is told apart and fails nothing without `--strict`.",
        default="error",
        example="warning",
    )

    limits = Key(QUERY_LIMITS, "Bounds of its queries, before those of the environment.", example="{rows: 500M}")

    @classmethod
    def take(cls, value: Value) -> Self | None:
        """Return the check, read, if it has a known kind."""
        entries = value.read_entries()
        if not isinstance(value.value, dict):
            return None
        words = [key for key in entries if key not in _BESIDE]
        for word in words:
            if word not in KINDS:
                entries[word].report(f"unknown check '{word}'", suggest_or_list(word, cls.keys))
        if cls.id.name not in entries:
            value.report("a check needs the key 'id'")
        if not words or len(KINDS.keys() & words) > 1:
            value.report("a check has one kind beside its id", f"kinds: {', '.join(KINDS)}")
        return cls(value) if KINDS.keys() & words else None

    def build(self, table: str) -> TableCheck | None:
        """Return the check of a table; None if its kind could not be read."""
        written = {key: value for key, value in self.place.value.items() if key != CheckForm.id.name}
        word = next(key for key in written if key in KINDS)
        for key, hosts in _HOSTS.items():
            if key in self.place.value and word not in hosts:
                self.place.at(key).report(f"the check '{word}' has no '{key}'")
        kind = self.find(KINDS[word])
        if kind is None:
            return None
        return TableCheck(
            kind=kind,
            word=word,
            table=table,
            id=self.id,
            is_final=self.final is not False,
            is_empty_failed=self.empty is not None,
            where=self.where or (),
            at_most=self.at_most,
            known=self.known or (),
            limits=self.limits or NO_LIMITS,
            is_warning=self.severity == "warning",
            written=written,
            location=self.location if self.id else self.place.at(word).location,
        )


# Keys beside a check's kind.
_BESIDE = ("id", "final", "empty", "where", "at_most", "against", "known", "severity", "limits")

# The word of each kind of check, to its declaration.
KINDS: Mapping[str, Key[CheckKind]] = {word: key for word, key in CheckForm.keys.items() if word not in _BESIDE}

# Key beside a kind -> the kinds that it may stand beside; those that are not named here may stand beside any.
_HOSTS: Mapping[str, Collection[str]] = {
    "final": ("unique",),
    "empty": KINDS.keys() - kinds.JUDGING_EMPTY,
    "where": KINDS.keys() - kinds.WHOLE_TABLE,
    "at_most": kinds.COUNTING,
    "against": COMPARABLE,
}

CheckForm.rules = {
    "oneOf": [{"required": [word]} for word in KINDS],
    "allOf": [
        {"if": {"required": [key]}, "then": {"anyOf": [{"required": [word]} for word in KINDS if word in hosts]}}
        for key, hosts in _HOSTS.items()
    ]
    + [RULE],
}


class Extra(StrEnum):
    """What becomes of columns that a contract does not name."""

    ALLOWED = "allowed"


class TableForm(Form, rules={"dependentRequired": {"extra": ["columns"]}}):
    """What one table must hold."""

    noun = "a table"
    engine = CheckForm.engine
    order_by = CheckForm.order_by
    columns = CheckForm.columns
    types = TYPES
    extra = Key(
        member(Extra),
        "`allowed`: columns may be there that `columns` does not name; failed if left out.",
        example="allowed",
    )
    database = kinds.DATABASE
    checks = Key(
        items(CheckForm.reader()), "Checks, each with an id and one kind.", example="[{id: W.1, unique: [order_id]}]"
    )

    def __init__(self, place: Value) -> None:
        super().__init__(place)
        columns = self.place.value.get(TableForm.columns.name)
        for name in (self.types or {}) if isinstance(columns, dict) else ():
            if name not in columns:
                hint = suggest_or_list(name, columns)
                self.at(TableForm.types).at(name).report(f"'columns' has no column '{name}'", hint)


class NamedWarehouseForm(Form):
    """One of several warehouses, and the spec whose operations its checks name."""

    noun = "a warehouse"
    spec = Key(SPEC, "Key in `specs` of contracts.yaml.", required=True, example="shop")
    name = Key(TEXT, "Key in `warehouses` of the environments.", required=True, example="mart")


# The key of the spec, and the name of the warehouse, "" for an environment's only one.
_SPEC_AND_NAME: Reader[tuple[str, str]] = either(
    "object",
    NamedWarehouseForm.reader().then(lambda form: (form.spec or "", form.name or "")),
    TEXT.then(lambda text: (text, "")),
)


class WarehouseFileForm(Form):
    """A file with what the tables of a warehouse must hold."""

    noun = "a warehouse contract"
    warehouse = Key(
        _SPEC_AND_NAME,
        "Key in `specs` of contracts.yaml; the checks name its operations. Where environments have several warehouses, "
        "the name of one beside it: `{spec: shop, name: mart}`.",
        required=True,
        example="shop",
    )
    tables = Key(
        mapping(TableForm.reader()),
        "Table -> what it must hold.",
        required=True,
        example="{stg_orders: {checks: [{id: W.1, unique: [order_id]}]}}",
    )
    snapshots = Key(
        TEXTS, "Tables, or patterns with `*`, that are counted before and after the load.", example="[stg_*]"
    )


def read_warehouse_contract(
    document: YamlDocument, root: Path | None = None
) -> tuple[WarehouseContract | None, list[Problem]]:
    """Return the contract as far as it can be read, and every mistake in it. Files that it names are below the root;
    without one they are not looked for."""
    reading = Reading(document, root=root, find_entry=_find_entry)
    form = WarehouseFileForm.take(reading.start())
    return (None if form is None else _build_contract(form)), reading.problems


def _find_entry(pointer: Pointer) -> Pointer | None:
    """Return the check that a place is in: an item of `checks`, or a word beside it."""
    depth = 4 if pointer[2:3] == (TableForm.checks.name,) else 3
    return pointer[:depth] if pointer[:1] == (WarehouseFileForm.tables.name,) and len(pointer) >= depth else None


def _build_contract(form: WarehouseFileForm) -> WarehouseContract:
    tables = form.tables or {}
    types = {(table.database, name): table.types for name, table in tables.items() if table.types}
    spec, name = form.warehouse or ("", "")
    return WarehouseContract(
        spec=spec,
        name=name,
        tables={name: table.database for name, table in tables.items()},
        checks=tuple(
            replace(check, types=types, warehouse=name)
            for table_name, table in tables.items()
            for check in _build_table(table_name, table)
        ),
        snapshots=form.snapshots or (),
        files=form.place.reading.files,
        location=form.location,
    )


def _build_table(table: str, form: TableForm) -> list[TableCheck]:
    """Return the table's checks; `exists` comes first, stated or not, because the others depend on it."""
    if TableForm.extra in form and TableForm.columns not in form:
        form.at(TableForm.extra).report("'extra' is for the key 'columns' beside it")
    checks = [*_iter_table_level(table, form), *filter(None, (check.build(table) for check in form.checks or ()))]
    if not any(isinstance(check.kind, Exists) for check in checks):
        word = CheckForm.exists.name
        implied = TableCheck(kind=Exists(), word=word, table=table, written={word: True}, location=form.location)
        checks.insert(0, implied)
    checks = [replace(check, database=form.database) for check in checks]
    return sorted(checks, key=lambda check: not isinstance(check.kind, Exists))


def _iter_table_level(table: str, form: TableForm) -> Iterator[TableCheck]:
    """Yield the checks without an id, in the order in which they are written."""
    for word, written in form.place.value.items():
        key = KINDS.get(word) if word in form.keys else None
        kind = form.find(key) if key else None
        if kind:
            if isinstance(kind, Columns):
                kind = replace(kind, is_extra_allowed=form.extra is not None)
            location = form.place.at(word).location
            yield TableCheck(kind=kind, word=word, table=table, written={word: written}, location=location)
