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
    "CREATE MATERIALIZED VIEW DB.`a TO b AS SELECT` (id String COMMENT ' ENGINE = Log TO x ') "
    "ENGINE = ReplacingMergeTree ORDER BY id AS WITH x AS (SELECT 1) SELECT id FROM DB.plain",
    "CREATE TABLE DB.`ж``\\\\ 'x' \"y\"\\n` (id String) ENGINE = ReplacingMergeTree ORDER BY id",
    "CREATE MATERIALIZED VIEW DB.mv_to_any TO DB.`ж``\\\\ 'x' \"y\"\\n` AS SELECT id FROM DB.plain",
    "CREATE TABLE DB.buffer_any AS DB.plain "
    "ENGINE = Buffer('DB.', 'ж`\\\\ \\'x\\' \"y\"\\n', 1, 10, 100, 10, 100, 10, 100)",
    "CREATE TABLE DB.alias ENGINE = Alias(replacing)",
    "CREATE TABLE DB.alias_plain ENGINE = Alias('DB.', 'plain')",
    "CREATE DICTIONARY DB.dictionary (id UInt64, n UInt8) PRIMARY KEY id SOURCE(NULL()) LAYOUT(FLAT()) LIFETIME(0)",
    "CREATE TABLE DB.projected (id String, PROJECTION p (SELECT id, count() GROUP BY id)) "
    "ENGINE = MergeTree ORDER BY id",
    "CREATE TABLE DB.merge_of_merge AS DB.replacing ENGINE = Merge('DB.', '^merge_by_name$')",
)


# Table -> whether it needs FINAL, whether it is a view.
STRUCTURES = {
    "plain": (False, False),
    "memory": (False, False),
    "replacing": (True, False),
    "summing": (True, False),
    "aggregating": (True, False),
    "collapsing": (True, False),
    "odd name": (True, False),
    "view": (False, True),
    "mv_inner": (True, True),
    "mv_inner_plain": (False, True),
    "mv_to": (True, True),
    "mv_to_odd": (True, True),
    "mv_to_plain": (False, True),
    "merge_by_name": (True, False),
    "merge_by_pattern": (True, False),
    "merge_plain": (False, False),
    "buffer": (True, False),
    "buffer_plain": (False, False),
    "merge_of_merge": (True, False),
    "a TO b AS SELECT": (True, True),
    "ж`\\ 'x' \"y\"\n": (True, False),
    "mv_to_any": (True, True),
    "buffer_any": (True, False),
    "alias": (True, False),
    "alias_plain": (False, False),
    "dictionary": (False, False),
    "projected": (False, False),
}


def test_final_is_used_where_the_engine_has_it(desk: Desk) -> None:
    desk.run(*(text.replace("'DB.'", f"'{desk.database}'").replace("DB.$", f"{desk.database}$") for text in TABLES))
    warehouse = connect(WarehouseSettings(dsn="chdb://memory", database=desk.database))

    found = {name: info for (_, name), info in load_catalogue(warehouse).items() if not name.startswith(".inner")}
    counts = [
        warehouse.query(
            f"SELECT count() FROM {{db:Identifier}}.{{t:Identifier}}{info.final}", {"db": desk.database, "t": name}
        )
        for name, info in found.items()
    ]
    warehouse.close()

    assert {name: (info.is_merging, info.is_view) for name, info in found.items()} == STRUCTURES
    assert counts == [[(0,)]] * len(STRUCTURES)


@pytest.mark.parametrize(
    ("definition", "source"),
    [
        ("Distributed('cluster', 'shop', 'orders')", ("shop", "orders")),
        ("Distributed('cluster', 'shop', 'orders', rand(), 'policy') SETTINGS x = 1", ("shop", "orders")),
        ("Distributed('cluster', currentDatabase(), 'orders')", ("here", "orders")),
        ("Buffer('', 'orders', 1, 10, 100, 10, 100, 10, 100)", ("here", "orders")),
        ("Alias('orders')", ("here", "orders")),
        ("Alias('shop', 'orders')", ("shop", "orders")),
    ],
)
def test_a_proxy_needs_final_where_the_table_that_it_reads_does(definition: str, source: tuple[str, str]) -> None:
    engine = definition.split("(")[0]
    definitions = {("here", "proxy"): (engine, definition), source: ("ReplicatedReplacingMergeTree", "")}
    plain = {("here", "proxy"): (engine, definition), source: ("MergeTree", "")}

    assert [is_merging(("here", "proxy"), known) for known in (definitions, plain, {})] == [True, False, None]


@pytest.mark.parametrize("engine", ["", "Replicated", "Shared"])
@pytest.mark.parametrize(
    ("kind", "is_merged"),
    [
        *((kind, True) for kind in ("Replacing", "Summing", "Aggregating", "Collapsing", "VersionedCollapsing")),
        *((kind, True) for kind in ("Coalescing", "Graphite")),
        ("", False),
    ],
)
def test_an_engine_merges_wherever_its_parts_are_kept(engine: str, kind: str, is_merged: bool) -> None:
    assert is_merging(("a", "t"), {("a", "t"): (f"{engine}{kind}MergeTree", "")}) is is_merged


@pytest.mark.parametrize(
    ("statement", "queries"),
    [
        ("CREATE MATERIALIZED VIEW DB.view TO DB.t AS SELECT id FROM DB.t", 1),
        ("CREATE MATERIALIZED VIEW DB.view TO system.one AS SELECT id AS dummy FROM DB.t", 2),
        ("CREATE TABLE DB.merge AS DB.t ENGINE = Merge('DB', '^t$')", 2),
    ],
)
def test_other_databases_are_listed_only_where_a_table_reads_them(desk: Desk, statement: str, queries: int) -> None:
    desk.run(
        "CREATE TABLE DB.t (id UInt8) ENGINE = ReplacingMergeTree ORDER BY id",
        statement.replace("'DB'", f"'{desk.database}'"),
    )
    warehouse = connect(WarehouseSettings(dsn="chdb://memory", database=desk.database))
    asked: list[str] = []

    class Recorded:
        database = warehouse.database

        def query(self, sql: str, parameters: dict[str, object]) -> object:
            asked.append(sql)
            return warehouse.query(sql, parameters)

    load_catalogue(Recorded())
    warehouse.close()

    assert len([sql for sql in asked if "system.tables" in sql]) == queries
