"""A real embedded ClickHouse for the whole session, and an own database for each test."""

import importlib.util
import itertools
from collections.abc import Iterator

import pytest
from warehouse_tools import Desk

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.warehouse import Warehouse, connect

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def engine() -> Iterator[Warehouse]:
    """Keep the engine of this process open; there is one, and it forgets everything when its last client closes."""
    if importlib.util.find_spec("chdb") is None:
        pytest.skip("no embedded ClickHouse on this platform: there is no chdb-core for it")
    warehouse = connect(WarehouseSettings(dsn="chdb://memory"))
    yield warehouse
    warehouse.close()


@pytest.fixture
def desk(engine: Warehouse) -> Iterator[Desk]:
    """Give an empty database and what a test does with it."""
    database = f"test_{next(_numbers)}"
    engine.raw_client.command(f"CREATE DATABASE {database}")
    desk = Desk(client=engine.raw_client, database=database)
    yield desk
    desk.close()
    engine.raw_client.command(f"DROP DATABASE {database}")
