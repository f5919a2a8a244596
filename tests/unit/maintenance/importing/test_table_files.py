"""Files that promise something of tables: which they are, what of them does not come over, and what is odd in them."""

import json
from typing import Any

import pytest
import yaml

from contracts_runner.errors import UsageError
from contracts_runner.maintenance.drafts.table_writing import name_checks, render_tables
from contracts_runner.maintenance.importing.promises import Promises
from contracts_runner.maintenance.importing.sql_conditions import read_condition
from contracts_runner.maintenance.importing.table_files import is_about_tables, read_table_files
from contracts_runner.project.contract.warehouse_contracts import read_warehouse_contract
from contracts_runner.reading.yaml_source import parse_yaml

DBT = """\
version: 2
models:
  - name: t
    columns:
      - name: n
        tests:
          - TEST
"""


def read(*files: str, databases: frozenset[str] = frozenset()) -> Promises:
    return read_table_files({f"f{n}.yml": text.encode() for n, text in enumerate(files, 1)}, databases)


def write(promises: Promises) -> dict[str, Any]:
    """Return the tables of the contract that is made of promises, after it was read as one."""
    text = render_tables("shop", name_checks([table.draft for table in promises.tables.values()], ()))
    _, problems = read_warehouse_contract(parse_yaml(text, "t.yaml"))
    assert problems == []
    tables: dict[str, Any] = yaml.safe_load(text)["tables"]
    return tables


@pytest.mark.parametrize(
    ("test", "kind"),
    [
        ("dbt_utils.expression_is_true: {expression: '>= 0'}", "the test dbt_utils.expression_is_true"),
        ("our_own_test", "the test our_own_test"),
        ("unique: {config: {where: 'n > 3'}}", "where of unique, in SQL that `where` cannot say"),
        ('unique: {config: {where: "n != 3"}}', "where of unique, in SQL that `where` cannot say"),
        ("unique: {config: {fail_calc: 'max(n)'}}", "fail_calc of unique"),
        ("unique: {config: {error_if: 'between 1 and 3'}}", "a threshold such as 'between 1 and 3'"),
        ("accepted_values: {values: ['now()'], quote: false}", "a value that is an expression"),
        ("accepted_values: {}", "accepted_values without a list of values"),
        ("relationships: {to: \"{{ var('x') }}\", field: id}", "relationships to an expression"),
        ("relationships: {to: \"ref('x')\", field: 'lower(id)'}", "relationships to an expression"),
        ("dbt_utils.accepted_range: {min_value: 0, inclusive: false}", "a range without its bounds, of what is not"),
        ("dbt_utils.accepted_range: {max_value: 'current_date'}", "a value that is an expression"),
        ("dbt_expectations.expect_column_values_to_match_regex: {regex: '(?=a)'}", "matches: the pattern uses '(?='"),
        ("dbt_utils.recency: {datepart: hour, interval: 1, group_by_columns: [a]}", "group_by_columns of dbt_utils"),
        ("{}", "a test without a name"),
    ],
)
def test_what_no_check_can_say_is_told_with_its_line(test: str, kind: str) -> None:
    [line, *more] = read(DBT.replace("TEST", test)).iter_report()

    assert line.startswith(f"f1.yml:7: {kind}")
    assert line.endswith(": not carried over")
    assert more == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("models:\n- name: t\n  columns: {name: n}\n", "f1.yml:3: `columns` that is not a list"),
        ("models:\n- name: t\n  tests: unique\n", "f1.yml:3: `tests` that is not a list"),
        ("models:\n- t\n", "f1.yml:2: an item of `models` that is not a mapping"),
        ("models:\n- columns: []\n", "f1.yml:2: a table without a name"),
        ('models:\n- name: "{{ x }}"\n', "f1.yml:2: a name in Jinja"),
        ("models:\n- name: t\n  columns: [{tests: [unique]}]\n", "f1.yml:3: unique without a column"),
        ("models:\n- name: t\nunit_tests: [1]\n", "f1.yml:3: `unit_tests`"),
        ("apiVersion: v3.0.0\nschema: {name: t}\n", "f1.yml:2: `schema` that is not a list"),
        ("apiVersion: v3.0.0\nschema: [{name: t,\n quality: [x]}]\n", "f1.yml:3: an item of `quality` that is not"),
    ],
)
def test_what_is_not_of_the_form_is_told_with_its_line(text: str, told: str) -> None:
    [line] = read(text).iter_report()

    assert line.startswith(told)


def test_a_table_takes_from_its_source_what_it_does_not_say_of_freshness() -> None:
    text = """\
sources:
- name: raw
  schema: raw
  freshness: {error_after: {count: 2, period: day}, warn_after: {count: 6, period: hour}}
  loaded_at_field: at
  tables:
  - {name: a, freshness: {warn_after: {count: 30, period: minute}}}
  - {name: b, freshness: null}
"""

    tables = write(read(text))

    assert [{key: value for key, value in check.items() if key != "id"} for check in tables["a"]["checks"]] == [
        {"freshness": {"column": "at", "within": "2d"}},
        {"freshness": {"column": "at", "within": "30m"}, "severity": "warning"},
    ]
    assert tables["b"] == {"database": "raw"}


def test_a_kind_is_told_once_with_its_number() -> None:
    text = DBT.replace("TEST", "one\n          - one\n          - two")

    assert list(read(text).iter_report()) == [
        "f1.yml:7: the test one (2 of them): not carried over",
        "f1.yml:9: the test two: not carried over",
    ]


def test_an_empty_text_is_told_where_not_null_may_be_of_a_text() -> None:
    note = "f1.yml:7: not_null of a text column: an empty text fails here, too"

    assert list(read(DBT.replace("TEST", "not_null")).iter_report()) == [note]
    assert (
        list(
            read(
                DBT.replace("TEST", "not_null").replace("- name: n", "- name: n\n        data_type: Int8")
            ).iter_report()
        )
        == []
    )


@pytest.mark.parametrize(("of", "is_told"), [("{}", True), ("Nullable({})", False), ("{}, required: true", False)])
def test_a_type_of_what_may_be_missing_is_told(of: str, is_told: bool) -> None:
    column = f"{{name: n, physicalType: {of.format('Int8')}}}"

    lines = list(read(f"apiVersion: v3.0.0\nschema: [{{name: t, properties: [{column}]}}]\n").iter_report())

    assert [line.startswith("f1.yml:2: a physicalType of what is not required") for line in lines] == [True] * is_told


def test_other_parts_of_an_odcs_contract_are_told() -> None:
    text = """\
apiVersion: v3.0.2
kind: DataContract
customProperties: [{property: a, value: b}]
slaProperties:
- {property: retention, value: 3, unit: y, element: t.n}
- {property: latency, value: 4, unit: d, element: t.gone}
schema:
- name: t
  properties:
  - name: n
    logicalType: integer
    logicalTypeOptions: {multipleOf: 5}
    quality:
    - {type: sql, query: SELECT 1, mustBe: 1}
    - {type: text, description: fine}
    - {type: custom, engine: soda, implementation: x}
    - {metric: nullValues, mustBeGreaterThan: 3}
    - {metric: missingValues, arguments: {missingValues: [N/A]}, mustBe: 0}
  - name: o
    properties: [{name: inner}]
    relationships: [{to: other.yaml#a.b}]
- {name: events, physicalType: topic}
"""

    assert [line.split(": not carried")[0] for line in read(text).iter_report()] == [
        "f1.yml:10: a logicalType without a physicalType, which would be one of ClickHouse",
        "f1.yml:12: logicalTypeOptions: multipleOf",
        "f1.yml:14: a quality rule in SQL; write it as `query: {file: sql/x.sql, is: …}`",
        "f1.yml:15: a quality rule of type text",
        "f1.yml:16: a quality rule of type custom",
        "f1.yml:17: mustBeGreaterThan 3 of what breaks a rule",
        "f1.yml:18: the metric missingValues with such arguments",
        "f1.yml:19: properties of a property",
        "f1.yml:21: a relationship of several columns, or with another contract",
        "f1.yml:22: an object that is a topic",
        "f1.yml:5: the service level retention",
        "f1.yml:6: a service level without an element that is a column",
        "f1.yml:3: customProperties",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "dataContractSpecification: 1.1.0\nmodels: {}\n",
            "f1.yml is a Data Contract Specification 1.1.0, which is not",
        ),
        ("apiVersion: v2.2.2\ndataset: []\n", "f1.yml has `apiVersion: v2.2.2`; data contracts are read from v3"),
        ("models: nothing\n", "f1.yml is none of: a property file of dbt"),
        ("models:\n  - name: a\n   - name: b\n", "f1.yml:3: "),
        ("models: []\nmodels: []\n", "f1.yml:2: "),
    ],
)
def test_a_file_that_cannot_be_read_is_told(text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(text)

    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    "text",
    [
        "# Mine.\ncurl https://a.example/ -d '{\n  \"models\": []}'\n",
        '{"log": {"models": 1}}',
        '{"info": {}, "item": []}',
    ],
)
def test_files_of_requests_are_not_about_tables(text: str) -> None:
    assert not is_about_tables(text.encode())


def test_a_json_file_may_be_a_data_contract() -> None:
    document = {"apiVersion": "v3.1.0", "schema": [{"name": "t", "properties": [{"name": "n", "unique": True}]}]}
    content = json.dumps(document, indent=2).encode()

    assert is_about_tables(content)
    assert write(read_table_files({"c.json": content}, frozenset()))["t"]["checks"][0]["unique"] == ["n"]


def test_names_of_other_files_aliases_and_schemas_are_resolved() -> None:
    orders = "models: [{name: orders, columns: [{name: c, tests: [relationships: {to: ref('customers'), field: id}]}, "
    orders += "{name: p, tests: [relationships: {to: \"source('raw', 'people')\", field: id}]}]}]"
    customers = "models: [{name: customers, config: {alias: dim_customers}}]"
    sources = "sources: [{name: raw, schema: raw_data, tables: [{name: people, identifier: people_v2}]}]"

    tables = write(read(orders, customers, sources))

    assert [check["references"] for check in tables["orders"]["checks"]] == [
        {"column": "c", "table": "dim_customers", "key": "id"},
        {"column": "p", "table": "people_v2", "key": "id", "database": "raw_data"},
    ]
    assert tables["people_v2"] == {"database": "raw_data"}
    assert write(read(sources, databases=frozenset({"raw_data"})))["people_v2"] == {}


def test_what_is_disabled_promises_nothing() -> None:
    test = "unique: {column_name: n, config: {enabled: false}}"
    text = f"models:\n- {{name: t, config: {{enabled: false}}}}\n- {{name: u, tests: [{test}]}}\n"

    assert write(read(text)) == {"u": {}}


def test_a_table_that_comes_twice_is_told_with_the_first() -> None:
    text = "models:\n- name: t\n- name: t\n"

    assert list(read(text).iter_report()) == ["f1.yml:3: a table t once more, first in f1.yml:2: not carried over"]


ODD = ["Имя", "a b", "quo'te\"", "dot.ted", "back`tick", "line\nbreak", "yes", "007", "{x}", "a: b # c", "[", "*"]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_come_over_as_they_are(name: str) -> None:
    model = {"name": name, "columns": [{"name": name, "data_type": "Int8", "tests": ["not_null", "unique"]}]}

    tables = write(read(json.dumps({"models": [model]}, ensure_ascii=False)))

    [table] = tables.values()
    assert list(tables) == [name]
    assert table["columns"] == {name: "Int8"}
    assert [check.get("unique") or check["not_null"] for check in table["checks"]] == [[name], [name]]


def test_a_table_of_many_columns_is_read() -> None:
    columns = [{"name": f"c{n}", "tests": ["not_null", "unique"]} for n in range(300)]

    tables = write(read(json.dumps({"models": [{"name": "t", "columns": columns}]})))

    assert len(tables["t"]["checks"]) == 301


@pytest.mark.parametrize(
    ("sql", "condition"),
    [
        ("a = 1", {"a": 1}),
        ("a = 'it''s' AND b is not null", {"a": "it's", "b": {"not": None}}),
        ("a between 1 and 2.5 and b in ('x', 'y and z')", {"a": {"min": 1, "max": 2.5}, "b": ["x", "y and z"]}),
        (
            "\"Имя\" >= '2024-01-01' and flag = true and c is null;",
            {"Имя": {"min": "2024-01-01"}, "flag": True, "c": None},
        ),
        ("a = 1 or b = 2", None),
        ("a = 1 and a = 2", None),
        ("a = 1 and", None),
        ("lower(a) = 'x'", None),
        ("a <> 1", None),
        ("a not in (1)", None),
        ("a = b", None),
        ("", None),
    ],
)
def test_a_condition_in_sql_is_where_or_nothing(sql: str, condition: dict[str, Any] | None) -> None:
    assert read_condition(sql) == condition
