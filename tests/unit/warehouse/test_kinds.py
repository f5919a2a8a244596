"""Every kind of check that the file format has: its declaration, its class, its function, its example."""

from typing import get_args

import pytest

from contracts_runner.model.warehouse import WarehouseContract
from contracts_runner.model.warehouse_kinds import CheckKind
from contracts_runner.project.contract.warehouse_contracts import KINDS, read_warehouse_contract
from contracts_runner.reading.forms import Reading
from contracts_runner.reading.yaml_source import load_yaml, parse_yaml
from helpers.command import REPOSITORY
from helpers.warehouse_desk import Desk, FakeSource, collect_rows

EXAMPLES = REPOSITORY / "tests/acceptance/contracts/valid"
TABLES = (
    """CREATE TABLE DB.stg_orders (
        _dedup_key String, order_id String, city LowCardinality(String), sale_ts DateTime, revenue Float64,
        payload_json String, line String, status String, kind String, price Float64, at Nullable(DateTime), day Date)
    ENGINE = ReplacingMergeTree ORDER BY _dedup_key""",
    "CREATE DATABASE IF NOT EXISTS geo",
    "CREATE TABLE IF NOT EXISTS geo.dim_city (name String) ENGINE = Memory",
    "CREATE DATABASE IF NOT EXISTS mart",
    "CREATE TABLE IF NOT EXISTS mart.dim_city (name String) ENGINE = Memory",
    "CREATE TABLE IF NOT EXISTS mart.fact_sales (city String, revenue Float64) ENGINE = Memory",
    "CREATE TABLE DB.dim_city (name String) ENGINE = Memory",
    "CREATE TABLE DB.fact_sales (city String, revenue Float64) ENGINE = Memory",
    """CREATE TABLE DB.meta_job_runs (job String, started_at DateTime, finished_at DateTime, status String)
    ENGINE = Memory""",
)


NOTHING = {
    "no rows to look at",
    "no earlier complete run of this environment has a figure of this check: nothing to compare with",
}


@pytest.fixture(scope="module")
def contract() -> WarehouseContract:
    """The example file of every check."""
    contract, problems = read_warehouse_contract(load_yaml(EXAMPLES / "warehouse.yaml", EXAMPLES), EXAMPLES)
    assert contract is not None
    assert problems == []
    return contract


@pytest.mark.parametrize("word", KINDS)
def test_a_kind_is_described_in_a_sentence_and_its_example_is_read(word: str) -> None:
    reading = Reading(parse_yaml(KINDS[word].example, "example.yaml"))

    kind = KINDS[word].reader.read(reading.start())

    assert KINDS[word].text.endswith(".")
    assert isinstance(kind, get_args(CheckKind))
    assert reading.problems == []


def test_the_example_file_has_every_kind_and_every_class(contract: WarehouseContract) -> None:
    assert {check.word for check in contract.checks} == set(KINDS)
    assert {type(check.kind) for check in contract.checks} == set(get_args(CheckKind))


def test_every_kind_is_judged_under_its_word_and_shows_what_its_author_wrote(
    contract: WarehouseContract, desk: Desk
) -> None:
    desk.run(*TABLES)
    phase = desk.phase(*contract.checks)
    phase.snapshot("before")

    rows = collect_rows(phase, FakeSource({"listOrders": [], "getOrder": []}))

    assert [row["check"] for row in rows] == [check.word for check in contract.checks]
    assert [row for row in rows if row["outcome"] not in ("passed", "failed", "skipped")] == []
    assert {row["message"].partition(";")[0] for row in rows if row["outcome"] == "skipped"} <= NOTHING
    shown = {row["check"]: row["expected"] for row in rows if row["id"] in ("W.10", "W.15", "W.18")}
    assert shown == {check.word: check.expected for check in contract.checks if check.id in ("W.10", "W.15", "W.18")}
