"""What `contracts doctor` says of the account of a ClickHouse server."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.warehouse.settings import QUERY_LIMITS
from helpers.command import COLD, run_contracts
from helpers.servers import always, answer, find_closed_port, serve_raw
from helpers.shop import write_project

if importlib.util.find_spec("chdb") is None:
    pytest.skip("no embedded ClickHouse on this platform: there is no chdb-core for it", allow_module_level=True)

from helpers.clickhouse_bridge import Bridge

GRANT = "GRANT SELECT ON `sales`.* TO `contracts_ro`;"


@pytest.fixture
def server() -> Iterator[Bridge]:
    server = Bridge(users={"reader": "sesame"})
    server.told = {"sales": "default"}  # a database that is there
    yield server
    server.stop()


def examine(folder: Path, dsn: str, *arguments: str, **environ: str) -> Any:
    with serve_raw(always(answer())) as api:
        settings = "warehouse: {dsn: $CLICKHOUSE_DSN, database: sales}"
        write_project(
            folder,
            '[{id: "1", title: A, steps: [{name: a, operation: listThings}]}]',
            base_url=api.base_url,
            more_settings=settings,
        )
        return run_contracts("doctor", *arguments, cwd=folder, CLICKHOUSE_DSN=dsn, **environ)


def find_findings(folder: Path, dsn: str) -> dict[str, Any]:
    found = json.loads(examine(folder, dsn, "--format", "json").stdout)["findings"]
    return {finding["name"]: finding for finding in found if finding["name"].startswith("ClickHouse")}


def test_an_account_that_may_write_is_named_with_its_rights(tmp_path: Path, server: Bridge) -> None:
    found = find_findings(tmp_path, server.dsn())

    assert found["ClickHouse account"]["status"] == "info"
    assert "INSERT ON *.*" in found["ClickHouse account"]["detail"]


def test_a_read_only_account_is_fine(tmp_path: Path, server: Bridge) -> None:
    server.locked = {**QUERY_LIMITS, "readonly": "1"}

    found = find_findings(tmp_path, server.dsn())

    assert found["ClickHouse account"]["status"] == "ok"
    assert found["ClickHouse account"]["detail"] == "it is read-only"
    told = "the account may not change them, so the server answers for max_rows_to_read = "
    assert found["ClickHouse settings"]["detail"].startswith(told)


def test_a_run_tells_once_which_settings_are_those_of_the_server(tmp_path: Path, server: Bridge) -> None:
    server.locked = {**QUERY_LIMITS, "readonly": "1"}
    examine(tmp_path, server.dsn())
    (tmp_path / "contracts" / "tables.yaml").write_text(
        "warehouse: things\ntables: {orders: {checks: [{id: W.1, row_count: {min: 0}}]}}\n", encoding="utf-8"
    )

    done = run_contracts("verify", "--output", "out", cwd=tmp_path, CLICKHOUSE_DSN=server.dsn())

    [told] = [finding for finding in done.results["environment"] if finding["name"] == "ClickHouse settings"]
    assert told["detail"].startswith("the account may not change them, so the server answers for max_rows_to_read = ")


def test_a_missing_database_is_told_and_the_account_is_examined(tmp_path: Path, server: Bridge) -> None:
    server.told = {}

    found = find_findings(tmp_path, server.dsn())

    assert (found["ClickHouse"]["value"], found["ClickHouse"]["status"]) == ("not usable", "problem")
    assert found["ClickHouse"]["detail"].startswith("there is no database sales, or the account may not see it; ")
    assert "INSERT ON *.*" in found["ClickHouse account"]["detail"]


def test_a_read_only_account_without_our_limits_is_told_what_it_needs(tmp_path: Path, server: Bridge) -> None:
    server.locked = {"readonly": "1"}

    found = find_findings(tmp_path, server.dsn())

    assert "max_rows_to_read (0, must be 500000000)" in json.dumps(found)


def test_the_statements_of_a_least_account_are_shown_in_lines_to_copy(tmp_path: Path, server: Bridge) -> None:
    done = examine(tmp_path, server.dsn(), **COLD)

    assert done.code == 0, done.stderr
    assert GRANT in done.stdout.splitlines()


def test_they_are_shown_for_a_server_that_lets_nobody_in_too(tmp_path: Path) -> None:
    found = find_findings(tmp_path, f"http://reader:open-up@127.0.0.1:{find_closed_port()}")

    assert found["ClickHouse account"]["detail"] == "connection refused"
    assert GRANT in found["ClickHouse statements"]["value"]
    assert "open-up" not in json.dumps(found)


def test_an_embedded_engine_has_no_account(tmp_path: Path) -> None:
    assert list(find_findings(tmp_path, "chdb://memory")) == ["ClickHouse"]


def test_what_is_not_configured_is_not_called_usable(tmp_path: Path) -> None:
    (finding,) = find_findings(tmp_path, "").values()

    assert finding["value"] == "not configured: $CLICKHOUSE_DSN is not set"
    assert finding["status"] == "info"
