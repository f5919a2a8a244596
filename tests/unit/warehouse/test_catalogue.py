"""Which tables there are, and which of them need FINAL."""

import pytest

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.warehouse.catalogue import is_merging, load_catalogue
from contracts_runner.warehouse.client import connect
from helpers.warehouse_desk import Desk

TABLES = (
    "CREATE TABLE DB.plain (id String) ENGINE = MergeTree ORDER BY id",
    "CREATE TABLE DB.memory (id String) ENGINE = Memory",
    "CREATE TABLE DB.replacing (id String) ENGINE = ReplacingMergeTree ORDER BY id",
    "CREATE TABLE DB.summing (id String, n UInt8) ENGINE = SummingMergeTree ORDER BY id",
    "CREATE TABLE DB.aggregating (id String) ENGINE = AggregatingMergeTree ORDER BY id",
    "CREATE TABLE DB.collapsing (id String, s Int8) ENGINE = CollapsingMergeTree(s) ORDER BY id",
    "CREATE TABLE DB.`odd name` (id String) ENGINE = ReplacingMergeTree ORDER BY id",
    "CREATE VIEW DB.view AS SELECT * FROM DB.replacing",
    "CREATE MATERIALIZED VIEW DB.mv_inner ENGINE = ReplacingMergeTree ORDER BY id AS SELECT id FROM DB.plain",
    "CREATE MATERIALIZED VIEW DB.mv_inner_plain ENGINE = MergeTree ORDER BY id AS SELECT id FROM DB.replacing",
    "CREATE MATERIALIZED VIEW DB.mv_to TO DB.replacing AS SELECT id FROM DB.plain",
    "CREATE MATERIALIZED VIEW DB.mv_to_odd TO DB.`odd name` AS SELECT id FROM DB.plain",
    "CREATE MATERIALIZED VIEW DB.mv_to_plain TO DB.memory AS SELECT id FROM DB.replacing",
    "CREATE TABLE DB.merge_by_name AS DB.replacing ENGINE = Merge('DB.', '^(plain|replacing)$')",
    "CREATE TABLE DB.merge_by_pattern AS DB.replacing ENGINE = Merge(REGEXP('^DB.$'), '^replac')",
    "CREATE TABLE DB.merge_plain AS DB.plain ENGINE = Merge('DB.', '^plain$')",
    "CREATE TABLE DB.buffer AS DB.replacing ENGINE = Buffer('DB.', 'replacing', 1, 10, 100, 10, 100, 10, 100)",
    "CREATE TABLE DB.buffer_plain AS DB.plain ENGINE = Buffer('DB.', 'plain', 1, 10, 100, 10, 100, 10, 100)",
    "CREATE TABLE DB.merge_of_merge AS DB.replacing ENGINE = Merge('DB.', '^merge_by_name$')",
)


@pytest.mark.parametrize(
    ("table", "is_merging", "is_view"),
    [
        ("plain", False, False),
        ("memory", False, False),
        ("replacing", True, False),
        ("summing", True, False),
        ("aggregating", True, False),
        ("collapsing", True, False),
        ("odd name", True, False),
        ("view", False, True),
        ("mv_inner", True, True),
        ("mv_inner_plain", False, True),
        ("mv_to", True, True),
        ("mv_to_odd", True, True),
        ("mv_to_plain", False, True),
        ("merge_by_name", True, False),
        ("merge_by_pattern", True, False),
        ("merge_plain", False, False),
        ("buffer", True, False),
        ("buffer_plain", False, False),
        ("merge_of_merge", True, False),
    ],
)
def test_final_is_used_where_the_engine_has_it(desk: Desk, table: str, is_merging: bool, is_view: bool) -> None:
    desk.run(*(text.replace("'DB.'", f"'{desk.database}'").replace("DB.$", f"{desk.database}$") for text in TABLES))
    warehouse = connect(WarehouseSettings(dsn="chdb://memory", database=desk.database))

    info = load_catalogue(warehouse)[desk.database, table]
    counted = warehouse.query(
        f"SELECT count() FROM {{db:Identifier}}.{{t:Identifier}}{info.final}", {"db": desk.database, "t": table}
    )
    warehouse.close()

    assert (info.is_merging, info.is_view, counted) == (is_merging, is_view, [(0,)])


@pytest.mark.parametrize(
    ("definition", "source"),
    [
        ("Distributed('cluster', 'shop', 'orders')", ("shop", "orders")),
        ("Distributed('cluster', 'shop', 'orders', rand(), 'policy') SETTINGS x = 1", ("shop", "orders")),
        ("Distributed('cluster', currentDatabase(), 'orders')", ("here", "orders")),
        ("Buffer('', 'orders', 1, 10, 100, 10, 100, 10, 100)", ("here", "orders")),
    ],
)
def test_a_proxy_needs_final_where_the_table_that_it_reads_does(definition: str, source: tuple[str, str]) -> None:
    engine = definition.split("(")[0]
    definitions = {("here", "proxy"): (engine, definition), source: ("ReplicatedReplacingMergeTree", "")}
    plain = {("here", "proxy"): (engine, definition), source: ("MergeTree", "")}

    assert [is_merging(("here", "proxy"), known) for known in (definitions, plain, {})] == [True, False, False]
