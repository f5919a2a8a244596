"""The warehouse phase: proves that ClickHouse holds what the API said (docs/design.md, Warehouse contract).

The only package that imports clickhouse_connect, and only when a connection is made: importing this one is cheap.
"""

from contracts_runner.warehouse.account import Account
from contracts_runner.warehouse.checks.context import PageSource
from contracts_runner.warehouse.client import Warehouse, connect
from contracts_runner.warehouse.errors import WarehouseQueryError, WarehouseUnavailable
from contracts_runner.warehouse.phase import WarehousePhase

__all__ = [
    "Account",
    "PageSource",
    "Warehouse",
    "WarehousePhase",
    "WarehouseQueryError",
    "WarehouseUnavailable",
    "connect",
]
