"""A warehouse contract file becomes typed checks."""

from contracts_runner.model.warehouse import WarehouseContract
from contracts_runner.model.warehouse_kinds import Columns, Engine, Exists, Unique
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

    assert (contract.spec, list(contract.tables), contract.snapshots) == (
        "shop",
        ["orders", "events"],
        ("stg_*", "orders"),
    )


def test_the_existence_of_a_table_is_checked_first_whether_stated_or_not() -> None:
    kinds = [(check.table, check.kind, check.id) for check in read(TEXT).checks]

    assert kinds == [
        ("orders", Exists(), "W.2"),
        ("orders", Columns(types={"id": "String"}), None),
        ("orders", Engine(names=("MergeTree",)), None),
        ("orders", Unique(columns=("id",)), "W.1"),
        ("events", Exists(), None),
    ]


def test_each_check_knows_its_place_and_its_written_form() -> None:
    checks = {check.name: check for check in read(TEXT).checks}

    assert {name: (check.location.line, check.is_final, check.written) for name, check in checks.items()} == {
        "W.2": (9, True, {"exists": True}),
        "orders:columns": (4, True, {"columns": {"id": "String"}}),
        "orders:engine": (10, True, {"engine": "MergeTree"}),
        "W.1": (6, False, {"unique": ["id"], "final": False}),
        "events:exists": (11, True, {"exists": True}),
    }
    assert checks["W.1"].expected == ["id"]
