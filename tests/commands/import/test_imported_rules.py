"""What dbt and data contracts promise becomes checks: they hold where the promise does, and fail where it is broken."""

import textwrap
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from contracts_runner.maintenance.drafts.table_writing import name_checks, render_tables
from contracts_runner.maintenance.importing.table_files import is_about_tables, read_table_files
from contracts_runner.project.contract.warehouse_contracts import read_warehouse_contract
from contracts_runner.reading.yaml_source import parse_yaml
from helpers.warehouse_desk import Desk

# A column `n` of numbers, `s` of texts, `at` of times; `keys` has the keys 1 and 2.
_GOOD = "(1, 'a', now()), (2, 'b', now() - INTERVAL 1 HOUR)"
_OLD = "(1, 'a', now() - INTERVAL 3 DAY)"
_TWICE = "(1, 'a', now()), (1, 'a', now())"
_NULL = "(NULL, 'a', now()), (1, 'b', now())"
_OTHER = "(9, 'z', now()), (1, 'a', now())"


def column(name: str, tests: str) -> str:
    return f"models: [{{name: t, columns: [{{name: {name}, tests: [{tests}]}}]}}, {{name: keys}}]"


def table(tests: str) -> str:
    return f"models: [{{name: t, data_tests: [{tests}]}}]"


# The file, rows that break the promise, and the check that says so.
DBT = {
    "not null": (column("n", "not_null"), _NULL, "not_null"),
    "unique": (column("n", "unique"), _TWICE, "unique"),
    "accepted": (column("s", "accepted_values: {values: [a, b]}"), _OTHER, "accepted"),
    "accepted numbers": (column("n", "accepted_values: {values: ['1', '2'], quote: false}"), _OTHER, "accepted"),
    "accepted in arguments": (column("s", "accepted_values: {arguments: {values: [a, b]}}"), _OTHER, "accepted"),
    "relationships": (column("n", "relationships: {to: \"ref('keys')\", field: k}"), _OTHER, "references"),
    "package": (column("n", "relationships: {to: \"{{ ref('shop', 'keys') }}\", field: k}"), _OTHER, "references"),
    "where": (column("n", "unique: {config: {where: \"s = 'a' and n between 0 and 5\"}}"), _TWICE, "unique"),
    "warning": (column("n", "unique: {severity: warn}"), _TWICE, "unique"),
    "named": (table("{name: my_rule, test_name: unique, arguments: {column_name: n}}"), _TWICE, "unique"),
    "constraint": ("models: [{name: t, columns: [{name: n, constraints: [{type: primary_key}]}]}]", _TWICE, "unique"),
    "type": ("models: [{name: t, columns: [{name: n, data_type: Nullable(Int64)}]}]", "ALTER", "columns"),
    "combination": (
        table("dbt_utils.unique_combination_of_columns: {combination_of_columns: [n, s]}"),
        _TWICE,
        "unique",
    ),
    "range": (column("n", "dbt_utils.accepted_range: {min_value: 1, max_value: 5}"), _OTHER, "range"),
    "open range": (
        "models: [{name: t, columns: [{name: n, data_type: Nullable(Int64), "
        "tests: [dbt_utils.accepted_range: {max_value: 9, inclusive: false}]}]}]",
        _OTHER,
        "range",
    ),
    "proportion": (column("n", "dbt_utils.not_null_proportion: {at_least: 0.6}"), _NULL, "not_null"),
    "no empty text": (column("s", "dbt_utils.not_empty_string"), "(1, ' ', now())", "matches"),
    "recency": (table("dbt_utils.recency: {datepart: day, field: at, interval: 1}"), _OLD, "freshness"),
    "regex": (
        column("s", "dbt_expectations.expect_column_values_to_match_regex: {regex: '^[ab]$'}"),
        _OTHER,
        "matches",
    ),
    "set": (column("s", "dbt_expectations.expect_column_values_to_be_in_set: {value_set: [a, b]}"), _OTHER, "accepted"),
    "regex with a flag": (
        column("s", "dbt_expectations.expect_column_values_to_match_regex: {regex: '^[AB]$', flags: i, is_raw: true}"),
        _OTHER,
        "matches",
    ),
    "length": (
        column("s", "dbt_expectations.expect_column_value_lengths_to_equal: {value: 1}"),
        "(1, 'ab', now())",
        "matches",
    ),
    "not accepted": (column("s", "dbt_utils.not_accepted_values: {values: [z]}"), _OTHER, "row_count"),
    "null": (
        column("n", "dbt_expectations.expect_column_values_to_be_null: {config: {where: \"s = 'z'\"}}"),
        _OTHER,
        "row_count",
    ),
    "any value": (column("n", "dbt_utils.at_least_one"), "(NULL, 'a', now())", "row_count"),
    "row count": (
        table("dbt_expectations.expect_table_row_count_to_be_between: {min_value: 2, max_value: 3}"),
        _OLD,
        "row_count",
    ),
    "freshness": (
        "sources: [{name: x, freshness: {error_after: {count: 12, period: hour}}, loaded_at_field: at, "
        "tables: [{name: raw, identifier: t}]}]",
        _OLD,
        "freshness",
    ),
    "freshness of a table": (
        "sources: [{name: x, config: {freshness: {error_after: {count: 9, period: day}}, loaded_at_field: at}, "
        "tables: [{name: t, config: {freshness: {error_after: {count: 1, period: day}}}}]}]",
        _OLD,
        "freshness",
    ),
    "version 1, not null": ("t: {constraints: {not_null: [n]}}", _NULL, "not_null"),
    "version 1, unique": ("t:\n  constraints:\n    unique: [n]\n", _TWICE, "unique"),
    "version 1, accepted": ("t: {constraints: {accepted_values: [{field: s, values: [a, b]}]}}", _OTHER, "accepted"),
    "version 1, relationships": (
        "t: {constraints: {relationships: [{from: n, to: \"ref('keys')\", field: k}]}}",
        _OTHER,
        "references",
    ),
}


def odcs(properties: str = "", more: str = "", end: str = "") -> str:
    return (
        f"apiVersion: v3.1.0\nkind: DataContract\nschema:\n- {{name: t, properties: [{properties}]{more}}}\n"
        f"- {{name: keys, id: keys_tbl, properties: [{{name: k, id: key_id}}]}}\n{end}"
    )


ODCS = {
    "required": (odcs("{name: n, required: true}"), _NULL, "not_null"),
    "unique": (odcs("{name: number, physicalName: n, unique: true}"), _TWICE, "unique"),
    "primary key": (
        odcs("{name: s, primaryKey: true, primaryKeyPosition: 2}, {name: n, primaryKey: true, primaryKeyPosition: 1}"),
        _TWICE,
        "unique",
    ),
    "type": (odcs("{name: n, physicalType: Nullable(Int64)}"), "ALTER", "columns"),
    "enum": (odcs("{name: s, enum: [{value: a}, {value: b}]}"), _OTHER, "accepted"),
    "bounds": (odcs("{name: n, logicalTypeOptions: {minimum: 1, maximum: 5}}"), _OTHER, "range"),
    "open bounds": (
        odcs(
            "{name: n, logicalType: integer, physicalType: Nullable(Int64), logicalTypeOptions: {exclusiveMaximum: 9}}"
        ),
        _OTHER,
        "range",
    ),
    "pattern": (odcs("{name: s, logicalTypeOptions: {pattern: '^[ab]$'}}"), _OTHER, "matches"),
    "length": (odcs("{name: s, logicalTypeOptions: {maxLength: 1}}"), "(1, 'ab', now())", "matches"),
    "null values": (odcs("{name: n, quality: [{metric: nullValues, mustBe: 0}]}"), _NULL, "not_null"),
    "few null values": (
        odcs("{name: n, quality: [{metric: nullValues, mustBeLessThan: 2, unit: rows}]}"),
        "(NULL, 'a', now()), (NULL, 'a', now())",
        "not_null",
    ),
    "a share of null values": (
        odcs("{name: n, quality: [{rule: nullValues, mustBeLessOrEqualTo: 40, unit: percent}]}"),
        _NULL,
        "not_null",
    ),
    "missing values": (
        odcs("{name: s, quality: [{metric: missingValues, arguments: {missingValues: [null, '']}, mustBe: 0}]}"),
        "(1, '', now())",
        "not_null",
    ),
    "invalid values": (
        odcs("{name: s, quality: [{metric: invalidValues, arguments: {validValues: [a, b]}, mustBe: 0}]}"),
        _OTHER,
        "accepted",
    ),
    "invalid pattern": (
        odcs("{name: s, quality: [{type: library, metric: invalidValues, arguments: {pattern: '^[ab]$'}, mustBe: 0}]}"),
        _OTHER,
        "matches",
    ),
    "duplicates": (
        odcs(
            "{name: n}, {name: s}", ", quality: [{metric: duplicateValues, arguments: {properties: [n, s]}, mustBe: 0}]"
        ),
        _TWICE,
        "unique",
    ),
    "row count": (odcs("", ", quality: [{metric: rowCount, mustBeGreaterThan: 1}]"), _OLD, "row_count"),
    "relationship": (odcs("{name: n, relationships: [{to: keys.k}]}"), _OTHER, "references"),
    "relationship by id": (
        odcs("{name: n}", ", relationships: [{from: t.n, to: schema/keys_tbl/properties/key_id}]"),
        _OTHER,
        "references",
    ),
    "latency": (
        odcs("{name: at}", "", "slaProperties: [{property: latency, value: 1, unit: d, element: t.at}]"),
        _OLD,
        "freshness",
    ),
}
_RULES = [
    *((f"dbt: {name}", rule) for name, rule in DBT.items()),
    *((f"odcs: {name}", rule) for name, rule in ODCS.items()),
]


def convert(text: str) -> str:
    """Return the warehouse contract of a file of which nothing is lost."""
    assert is_about_tables(text.encode())
    promises = read_table_files({"schema.yml": text.encode()}, frozenset())
    assert promises.lost == {}
    return render_tables("shop", name_checks([table.draft for table in promises.tables.values()], ()))


def verify(desk: Desk, text: str) -> list[Mapping[str, Any]]:
    contract, problems = read_warehouse_contract(parse_yaml(text, "contracts/t.yaml"))
    assert problems == []
    assert contract is not None
    return desk.verify(*contract.checks)


@pytest.mark.thorough
@pytest.mark.parametrize("rule", [rule for _, rule in _RULES], ids=[name for name, _ in _RULES])
def test_a_rule_holds_where_it_is_kept_and_fails_where_it_is_broken(desk: Desk, rule: tuple[str, str, str]) -> None:
    file, bad, kind = rule
    desk.run(
        "CREATE TABLE DB.t (n Nullable(Int64), s String, at DateTime) ENGINE = MergeTree ORDER BY tuple()",
        "CREATE TABLE DB.keys (k Int64) ENGINE = MergeTree ORDER BY k",
        "INSERT INTO DB.keys VALUES (1), (2)",
    )
    now = "toDateTime('2026-11-20 11:30:00')"
    contract = convert(file)

    desk.run(f"INSERT INTO DB.t VALUES {_GOOD.replace('now()', now)}")
    kept = verify(desk, contract)
    desk.run(
        "TRUNCATE TABLE DB.t",
        *(["ALTER TABLE DB.t MODIFY COLUMN n Nullable(String)"] if bad == "ALTER" else []),
        f"INSERT INTO DB.t VALUES {(_GOOD if bad == 'ALTER' else bad).replace('now()', now)}",
    )
    broken = verify(desk, contract)

    assert {row["check"]: row["message"] for row in kept if row["outcome"] != "passed"} == {}
    assert [row["check"] for row in broken if row["outcome"] == "failed"] == [kind]


def test_thresholds_of_an_error_and_of_a_warning_are_two_checks() -> None:
    text = column(
        "n", "unique: {config: {error_if: '>= 10', warn_if: '>2'}}, not_null: {severity: warn, warn_if: '>5'}"
    )

    checks = yaml.safe_load(convert(text))["tables"]["t"]["checks"]

    assert [{key: value for key, value in check.items() if key != "id"} for check in checks] == [
        {"unique": ["n"], "at_most": 9},
        {"unique": ["n"], "at_most": 2, "severity": "warning"},
        {"not_null": ["n"], "at_most": 5, "severity": "warning"},
    ]


def test_columns_that_are_filled_are_one_check_and_types_leave_others_alone() -> None:
    text = textwrap.dedent("""
        models:
          - name: t
            columns:
              - {name: n, data_type: Int64, tests: [not_null, unique]}
              - {name: m, data_type: Int32, data_tests: [not_null], constraints: [{type: not_null}]}
    """)

    assert yaml.safe_load(convert(text))["tables"]["t"] == {
        "extra": "allowed",
        "columns": {"n": "Int64", "m": "Int32"},
        "checks": [{"id": "t.not_null", "not_null": ["n", "m"]}, {"id": "t.unique", "unique": ["n"]}],
    }
