"""The way to a server: real HTTP and TLS, accounts, time limits, and a server that goes away."""

import ssl
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.model.json import Json
from contracts_runner.model.proxies import Proxies, parse_proxy
from contracts_runner.model.warehouse_beside import QueryLimits
from contracts_runner.warehouse import client
from contracts_runner.warehouse.client import Warehouse, connect
from contracts_runner.warehouse.errors import WarehouseQueryError, WarehouseUnavailable
from helpers.proxies import serve_proxy
from helpers.servers import find_closed_port
from helpers.warehouse_desk import Desk, FakeSource, collect_rows, make_warehouse_check
from helpers.warehouse_shop import CHECKS, CLEAN, TABLES, build_items

trustme = pytest.importorskip("trustme")
bridge = pytest.importorskip(
    "helpers.clickhouse_bridge", reason="the test server passes queries to the embedded ClickHouse"
)

pytestmark = pytest.mark.usefixtures("engine")
USERS = {"reader": "sesame", "writer": "p@ss/w:rd"}


@pytest.fixture
def start() -> Iterator[Callable[..., Any]]:
    """Return a function that starts a server; all of them end with the test."""
    servers: list[Any] = []

    def start_server(**options: Any) -> Any:
        servers.append(bridge.Bridge(users=USERS, **options))
        return servers[-1]

    yield start_server
    for server in servers:
        server.stop()


@pytest.fixture
def server(start: Callable[..., Any]) -> Any:
    return start()


@pytest.fixture
def authority() -> Any:
    return trustme.CA()


@pytest.fixture
def secure_server(start: Callable[..., Any], authority: Any) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return start(context=context)


@pytest.fixture
def reach() -> Iterator[Callable[..., Warehouse]]:
    """Return a function that connects; every connection is closed at the end."""
    opened: list[Warehouse] = []

    def reach_server(dsn: str, **settings: Any) -> Warehouse:
        opened.append(connect(WarehouseSettings(dsn=dsn, **settings)))
        return opened[-1]

    yield reach_server
    for warehouse in opened:
        warehouse.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for an answer one second only."""
    monkeypatch.setattr(client, "RESPONSE_SECONDS", 1)


def test_every_check_gives_the_same_answer_over_http(desk: Desk, server: Any) -> None:
    desk.run(*TABLES, *CLEAN)
    source = FakeSource({"listOrders": build_items()})

    embedded = collect_rows(desk.phase(*CHECKS), source)
    remote = collect_rows(desk.phase(*CHECKS, dsn=server.dsn()), source)

    assert remote == embedded
    assert {row["outcome"] for row in remote} == {"passed"}


def test_password_with_special_characters_is_sent_as_it_is(server: Any, reach: Callable[..., Warehouse]) -> None:
    warehouse = reach(server.dsn("writer", "p%40ss%2Fw%3Ard"))

    assert warehouse.query("SELECT 1") == [(1,)]


@pytest.mark.parametrize(("named", "database"), [("default", "shop"), ("zakaz", "zakaz")])
def test_database_of_the_dsn_is_used_where_the_environment_names_none(
    server: Any, reach: Callable[..., Warehouse], named: str, database: str
) -> None:
    warehouse = reach(f"{server.dsn()}/shop", database=named)

    assert warehouse.database == database


def test_wrong_password_says_so_and_does_not_repeat_it(server: Any) -> None:
    with pytest.raises(WarehouseUnavailable) as caught:
        connect(WarehouseSettings(dsn=server.dsn(password="open-up")))

    assert str(caught.value) == "ClickHouse does not accept the account (user name or password)"


def test_words_of_the_server_come_without_its_address(server: Any, reach: Callable[..., Warehouse]) -> None:
    warehouse = reach(server.dsn())

    with pytest.raises(WarehouseQueryError) as caught:
        warehouse.query("SELECT nope")

    assert str(caught.value).startswith("Code: 47. DB::Exception: Unknown expression identifier `nope`")
    assert str(server.port) not in str(caught.value)


def test_every_query_of_ours_is_read_only_and_limited(server: Any, reach: Callable[..., Warehouse]) -> None:
    warehouse = reach(server.dsn())

    warehouse.query("SELECT 1")

    sent = server.requests[-1]
    assert {name: sent[name] for name in ("readonly", "max_execution_time", "max_rows_to_read", "max_result_rows")} == {
        "readonly": "1",
        "max_execution_time": "60",
        "max_rows_to_read": "500000000",
        "max_result_rows": "200000",
    }
    with pytest.raises(WarehouseQueryError, match="READONLY"):
        warehouse.query("CREATE DATABASE other")


def test_account_that_may_change_no_setting_and_has_our_limits_is_not_asked_to(
    server: Any, reach: Callable[..., Warehouse]
) -> None:
    server.locked = {
        "max_execution_time": "30",
        "max_rows_to_read": "500000000",
        "max_result_rows": "200000",
        "readonly": "1",
    }

    warehouse = reach(server.dsn())

    assert warehouse.query("SELECT 1") == [(1,)]
    assert "join_use_nulls" not in server.requests[-1]


@pytest.mark.parametrize(
    ("locked", "words"),
    [
        ({}, "max_rows_to_read (0, must be 500000000)"),
        ({"max_rows_to_read": "600000000"}, "max_rows_to_read (600000000, must be 500000000)"),
        ({"join_use_nulls": "1"}, "join_use_nulls (1, must be 0)"),
    ],
)
def test_account_that_may_change_no_setting_and_needs_one_is_told_so(
    server: Any, locked: dict[str, str], words: str
) -> None:
    server.locked = {**locked, "readonly": "1"}

    with pytest.raises(WarehouseUnavailable) as caught:
        connect(WarehouseSettings(dsn=server.dsn()))

    assert str(caught.value).startswith("the account may not change settings that it needs: ")
    assert words in str(caught.value)


# For each family of settings one that a profile could use to turn a verdict, and tables that show it.
PROFILES = {
    "limit": {"limit": "1"},
    "additional_table_filters": {"additional_table_filters": "{'PROFILES.orders': 'id != 3'}"},
    "group_by_overflow_mode": {"max_rows_to_group_by": "1", "group_by_overflow_mode": "any"},
    "set_overflow_mode": {"max_rows_in_set": "1", "set_overflow_mode": "break"},
    "join_overflow_mode": {"max_rows_in_join": "1", "join_overflow_mode": "break"},
    "distinct_overflow_mode": {"max_rows_in_distinct": "1", "distinct_overflow_mode": "break"},
    "read_overflow_mode": {"max_rows_to_read": "1", "read_overflow_mode": "break"},
    "result_overflow_mode": {"max_result_rows": "1", "result_overflow_mode": "break"},
    "sort_overflow_mode": {"max_rows_to_sort": "1", "sort_overflow_mode": "break"},
    "final": {"final": "1"},
    "nulls": {"join_use_nulls": "1", "transform_null_in": "1", "group_by_use_nulls": "1"},
    "aggregates of nothing": {
        "aggregate_functions_null_for_empty": "1",
        "empty_result_for_aggregation_by_empty_set": "1",
    },
    "session_timezone": {"session_timezone": "America/New_York"},
    "date_time_output_format": {"date_time_output_format": "unix_timestamp"},
    "date_time_input_format": {"date_time_input_format": "best_effort_us"},
    "booleans": {"bool_true_representation": "Y", "bool_false_representation": "N"},
    "decimals": {"output_format_decimal_trailing_zeros": "1"},
    "JSON": {"output_format_json_quote_64bit_integers": "1", "output_format_json_named_tuples_as_objects": "0"},
    "joins": {"join_default_strictness": "ANY", "any_join_distinct_right_table_keys": "1"},
    "names": {"prefer_column_name_to_alias": "1"},
    "deleted rows": {"apply_deleted_mask": "0"},
    "row overflow of a SELECT": {"max_rows_to_read_leaf": "1", "read_overflow_mode_leaf": "break"},
}
PROFILE_CHECKS: tuple[tuple[str, Json, dict[str, Json]], ...] = (
    ("row_count", {"min": 3, "max": 3}, {}),
    ("unique", ["id"], {}),
    ("unique", ["city"], {}),
    ("unique", ["id"], {"final": False}),
    ("not_null", ["city"], {}),
    ("accepted", {"column": "is_paid", "values": [True, False]}, {}),
    ("accepted", {"column": "is_paid", "values": [True]}, {}),
    ("range", {"column": "at", "min": "2026-11-20T09:00:00Z", "max": "2026-11-20"}, {}),
    ("range", {"column": "price", "max": 2}, {}),
    ("matches", {"column": "price", "pattern": "^[0-9.]*[1-9]$"}, {}),
    ("freshness", {"column": "at", "within": "3h"}, {}),
    ("freshness", {"column": "plain", "within": "3h"}, {}),
    ("references", {"column": "id", "table": "parts", "key": "id"}, {}),
    ("references", {"column": "city", "table": "parts", "key": "city"}, {}),
    ("sum_equals", {"column": "price", "table": "parts", "value": "price", "by": "id"}, {}),
    ("no_raw_pii", ["city"], {}),
)


@pytest.mark.parametrize("locked", [{"offset": "1"}, {"additional_result_filter": "0"}])
def test_a_profile_that_hides_the_first_answer_is_told_in_words(server: Any, locked: dict[str, str]) -> None:
    server.locked = locked

    with pytest.raises(WarehouseUnavailable, match=r"a setting of the account \(offset, a filter\) hides it"):
        connect(WarehouseSettings(dsn=server.dsn()))


@pytest.mark.thorough
@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_does_not_turn_a_verdict(desk: Desk, server: Any, name: str) -> None:
    desk.run(
        "CREATE TABLE DB.orders (id UInt64, city Nullable(String), is_paid Bool, price Decimal(18, 2), "
        "at DateTime64(3, 'UTC'), plain DateTime, tags Tuple(a UInt64, b String), doc JSON) "
        "ENGINE = ReplacingMergeTree ORDER BY (id, price)",
        "SYSTEM STOP MERGES DB.orders",
        *(
            f"INSERT INTO DB.orders SELECT {number}, {city}, {number} % 2, {number}.5, "
            "'2026-11-20 10:00:00', toDateTime('2026-11-20 10:00:00', 'UTC'), (1, 'x'), '{\"n\": 5}'"
            for number, city in ((1, "'a'"), (1, "'a'"), (2, "NULL"), (3, "'a'"))
        ),
        "CREATE TABLE DB.deleted (id UInt64) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO DB.deleted VALUES (1), (2)",
        "DELETE FROM DB.deleted WHERE id = 2",
        "CREATE TABLE DB.parts (id String, city Nullable(String), price Decimal(18, 4)) ENGINE = Memory",
        "INSERT INTO DB.parts VALUES ('1', 'a', 1.5), ('2', NULL, 2.5), ('9', 'b', 3.5)",
    )
    items = [
        {"id": number, "paid": number % 2 == 1, "price": number + 0.5, "at": "2026-11-20T10:00:00Z", "plain":
         "2026-11-20T10:00:00Z", "city": city, "tags": {"a": 1, "b": "x"}, "doc": {"n": 5}}
        for number, city in ((1, "a"), (2, None), (4, "a"))
    ]  # fmt: skip
    asking: dict[str, Json] = {"operation": "listOrders", "rows": "$.data[*]", "key": "$.id", "column": "id"}
    compare: dict[str, Json] = {column: f"$.{column}" for column in ("price", "at", "plain", "city", "tags", "doc")} | {
        "is_paid": "$.paid"
    }
    checks = [
        *(make_warehouse_check(kind, options, **beside) for kind, options, beside in PROFILE_CHECKS),
        make_warehouse_check("row_count", {"max": 1}, table="deleted"),
        make_warehouse_check("reconcile", {**asking, "compare": compare}),
        make_warehouse_check(
            "sum_equals",
            {"operation": "listOrders", "rows": "$.data[*]", "column": "price", "value": "$.price", "by": ["id"]},
        ),
    ]
    source = FakeSource({"listOrders": items})
    expected = collect_rows(desk.phase(*checks, dsn=server.dsn()), source)

    server.locked = {key: value.replace("PROFILES", desk.database) for key, value in PROFILES[name].items()}
    rows = collect_rows(desk.phase(*checks, dsn=server.dsn()), source)

    assert rows == expected
    assert {row["outcome"] for row in expected} == {"passed", "failed"}


def test_loader_writes_over_http(desk: Desk, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*, client: Any, database: str, **_: Any) -> dict[str, int]:
        client.command(f"CREATE TABLE {database}.orders (id String) ENGINE = MergeTree ORDER BY id")
        client.insert("orders", [["1"], ["2"]], column_names=["id"], database=database)
        return {"orders": 2}

    module = ModuleType("shop_loader")
    module.load = load  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, "shop_loader", module)
    phase = desk.phase(snapshots=["orders"], dsn=server.dsn(), load="shop_loader:load")

    loaded = phase.load(base_url="http://127.0.0.1:9", credentials={})

    assert (loaded.outcome, loaded.message) == ("passed", "")
    assert phase.snapshot("after").tables == {"orders": 2}


def test_walk_of_many_keys_fits_the_form_fields_of_a_server(desk: Desk, server: Any) -> None:
    desk.run(
        "CREATE TABLE DB.orders (id String) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO DB.orders SELECT toString(number + 1000000) FROM numbers(30000)",
    )
    items = [{"id": number + 1000000} for number in range(30000)]
    options = {"operation": "listOrders", "rows": "$.data[*]", "key": "$.id", "column": "id"}

    phase = desk.phase(make_warehouse_check("reconcile", options), dsn=server.dsn())
    row = collect_rows(phase, FakeSource({"listOrders": items}))[0]

    assert (row["outcome"], row["actual"]["matched"]) == ("passed", 30000)


def test_certificate_of_a_known_authority_is_accepted(
    secure_server: Any, authority: Any, reach: Callable[..., Warehouse], tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")

    warehouse = reach(secure_server.dsn(host="localhost"), ca_bundle=tmp_path / "ca.pem")

    assert warehouse.query("SELECT 1") == [(1,)]


def test_certificate_of_an_unknown_authority_is_refused(secure_server: Any) -> None:
    with pytest.raises(WarehouseUnavailable, match="the certificate of the server is not accepted"):
        connect(WarehouseSettings(dsn=secure_server.dsn(host="localhost")))

    assert secure_server.requests == []


def test_certificate_for_another_host_is_refused(secure_server: Any, authority: Any, tmp_path: Path) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")

    with pytest.raises(WarehouseUnavailable, match="the certificate of the server is not accepted"):
        connect(WarehouseSettings(dsn=secure_server.dsn(host="127.0.0.1"), ca_bundle=tmp_path / "ca.pem"))

    assert secure_server.requests == []


def test_plain_http_where_tls_is_expected_is_refused(server: Any) -> None:
    with pytest.raises(
        WarehouseUnavailable, match="no TLS connection: the server speaks none at this port; the DSN needs"
    ):
        connect(WarehouseSettings(dsn=server.dsn().replace("http://", "https://")))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("hang", "no answer in time"),
        ("hang up", "the connection broke"),
        ("bad gateway", "HTTP status 502"),
        ("html", "login page"),
        ("redirect", "HTTP"),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_server_that_does_not_answer_like_clickhouse_is_unavailable(server: Any, fault: str, words: str) -> None:
    server.fault = fault

    with pytest.raises(WarehouseUnavailable) as caught:
        connect(WarehouseSettings(dsn=server.dsn()))

    assert words in str(caught.value)
    assert "sesame" not in str(caught.value)


@pytest.mark.usefixtures("impatient")
def test_redirect_of_a_query_is_not_followed(server: Any, reach: Callable[..., Warehouse]) -> None:
    warehouse = reach(server.dsn())
    server.fault = "redirect"
    before = len(server.requests)

    with pytest.raises(WarehouseUnavailable):
        warehouse.query("SELECT 1")

    assert len(server.requests) == before + 1


def test_answer_that_is_cut_is_asked_for_once_more(server: Any, reach: Callable[..., Warehouse]) -> None:
    warehouse = reach(server.dsn())
    server.fault = "cut once"
    before = len(server.requests)

    assert warehouse.query("SELECT 1") == [(1,)]
    assert len(server.requests) == before + 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("hang", "no answer in time"),
        ("hang up", "the connection broke"),
        ("bad gateway", "502"),
        ("html", "ended unexpectedly"),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_server_that_goes_away_in_the_middle_leaves_what_was_found(
    desk: Desk, server: Any, fault: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    desk.run(*TABLES, *CLEAN)
    phase = desk.phase(*CHECKS[:6], dsn=server.dsn())
    phase.snapshot("before")
    # One request to see that the server is alive, two for its tables and policies, and one that three checks share.
    server.fault_after = len(server.requests) + 4
    server.fault = fault

    rows = collect_rows(phase)

    assert [row["outcome"] for row in rows] == ["passed"] * 3 + ["errored"] * 3
    assert all(words in row["message"] for row in rows[3:])
    # The client repeats a read once when the server hangs up: that is how a kept-alive connection ends.
    assert len(server.requests) <= server.fault_after + 2
    assert capfd.readouterr().err == ""


def test_server_that_is_gone_between_the_stages_makes_every_check_errored(
    desk: Desk, start: Callable[..., Any]
) -> None:
    desk.run(*TABLES, *CLEAN)
    server = start()
    phase = desk.phase(*CHECKS, snapshots=["orders"], dsn=server.dsn())
    before = phase.snapshot("before")
    server.fault = "hang up"

    after = phase.snapshot("after")
    rows = collect_rows(phase)

    assert before.tables == {"orders": 3}
    assert (after.tables, after.note) == ({}, "the connection broke: Remote end closed connection without response")
    assert {(row["outcome"], row["message"]) for row in rows} == {("errored", after.note)}


@pytest.mark.parametrize("is_secure", [False, True])
def test_a_server_is_reached_through_the_proxy_of_the_environment(
    start: Callable[..., Any], authority: Any, reach: Callable[..., Warehouse], tmp_path: Path, is_secure: bool
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    server = start(context=context if is_secure else None)

    with serve_proxy(credentials="u:pw") as proxy:
        proxies = Proxies(fixed=parse_proxy(proxy.base_url.replace("://", "://u:pw@")))
        ca_bundle = tmp_path / "ca.pem" if is_secure else None
        warehouse = reach(server.dsn(host="localhost"), proxies=proxies, ca_bundle=ca_bundle)

        assert warehouse.query("SELECT 1") == [(1,)]

    assert {request.split(b" ")[0] for request in proxy.requests} == {b"CONNECT" if is_secure else b"POST"}


def test_a_proxy_of_the_process_holds_except_for_no_proxy(
    server: Any, reach: Callable[..., Warehouse], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver's own look-up knows no networks: it is not asked."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    proxies = Proxies(variables={"http_proxy": "http://127.0.0.1:9", "no_proxy": "127.0.0.0/8"})

    assert reach(server.dsn(), proxies=proxies).query("SELECT 1") == [(1,)]


def test_a_proxy_that_is_not_there_is_named() -> None:
    port = find_closed_port()

    with pytest.raises(WarehouseUnavailable) as caught:
        connect(
            WarehouseSettings(
                dsn="http://reader:sesame@shop.example.test:8123",
                proxies=Proxies(fixed=parse_proxy(f"http://u:secret-1@127.0.0.1:{port}")),
            )
        )

    assert str(caught.value) == f"connection refused, through the proxy 127.0.0.1:{port}"


def test_the_bounds_of_a_query_and_a_select_of_the_author_go_over_http(server: Any) -> None:
    warehouse = connect(WarehouseSettings(dsn=server.dsn()))

    lines = warehouse.query_lines("SELECT currentDatabase() AS a, 'Казань' AS b", database="system")
    assert lines == ['{"a":"system","b":"Казань"}'.encode()]
    with pytest.raises(WarehouseQueryError, match="met its bound `groups: 2`"):
        warehouse.query("SELECT number FROM numbers(3)", limits=QueryLimits(groups=2))
    assert len(warehouse.query("SELECT number FROM numbers(3)")) == 3

    warehouse.close()
