"""Which tables there are, and which of them need FINAL."""

import pytest

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.warehouse.catalogue import load_catalogue
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
    ],
)
def test_final_is_used_where_the_engine_has_it(desk: Desk, table: str, is_merging: bool, is_view: bool) -> None:
    desk.run(*TABLES)
    warehouse = connect(WarehouseSettings(dsn="chdb://memory", database=desk.database))

    info = load_catalogue(warehouse)[table]
    counted = warehouse.query(
        f"SELECT count() FROM {{db:Identifier}}.{{t:Identifier}}{info.final}", {"db": desk.database, "t": table}
    )
    warehouse.close()

    assert (info.is_merging, info.is_view, counted) == (is_merging, is_view, [(0,)])
