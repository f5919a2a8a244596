"""Twins that are served for one test and stopped after it; an embedded ClickHouse with a database for each test."""

import importlib.util
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from helpers.qtickets.loader import Desk, Loaded
from helpers.qtickets.twin import Servers, Twin
from qtickets_sandbox.credentials import PARTNER_KEY_P, REST_TOKEN_A

_numbers = itertools.count(1)
_CREDENTIALS = {"restToken": REST_TOKEN_A, "partnerKey": PARTNER_KEY_P}


@pytest.fixture
def serve() -> Iterator[Callable[..., Twin]]:
    """Give a function that serves a twin with the given options of create_app."""
    servers = Servers()
    yield servers.start
    servers.stop()


@pytest.fixture
def twin(serve: Callable[..., Twin]) -> Twin:
    """Serve a twin with all defaults."""
    return serve()


@pytest.fixture(scope="session")
def engine() -> Iterator[Any]:
    """Keep the engine of this process open; there is one, and it forgets everything when its last client closes."""
    if importlib.util.find_spec("chdb") is None:
        pytest.skip("no embedded ClickHouse on this platform: there is no chdb-core for it")
    import clickhouse_connect

    client = clickhouse_connect.get_client(dsn="chdb://memory")
    yield client
    client.close()


@pytest.fixture
def desk(engine: Any) -> Iterator[Desk]:
    """Give a database that is not there yet."""
    desk = Desk(engine, f"twin_{next(_numbers)}", _CREDENTIALS)
    yield desk
    engine.command(f"DROP DATABASE IF EXISTS {desk.database} SYNC")


@pytest.fixture(scope="session")
def loaded(engine: Any) -> Iterator[Loaded]:
    """Give a twin and its database after one correct load; to be read only."""
    servers = Servers()
    loaded = Loaded(Desk(engine, "twin_loaded", _CREDENTIALS), servers.start())
    loaded.desk.load(loaded.twin)
    yield loaded
    engine.command("DROP DATABASE twin_loaded SYNC")
    servers.stop()
