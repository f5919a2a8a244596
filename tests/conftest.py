"""What the whole suite shares: the settings of Hypothesis, the library's spec, an embedded ClickHouse."""

import importlib.util
import itertools
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.openapi.spec import Spec
from contracts_runner.warehouse.client import Warehouse, connect
from helpers.property_runs import load_library
from helpers.warehouse_desk import Desk

# No deadlines: speed is measured in benchmarks only. A run of the suite finds what the one before it found; what is
# random is looked for by `tox -e fuzz`, whose findings become examples or tests.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("quick", settings.get_profile("ci"), max_examples=20)
settings.register_profile("fuzz", deadline=None, derandomize=False, print_blob=True, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# A shell starts what is in its background with signals that are ignored, and so would be all processes of the tests.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
for _name in {"SIGHUP", "SIGQUIT"} & signal.Signals.__members__.keys():
    if signal.getsignal(signal.Signals[_name]) is signal.SIG_IGN:
        signal.signal(signal.Signals[_name], signal.SIG_DFL)

_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep documents in a folder of this run, for all processes that tests start."""
    os.environ["CONTRACTS_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    """The spec of the library, on which requests are generated."""
    return load_library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for Hypothesis's tables."""
    return tmp_path_factory.mktemp("hypothesis")


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
