"""The checks of the values of columns, keys among them."""

import pytest

from helpers.warehouse_desk import Desk, make_warehouse_check

REPLACING = (
    "CREATE TABLE DB.orders (id String, part Nullable(String), _ver UInt64) "
    "ENGINE = ReplacingMergeTree(_ver) ORDER BY (id, _ver)"
)


@pytest.fixture
def table(desk: Desk) -> Desk:
    desk.run(
        """CREATE TABLE DB.orders (
            id UInt64, name Nullable(String), code FixedString(4), state LowCardinality(Nullable(String)),
            price Decimal(18, 2), rate Nullable(Float64), day Date, at DateTime, is_paid Bool,
            kind Enum8('a' = 1, 'b' = 2))
        ENGINE = MergeTree ORDER BY id""",
        """INSERT INTO DB.orders VALUES
        (1, 'x', 'abcd', 'ok', 1.5, 0.1, '2026-01-01', '2026-01-01 10:00:00', true, 'a'),
        (2, NULL, '', NULL, 100, NULL, '2026-12-31', '2026-12-31 10:00:00', false, 'b')""",
    )
    return desk


@pytest.mark.parametrize(
    ("columns", "empty"),
    [
        (["id"], {"id": 0}),
        (["name"], {"name": 1}),
        (["code"], {"code": 1}),
        (["id", "state", "rate"], {"id": 0, "state": 1, "rate": 1}),
        (["price", "day", "at", "is_paid", "kind"], {"price": 0, "day": 0, "at": 0, "is_paid": 0, "kind": 0}),
    ],
)
def test_not_null_counts_null_and_the_empty_string(table: Desk, columns: list[str], empty: dict[str, int]) -> None:
    row = table.verify_one("not_null", columns)

    assert row["actual"] == empty
    assert row["outcome"] == ("failed" if any(empty.values()) else "passed")


@pytest.mark.parametrize(
    ("column", "values", "outcome"),
    [
        ("state", ["ok"], "passed"),
        ("state", ["error"], "failed"),
        ("id", [1, 2, 3], "passed"),
        ("id", ["1", "2"], "passed"),
        ("id", [1], "failed"),
        ("price", [1.5, 100], "passed"),
        ("rate", [0.1], "passed"),
        ("is_paid", [True], "failed"),
        ("is_paid", [True, False], "passed"),
        ("kind", ["a", "b"], "passed"),
        ("day", ["2026-01-01", "2026-12-31"], "passed"),
        ("code", ["abcd"], "failed"),
        ("code", ["abcd", ""], "passed"),
    ],
)
def test_accepted_compares_with_the_list(table: Desk, column: str, values: list[object], outcome: str) -> None:
    row = table.verify_one("accepted", {"column": column, "values": values})

    assert row["outcome"] == outcome


def test_accepted_shows_what_else_is_there(table: Desk) -> None:
    row = table.verify_one("accepted", {"column": "kind", "values": ["a"]})

    assert row["actual"] == {"rows": 2, "wrong": 1, "sample": ["b"]}


@pytest.mark.parametrize(
    ("column", "bounds", "outcome"),
    [
        ("price", {"min": 1.5, "max": 100}, "passed"),
        ("price", {"min": 1.51}, "failed"),
        ("price", {"max": 99.99}, "failed"),
        ("rate", {"min": 0.1, "max": 0.1}, "passed"),
        ("rate", {"min": 1}, "failed"),
        ("id", {"min": 0, "max": 2**63}, "passed"),
        ("day", {"min": "2026-01-01", "max": "2026-12-31"}, "passed"),
        ("day", {"min": "2026-01-02"}, "failed"),
        ("at", {"min": "2026-01-01T10:00:00", "max": "2026-12-31 10:00:00"}, "passed"),
        ("at", {"max": "2026-12-31T09:59:59"}, "failed"),
    ],
)
def test_range_includes_its_bounds(table: Desk, column: str, bounds: dict[str, object], outcome: str) -> None:
    row = table.verify_one("range", {"column": column, **bounds})

    assert row["outcome"] == outcome


def test_range_does_not_take_nan_for_a_number(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (v Float64) ENGINE = Memory", "INSERT INTO DB.orders VALUES (nan)")

    row = desk.verify_one("range", {"column": "v", "min": 0, "max": 1})

    assert row["outcome"] == "failed"


def test_range_of_an_empty_table_shows_no_extremes(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (v Float64) ENGINE = Memory")

    row = desk.verify_one("range", {"column": "v", "min": 1})

    assert (row["outcome"], row["actual"]) == ("skipped", {"rows": 0, "outside": 0, "min": None, "max": None})


@pytest.mark.parametrize(
    ("column", "pattern", "outcome"),
    [
        ("name", "^x$", "passed"),
        ("name", "^[0-9]+$", "failed"),
        ("id", "^[0-9]$", "passed"),
        ("kind", "a|b", "passed"),
        ("name", "(x", "errored"),
    ],
)
def test_matches_looks_for_the_pattern(table: Desk, column: str, pattern: str, outcome: str) -> None:
    row = table.verify_one("matches", {"column": column, "pattern": pattern})

    assert row["outcome"] == outcome


def test_matches_shows_the_form_of_a_value_and_never_the_value(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (v String) ENGINE = Memory", "INSERT INTO DB.orders VALUES ('Мария Ива-77')")

    row = desk.verify_one("matches", {"column": "v", "pattern": "^[0-9a-f]{64}$"})

    assert row["actual"]["sample"] == ["aaaaa aaa-99"]
    assert "Мария" not in str(row)


@pytest.mark.parametrize("kind", ["not_null", "no_raw_pii", "unique"])
def test_column_that_the_table_does_not_have_is_errored(table: Desk, kind: str) -> None:
    row = table.verify_one(kind, ["nowhere"])

    assert row["outcome"] == "errored"
    assert "nowhere" in row["message"]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("accepted", {"column": "nowhere", "values": [1]}),
        ("freshness", {"column": "nowhere", "within": "1h"}),
        ("sum_equals", {"column": "price", "table": "orders", "value": "price", "by": "nowhere"}),
    ],
)
def test_column_that_is_looked_up_and_absent_is_errored(table: Desk, kind: str, options: object) -> None:
    row = table.verify_one(kind, options)

    assert (row["outcome"], row["message"]) == (
        "errored",
        "the table has no column nowhere, or the account may not see it",
    )


PERSONAL = {
    "user@example.com": "email",
    '{"mail":"user.name+tag@mail.example.com"}': "email",
    "почта пользователь@пример.рф": "email",
    "+70000000000": "phone",
    "тел. +7 (900) 000-00-00": "phone",
    '{"phone":"79000000000"}': "phone",
    "8 900 000 00 00": "phone",
    "4111111111111111": "card",
    "card 4111 1111 1111 1111, thanks": "card",
    "2200-0000-0000-0004": "card",
}
HARMLESS = (
    "",
    "test***@example.com",
    "<email>",
    "order 871000123456",
    "2026-11-20T00:30:00+03:00",
    "61f0c404-5cb3-11e7-907b-a6006ad3dba0",
    "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592",
    "4111111111111112",
    "1732099200",
    "999999******9999",
)


@pytest.mark.parametrize(("text", "kind"), PERSONAL.items())
def test_personal_data_in_a_text_is_found(desk: Desk, text: str, kind: str) -> None:
    desk.run("CREATE TABLE DB.orders (v String, w Nullable(String)) ENGINE = Memory")
    desk.client.insert("orders", [[text, None], ["-", "-"]], column_names=["v", "w"], database=desk.database)

    row = desk.verify_one("no_raw_pii", ["v", "w"])

    assert (row["outcome"], row["actual"]) == ("failed", {"rows": 2, "v": {kind: 1}, "w": {}})
    assert text not in str(row)


@pytest.mark.parametrize("text", HARMLESS)
def test_text_without_personal_data_passes(desk: Desk, text: str) -> None:
    desk.run("CREATE TABLE DB.orders (v String) ENGINE = Memory")
    desk.client.insert("orders", [[text]], column_names=["v"], database=desk.database)

    row = desk.verify_one("no_raw_pii", ["v"])

    assert row["outcome"] == "passed"


def test_digits_of_random_uuids_are_no_personal_data(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE DB.orders (v String) ENGINE = Memory",
        # The same ones in each run; as often as not their letters are digits, so that there are runs of digits.
        "INSERT INTO DB.orders SELECT toString(reinterpretAsUUID(sipHash128(number))) FROM numbers(20000)",
        "INSERT INTO DB.orders SELECT translate(v, 'abcdef', '123456') FROM DB.orders",
        "INSERT INTO DB.orders VALUES ('68702494-0000-9913-44e2-8982ccb17911')",
    )

    row = desk.verify_one("no_raw_pii", ["v"])

    assert (row["outcome"], row["message"]) == ("passed", "")


def test_card_beside_a_uuid_is_found(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE DB.orders (v String) ENGINE = Memory",
        "INSERT INTO DB.orders VALUES ('61f0c404-5cb3-11e7-907b-a6006ad3dba0 4111 1111 1111 1111')",
    )

    assert desk.verify_one("no_raw_pii", ["v"])["outcome"] == "failed"


def test_unique_names_the_keys_that_are_there_twice(desk: Desk) -> None:
    desk.run(REPLACING, "INSERT INTO DB.orders VALUES ('1', 'a', 1), ('1', 'a', 2), ('2', 'a', 1), ('2', 'b', 2)")

    row = desk.verify_one("unique", ["id", "part"])

    assert (row["outcome"], row["message"]) == ("failed", "1 keys occur more than once")
    assert row["actual"] == {"rows": 4, "wrong": 1, "sample": [["1", "a"]]}


def test_unique_does_not_compare_keys_that_have_a_null(desk: Desk) -> None:
    desk.run(REPLACING, "INSERT INTO DB.orders VALUES ('1', NULL, 1), ('1', NULL, 2)")

    row = desk.verify_one("unique", ["id", "part"])

    assert row["outcome"] == "passed"


@pytest.mark.parametrize(("modifiers", "outcome"), [({}, "passed"), ({"final": False}, "failed")])
def test_unique_looks_at_raw_rows_only_when_asked(desk: Desk, modifiers: dict[str, bool], outcome: str) -> None:
    desk.run(
        "CREATE TABLE DB.orders (id String, _ver UInt64) ENGINE = ReplacingMergeTree(_ver) ORDER BY id",
        "SYSTEM STOP MERGES DB.orders",
        "INSERT INTO DB.orders VALUES ('1', 1)",
        "INSERT INTO DB.orders VALUES ('1', 2)",
    )

    row = desk.verify_one("unique", ["id"], **modifiers)

    assert row["outcome"] == outcome


@pytest.mark.parametrize("name", ["k", "n", "v", "g", "young", "status", "_row_", "key", "count"])
def test_columns_of_any_name_can_be_checked(desk: Desk, name: str) -> None:
    desk.run(
        f"CREATE TABLE DB.orders (`{name}` String, id String) ENGINE = ReplacingMergeTree ORDER BY `{name}`",
        "INSERT INTO DB.orders VALUES ('1', 'a'), ('2', 'a')",
    )

    rows = desk.verify(
        make_warehouse_check("unique", [name]),
        make_warehouse_check("unique", ["id"]),
        make_warehouse_check("references", {"column": name, "table": "orders", "key": name}),
        make_warehouse_check("sum_equals", {"column": name, "table": "orders", "value": name, "by": name}),
    )

    assert [row["outcome"] for row in rows] == ["passed", "failed", "passed", "errored"]


def test_references_names_the_values_that_lead_nowhere(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE DB.orders (event Nullable(String)) ENGINE = Memory",
        "INSERT INTO DB.orders VALUES ('1'), ('9'), ('9'), ('8'), (NULL)",
        "CREATE TABLE DB.events (id UInt32, _ver UInt8) ENGINE = ReplacingMergeTree(_ver) ORDER BY id",
        "INSERT INTO DB.events VALUES (1, 1)",
    )

    row = desk.verify_one("references", {"column": "event", "table": "events", "key": "id"})

    assert (row["outcome"], row["message"]) == ("failed", "2 of 3 values are not in id of events")
    assert row["actual"]["sample"] == ["8", "9"]


def test_references_to_a_table_that_is_not_there_fail(desk: Desk) -> None:
    desk.run("CREATE TABLE DB.orders (event String) ENGINE = Memory")

    row = desk.verify_one("references", {"column": "event", "table": "events", "key": "id"})

    assert (row["outcome"], row["message"]) == (
        "failed",
        "there is no table events, or the account may not see it",
    )
