"""A warehouse contract file becomes typed checks."""

from contracts_runner.model.warehouse import WarehouseContract
from contracts_runner.project.contract.warehouse_contracts import read_warehouse_contract
from contracts_runner.reading.yaml_source import parse_yaml

TEXT = """\
warehouse: shop
tables:
  orders:
    columns: {id: String}
    checks:
      - id: W.1
        unique: [id]
        final: false
      - {id: W.2, exists: true}
    engine: MergeTree
  events: {}
snapshots: [stg_*, orders]
"""


def read(text: str) -> WarehouseContract:
    contract, problems = read_warehouse_contract(parse_yaml(text, "contracts/w.yaml"))
    assert contract is not None
    assert problems == []
    return contract


def test_tables_and_snapshots_are_read() -> None:
    contract = read(TEXT)

    assert (contract.spec, contract.tables, contract.snapshots) == ("shop", ("orders", "events"), ("stg_*", "orders"))


def test_the_existence_of_a_table_is_checked_first_whether_stated_or_not() -> None:
    kinds = [(check.table, check.kind, check.id) for check in read(TEXT).checks]

    assert kinds == [
        ("orders", "exists", "W.2"),
        ("orders", "columns", None),
        ("orders", "engine", None),
        ("orders", "unique", "W.1"),
        ("events", "exists", None),
    ]


def test_each_check_knows_its_place_options_and_modifiers() -> None:
    checks = {(check.table, check.kind): check for check in read(TEXT).checks}

    assert {key: check.location.line for key, check in checks.items()} == {
        ("orders", "exists"): 9,
        ("orders", "columns"): 4,
        ("orders", "engine"): 10,
        ("orders", "unique"): 6,
        ("events", "exists"): 11,
    }
    assert checks["orders", "columns"].options == {"id": "String"}
    assert checks["orders", "unique"].options == ["id"]
    assert checks["orders", "unique"].modifiers == {"final": False}
    assert checks["events", "exists"].options is True
