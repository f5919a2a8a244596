"""Several warehouses in one run: each is prepared, loaded, counted and checked for itself."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from contracts_runner.errors import SourceLocation
from contracts_runner.model.environment import Environment, WarehouseSettings
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.warehouse import WarehouseContract
from contracts_runner.results.events import Event, WarehouseCheckFinished
from contracts_runner.results.rows import Moment
from contracts_runner.warehouse.warehouses import Warehouses
from helpers.warehouse_desk import NOW, Desk, make_redactor, make_warehouse_check, make_warehouse_contract


def fill(*, client: Any, database: str, **_: Any) -> Mapping[str, int]:
    client.command(f"INSERT INTO {database}.orders VALUES (2), (3)")
    return {"orders": 2}


def break_off(**_: Any) -> None:
    raise RuntimeError("no source")


@pytest.fixture
def several(desk: Desk) -> Iterator[Desk]:
    """Give two databases with a table each, of one row."""
    desk.run(
        f"CREATE DATABASE {desk.database}_mart",
        *(f"CREATE TABLE {base}.orders (id UInt8) ENGINE = MergeTree ORDER BY id" for base in bases(desk)),
        *(f"INSERT INTO {base}.orders VALUES (1)" for base in bases(desk)),
    )
    yield desk
    desk.run(f"DROP DATABASE {desk.database}_mart")


def make_environment(desk: Desk, **settings: WarehouseSettings) -> Environment:
    named = {
        name: replace(each, database=base) for (name, each), base in zip(settings.items(), bases(desk), strict=True)
    }
    return Environment(name="here", base_url=None, warehouses=named, location=SourceLocation("contracts.yaml", 1))


def bases(desk: Desk) -> list[str]:
    return [desk.database, f"{desk.database}_mart"]


def make_contract(name: str) -> WarehouseContract:
    check = replace(make_warehouse_check("delta", {"min": 2}, id=f"W.{name}"), warehouse=name)
    return replace(make_warehouse_contract(check, snapshots=["orders"]), name=name)


def make_warehouses(desk: Desk, load: str = "fill") -> Warehouses:
    loaders = (f"{__name__}:fill", f"{__name__}:{load}")
    main, mart = (WarehouseSettings(dsn="chdb://memory", load=loader) for loader in loaders)
    return Warehouses(
        make_environment(desk, main=main, mart=mart),
        [make_contract("main"), make_contract("mart")],
        redactor=make_redactor(),
        clock=lambda: NOW,
    )


def verify(warehouses: Warehouses) -> dict[str, tuple[Json, str]]:
    events: list[Event] = []
    warehouses.verify(events.append, {})
    rows = [event.row for event in events if isinstance(event, WarehouseCheckFinished)]
    return {row.id: (row.warehouse, row.outcome) for row in rows}


def test_each_is_loaded_counted_and_checked(several: Desk) -> None:
    with make_warehouses(several) as warehouses:
        before = warehouses.snapshot(Moment.BEFORE)
        loaded = warehouses.load(base_url="", credentials={})
        after = warehouses.snapshot(Moment.AFTER)
        rows = verify(warehouses)

    assert (before.tables, before.note) == ({"main: orders": 1, "mart: orders": 1}, "")
    assert (loaded.outcome, loaded.rows) == (Outcome.PASSED, {"main: orders": 2, "mart: orders": 2})
    assert after.tables == {"main: orders": 3, "mart: orders": 3}
    assert rows == {"W.main": ("main", Outcome.PASSED), "W.mart": ("mart", Outcome.PASSED)}


def test_a_loader_that_fails_blocks_the_checks_of_its_own_warehouse(several: Desk) -> None:
    with make_warehouses(several, load="break_off") as warehouses:
        warehouses.snapshot(Moment.BEFORE)
        loaded = warehouses.load(base_url="", credentials={})
        rows = verify(warehouses)

    assert loaded.outcome is Outcome.ERRORED
    assert loaded.message.startswith("mart: ")
    assert rows == {"W.main": ("main", Outcome.PASSED), "W.mart": ("mart", Outcome.BLOCKED)}


def test_the_counts_of_a_run_that_goes_on_are_those_of_each(several: Desk) -> None:
    with make_warehouses(several) as warehouses:
        warehouses.recall_before({"main: orders": 0, "mart: orders": 1})
        warehouses.phases["main"].load(base_url="", credentials={})
        rows = verify(warehouses)

    assert rows == {"W.main": ("main", Outcome.PASSED), "W.mart": ("mart", Outcome.FAILED)}


@pytest.mark.parametrize("name", ["", "mart", "main"])
def test_one_warehouse_holds_the_tables_of_every_contract(desk: Desk, name: str) -> None:
    settings = {"": WarehouseSettings(dsn="chdb://memory", database=desk.database)}
    environment = Environment(
        name="here", base_url=None, warehouses=settings, location=SourceLocation("contracts.yaml", 1)
    )
    desk.run("CREATE TABLE DB.orders (id UInt8) ENGINE = MergeTree ORDER BY id", "INSERT INTO DB.orders VALUES (1)")

    with Warehouses(environment, [make_contract(name)], redactor=make_redactor(), clock=lambda: NOW) as warehouses:
        assert warehouses.snapshot(Moment.BEFORE).tables == {"orders": 1}
        assert warehouses.find_skip_reason(name) == ""


def test_a_warehouse_that_only_other_environments_have_is_not_configured(desk: Desk) -> None:
    settings = {"main": WarehouseSettings(dsn="chdb://memory", database=desk.database)}
    environment = Environment(
        name="here", base_url=None, warehouses=settings, location=SourceLocation("contracts.yaml", 1)
    )
    desk.run("CREATE TABLE DB.orders (id UInt8) ENGINE = MergeTree ORDER BY id")
    contracts = [make_contract("main"), make_contract("other")]

    with Warehouses(environment, contracts, redactor=make_redactor(), clock=lambda: NOW) as warehouses:
        reason = warehouses.find_skip_reason("other")
        rows = verify(warehouses)

    assert reason == "not configured: the environment names no warehouse 'other'"
    assert rows == {"W.main": ("main", Outcome.SKIPPED), "W.other": ("other", Outcome.SKIPPED)}
