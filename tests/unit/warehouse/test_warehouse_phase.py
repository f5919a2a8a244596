"""The phase from the outside: not configured, not reachable, prepare, snapshots, load."""

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.model.json import Json
from contracts_runner.model.warehouse_kinds import Asks
from contracts_runner.results.events import Event, WarehouseCheckFinished
from contracts_runner.results.rows import WarehouseRow
from contracts_runner.warehouse.warehouse_phase import WarehousePhase
from helpers.warehouse_desk import NOW, Desk, collect_rows, make_redactor, make_warehouse_check, make_warehouse_contract

ORDERS = "CREATE TABLE DB.orders (id String, _ver UInt64) ENGINE = ReplacingMergeTree(_ver) ORDER BY id"

FAULTS = (KeyError("secret"), OverflowError("secret"), RecursionError("secret"), MemoryError(), SystemExit(0))


def make_offline_phase(settings: WarehouseSettings | None) -> WarehousePhase:
    contract = make_warehouse_contract(make_warehouse_check("exists", True), snapshots=["orders", "stg_*"])
    return WarehousePhase(settings, [contract], redactor=make_redactor(), clock=lambda: NOW)


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module that an environment may name in `load` and `prepare`."""
    module = ModuleType("shop_loader")
    monkeypatch.setitem(sys.modules, "shop_loader", module)
    return module


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (None, "not configured: the environment names no warehouse"),
        (WarehouseSettings(dsn=None, missing="CLICKHOUSE_DSN"), "not configured: $CLICKHOUSE_DSN is not set"),
    ],
)
def test_warehouse_that_is_not_configured_skips_every_check(settings: WarehouseSettings | None, reason: str) -> None:
    phase = make_offline_phase(settings)

    rows = collect_rows(phase)

    assert [(row["outcome"], row["message"], row["sql"]) for row in rows] == [("skipped", reason, "")]


def test_warehouse_that_is_not_configured_counts_nothing() -> None:
    phase = make_offline_phase(WarehouseSettings(dsn=None, missing="CLICKHOUSE_DSN"))

    snapshot = phase.snapshot("before")

    assert snapshot.tables == {}
    assert snapshot.note == "not configured: $CLICKHOUSE_DSN is not set"


def test_unreachable_server_makes_every_check_errored_with_the_reason() -> None:
    phase = make_offline_phase(WarehouseSettings(dsn="http://user:sesame@127.0.0.1:1/shop"))

    rows = collect_rows(phase)

    assert [(row["outcome"], row["message"]) for row in rows] == [("errored", "connection refused")]


def test_unreachable_server_gives_an_empty_snapshot_with_the_reason() -> None:
    phase = make_offline_phase(WarehouseSettings(dsn="http://user:sesame@127.0.0.1:1/shop"))

    snapshot = phase.snapshot("after")

    assert snapshot.tables == {}
    assert snapshot.note == "connection refused"


def test_snapshot_counts_each_row_once_although_merges_are_pending(desk: Desk) -> None:
    desk.run(ORDERS, "INSERT INTO DB.orders VALUES ('1', 1), ('2', 1)", "INSERT INTO DB.orders VALUES ('1', 2)")

    snapshot = desk.phase(snapshots=["orders"]).snapshot("before")

    assert snapshot.tables == {"orders": 2}


def test_snapshot_pattern_leaves_views_and_other_tables_out(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE DB.stg_a (id String) ENGINE = MergeTree ORDER BY id",
        "CREATE TABLE DB.stg_b (id String) ENGINE = MergeTree ORDER BY id",
        "CREATE TABLE DB.fact (id String) ENGINE = MergeTree ORDER BY id",
        "CREATE VIEW DB.stg_view AS SELECT * FROM DB.stg_a",
        "CREATE MATERIALIZED VIEW DB.stg_mv ENGINE = MergeTree ORDER BY id AS SELECT * FROM DB.stg_a",
        "INSERT INTO DB.stg_a VALUES ('1')",
    )

    snapshot = desk.phase(snapshots=["stg_*"]).snapshot("before")

    assert snapshot.tables == {"stg_a": 1, "stg_b": 0}


def test_view_that_is_named_exactly_is_counted(desk: Desk) -> None:
    desk.run(
        ORDERS,
        "CREATE VIEW DB.recent AS SELECT * FROM DB.orders",
        "CREATE MATERIALIZED VIEW DB.latest ENGINE = ReplacingMergeTree ORDER BY id AS SELECT id FROM DB.orders",
        "INSERT INTO DB.orders VALUES ('1', 1)",
        "INSERT INTO DB.orders VALUES ('1', 2)",
    )

    snapshot = desk.phase(snapshots=["recent", "latest"]).snapshot("before")

    assert snapshot.tables == {"recent": 2, "latest": 1}


def test_named_table_that_is_absent_is_not_zero(desk: Desk) -> None:
    snapshot = desk.phase(snapshots=["orders", "stg_*"]).snapshot("before")

    assert snapshot.tables == {"orders": None}
    assert snapshot.note == "orders: no such table; no table matches stg_*"


def test_loader_gets_the_api_and_a_client_that_can_write(desk: Desk, hooks: ModuleType) -> None:
    desk.run(ORDERS)
    seen: dict[str, Any] = {}

    def load(*, base_url: str, credentials: Mapping[str, str], client: Any, database: str, now: Any) -> dict[str, int]:
        seen.update(base_url=base_url, credentials=credentials, now=now())
        client.insert("orders", [["1", 1]], column_names=["id", "_ver"], database=database)
        return {"orders": 1}

    hooks.load = load  # type: ignore[attr-defined]  # a module made here
    phase = desk.phase(snapshots=["orders"], load="shop_loader:load")

    event = phase.load(base_url="http://127.0.0.1:9", credentials={"token": "t"})

    assert seen == {"base_url": "http://127.0.0.1:9", "credentials": {"token": "t"}, "now": NOW}
    assert (event.outcome, event.message, event.rows) == ("passed", "", {"orders": 1})
    assert phase.snapshot("after").tables == {"orders": 1}


def find_line(function: Callable[..., Any], word: str) -> str:
    """Return file:line of the line of a function of this file that has a word."""
    lines, first = inspect.getsourcelines(function)
    line = next(number for number, text in enumerate(lines, start=first) if word in text)
    return f"test_warehouse_phase.py:{line}"


def leave_out_folder(text: str) -> str:
    """Return a text with this file's name alone: where the tests are imported from depends on how they are run."""
    return re.sub(r"[\w/]+/(?=test_warehouse_phase)", "", text)


def test_loader_that_raises_is_errored_and_blocks_the_checks(desk: Desk, hooks: ModuleType) -> None:
    desk.run(ORDERS)

    def load(**_: Any) -> dict[str, int]:
        raise RuntimeError("page 2 of user@example.com is missing")

    hooks.load = load  # type: ignore[attr-defined]  # a module made here
    phase = desk.phase(
        make_warehouse_check("exists", True),
        load="shop_loader:load",
    )

    event = phase.load(base_url="http://127.0.0.1:9", credentials={})
    rows = collect_rows(phase)

    reason = f"shop_loader:load failed: RuntimeError: page 2 of <email> is missing ({find_line(load, 'raise')})"
    assert (event.outcome, leave_out_folder(event.message), event.rows) == ("errored", reason, {})
    assert [(row["outcome"], leave_out_folder(row["message"])) for row in rows] == [
        ("blocked", f"the load failed: {reason}")
    ]


@pytest.mark.parametrize("result", [None, 7, {"orders": "many"}, {"orders": True}, {1: 1}])
def test_loader_that_returns_no_row_counts_is_errored(desk: Desk, hooks: ModuleType, result: object) -> None:
    hooks.load = lambda **_: result  # type: ignore[attr-defined]  # a module made here

    event = desk.phase(load="shop_loader:load").load(base_url="http://127.0.0.1:9", credentials={})

    assert event.outcome == "errored"
    assert "not a mapping of table to rows written" in event.message


@pytest.mark.parametrize("name", ["no_such_module:load", "shop_loader:no_such_function", "shop_loader", ":"])
def test_loader_that_cannot_be_imported_is_errored(desk: Desk, hooks: ModuleType, name: str) -> None:
    event = desk.phase(load=name).load(base_url="http://127.0.0.1:9", credentials={})

    assert event.outcome == "errored"
    assert f"{name} cannot be imported" in event.message


def load_nothing() -> None: ...


def load_in_positions(base_url: str, credentials: Any, client: Any, database: str) -> None: ...


def load_more(*, sheet: str, **_: Any) -> None: ...


class Loading:
    """A hook that has no name of its own."""

    def __call__(self) -> None: ...


@pytest.mark.parametrize(
    "load", [load_nothing, load_in_positions, load_more, Loading()], ids=["none", "fewer", "more", "object"]
)
def test_a_loader_with_other_parameters_is_told_which_ones(desk: Desk, hooks: ModuleType, load: Any) -> None:
    hooks.load = load  # type: ignore[attr-defined]  # a module made here

    event = desk.phase(load="shop_loader:load").load(base_url="http://127.0.0.1:9", credentials={})

    assert event.outcome == "errored"
    assert event.message.startswith("shop_loader:load does not take what it is called with: ")
    assert event.message.endswith("; write `def load(*, client, database, base_url, credentials, now)`")


def test_prepare_runs_before_the_first_snapshot(desk: Desk, hooks: ModuleType) -> None:
    def prepare(*, client: Any, database: str) -> None:
        client.command(f"CREATE TABLE {database}.orders (id String) ENGINE = MergeTree ORDER BY id")

    hooks.prepare = prepare  # type: ignore[attr-defined]  # a module made here
    phase = desk.phase(snapshots=["orders"], prepare="shop_loader:prepare")

    phase.prepare()

    assert phase.snapshot("before").tables == {"orders": 0}


def test_failed_prepare_makes_every_check_errored(desk: Desk, hooks: ModuleType) -> None:
    def prepare(**_: Any) -> None:
        raise PermissionError("CREATE is not allowed")

    hooks.prepare = prepare  # type: ignore[attr-defined]  # a module made here
    phase = desk.phase(make_warehouse_check("exists", True), prepare="shop_loader:prepare")

    fault = phase.prepare()
    rows = collect_rows(phase)

    place = find_line(prepare, "raise")
    reason = (
        f"the warehouse was not prepared: shop_loader:prepare failed: PermissionError: CREATE is not allowed ({place})"
    )
    assert [(row["outcome"], leave_out_folder(row["message"])) for row in rows] == [("errored", reason)]
    assert fault is not None
    found = [leave_out_folder(text or "") for text in (fault.where, fault.message, fault.location)]
    assert found == ["hook prepare", reason, place]


def test_refused_query_is_errored_with_the_words_of_the_server(desk: Desk) -> None:
    desk.run("CREATE VIEW DB.orders AS SELECT number FROM system.numbers WHERE throwIf(number = 0, 'no luck') = 0")

    row = desk.verify_one("row_count", {"min": 0})

    assert row["outcome"] == "errored"
    assert "no luck" in row["message"]


def test_one_check_that_errs_leaves_the_others_alone(desk: Desk) -> None:
    desk.run(
        "CREATE VIEW DB.broken AS SELECT number FROM system.numbers WHERE throwIf(number = 0, 'no luck') = 0", ORDERS
    )

    rows = desk.verify(
        make_warehouse_check("row_count", {"min": 0}, table="broken"), make_warehouse_check("row_count", {"min": 0})
    )

    assert [row["outcome"] for row in rows] == ["errored", "passed"]


@dataclass
class BrokenApi:
    """An API that breaks when its items are asked for."""

    error: BaseException

    def iter_items(self, _: Asks) -> Iterator[Json]:
        raise self.error


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
def test_a_check_that_breaks_is_one_errored_row(desk: Desk, error: BaseException) -> None:
    desk.run(ORDERS)
    reconcile = {"operation": "listOrders", "rows": "$.data[*]", "key": "$.id", "column": "id"}

    phase = desk.phase(
        make_warehouse_check("row_count", {"min": 0}, id="before"),
        make_warehouse_check("reconcile", reconcile, id="breaks"),
        make_warehouse_check("row_count", {"min": 0}, id="after"),
    )
    rows: list[WarehouseRow] = []

    def emit(event: Event) -> None:
        assert isinstance(event, WarehouseCheckFinished)
        rows.append(event.row)

    phase.verify(emit, {"shop": BrokenApi(error)})

    assert [(row.id, row.outcome) for row in rows] == [
        ("before", "passed"),
        ("breaks", "errored"),
        ("after", "passed"),
    ]
    assert rows[1].message.startswith(f"cannot be judged: an unexpected {type(error).__name__} (")
    assert "secret" not in str(rows)


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
def test_a_row_that_cannot_be_recorded_is_one_errored_row(desk: Desk, error: BaseException) -> None:
    desk.run(ORDERS)
    phase = desk.phase(*(make_warehouse_check("row_count", {"min": 0}, id=id) for id in ("first", "second")))
    rows: list[tuple[str, str]] = []

    def emit(event: Event) -> None:
        assert isinstance(event, WarehouseCheckFinished)
        if event.row.id == "first" and event.row.outcome != "errored":
            raise error
        rows.append((event.row.id, event.row.outcome))

    phase.verify(emit)

    assert rows == [("first", "errored"), ("second", "passed")]


def test_rows_are_redacted(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (`user@example.com` String) ENGINE = MergeTree ORDER BY tuple()")
    phase = desk.phase(make_warehouse_check("columns", {"id": "String"}))

    row = collect_rows(phase)[0]

    assert "user@example.com" not in str(row)
    assert row["actual"] == {"<email>": "String"}


def test_names_that_are_redacted_alike_stay_apart(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (`user@example.com` String, `anna@example.com` Int8) ENGINE = Memory")

    row = desk.verify_one("columns", {"id": "String"})

    assert row["actual"] == {"<email>": "String", "<email> (2)": "Int8"}


def test_a_number_that_is_a_phone_is_redacted(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (id UInt64) ENGINE = Memory")

    row = desk.verify_one("accepted", {"column": "id", "values": [79161234567, 5]})

    assert row["expected"] == ["<phone>", 5]
