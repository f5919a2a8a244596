"""What `contracts verify` prints of tables that hold personal data and text that acts."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.warehouse.client import connect
from helpers.servers import serve_raw

if importlib.util.find_spec("chdb") is None:
    pytest.skip("no embedded ClickHouse on this platform: there is no chdb-core for it", allow_module_level=True)

from helpers.clickhouse_bridge import Bridge
from helpers.command import COLD, run_contracts
from helpers.printed_text import ACTING, PERSON, answer_person, check_printed, write_project
from helpers.varied import vary

CHECKS = [
    {"reconcile": {"operation": "listPeople", "rows": "$.data[*]", "key": "$.email", "column": "email"}},
    {
        "reconcile": {
            "operation": "listPeople",
            "rows": "$.data[*]",
            "key": "$.note",
            "column": "note",
            "compare": {"email": "$.phone", "phone": "$.card"},
        }
    },
    {"sum_equals": {"column": "total", "operation": "listPeople", "rows": "$.data[*]", "value": "$.phone"}},
    {"accepted": {"column": "email", "values": ["none"]}},
    {"accepted": {"column": "note", "values": ["none"]}},
    {"matches": {"column": "phone", "pattern": "^$"}},
    {"matches": {"column": "card", "pattern": "^$"}},
    {"unique": ["email"]},
    {"references": {"column": "email", "table": "people", "key": "note"}},
    {"no_raw_pii": ["email", "phone", "card", "note"]},
]


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    engine = connect(WarehouseSettings(dsn="chdb://memory"))
    row = [PERSON["email"], PERSON["phone"], PERSON["card"], f"{ACTING} {PERSON['email']}", 1]
    values = ", ".join(json.dumps(value, ensure_ascii=False).replace('"', "'") for value in row)
    for statement in (
        "CREATE DATABASE printed",
        "CREATE TABLE printed.people (email String, phone String, card String, note String, total UInt8)"
        " ENGINE = MergeTree ORDER BY email",
        f"INSERT INTO printed.people VALUES ({values}), ({values})",
    ):
        engine.raw_client.command(statement)
    yield
    engine.raw_client.command("DROP DATABASE printed SYNC")
    engine.close()


@pytest.mark.parametrize("mode", vary(["full", "hash", "partial"], everywhere="full"))
def test_nothing_of_a_row_is_printed_raw(tmp_path: Path, mode: str) -> None:
    checks = [{"id": f"W.{number}", **check} for number, check in enumerate(CHECKS, start=1)]
    contract = {"warehouse": "people", "tables": {"people": {"checks": checks}}}
    server = Bridge(users={"reader": "open-up"})
    try:
        with serve_raw(answer_person) as api:
            write_project(tmp_path / "p", api.base_url, mode, server.dsn("reader", "open-up"))
            settings = tmp_path / "p" / "contracts.yaml"
            text = settings.read_text(encoding="utf-8").replace("database: people", "database: printed")
            settings.write_text(text, encoding="utf-8")
            (tmp_path / "p" / "contracts" / "warehouse.yaml").write_text(json.dumps(contract), encoding="utf-8")
            done = run_contracts("verify", "--output", "out", cwd=tmp_path / "p", **COLD)
    finally:
        server.release.set()
        server.stop()

    check_printed(done)
    assert "leak:" not in done.stderr
    failed = [row for row in done.results["warehouse"]["checks"] if row["outcome"] == "failed"]
    assert len(failed) >= 7, done.stdout
