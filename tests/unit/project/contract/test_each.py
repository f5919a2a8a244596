"""A scenario with a table is there once for each item."""

from pathlib import Path

import pytest

from contracts_runner.model.contract import Scenario
from contracts_runner.project.contract.contracts import read_contract
from contracts_runner.reading.yaml_source import parse_yaml

CONTRACT = """
contract: orders
spec: shop
scenarios:
  - {{id: T, title: A table, each: {each}, steps: [{{operation: listOrders}}]}}
"""


def read(each: str, root: Path | None = None) -> tuple[tuple[Scenario, ...], list[str]]:
    contract, problems = read_contract(parse_yaml(CONTRACT.format(each=each), "contracts/a.yaml"), root)
    assert contract is not None
    return contract.scenarios, [str(problem) for problem in problems]


def read_file(folder: Path, name: str, content: str | bytes) -> tuple[tuple[Scenario, ...], list[str]]:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(f"{{file: {name}}}", folder)


def test_an_item_is_a_scenario_under_its_name_or_its_number() -> None:
    scenarios, problems = read("[{name: Взрослый, age: 18}, {age: 7}, {name: 3.50}, {name: null}, {name: true}]")

    assert problems == []
    assert [each.id for each in scenarios] == ["T[Взрослый]", "T[2]", "T[3.5]", "T[4]", "T[true]"]
    assert {each.of for each in scenarios} == {"T"}
    assert scenarios[0].row == {"name": "Взрослый", "age": 18}


def test_a_number_that_is_also_a_name_is_told() -> None:
    _, problems = read("[{name: 2}, {age: 7}]")

    assert problems == ["contracts/a.yaml:5: two items have the name '2'; names are unique in a table"]


def test_a_table_without_an_item_is_one_scenario_that_is_left_out() -> None:
    [scenario], problems = read("[]")

    assert (problems, scenario.id, scenario.of, scenario.row) == ([], "T", None, None)
    assert scenario.skip is not None
    assert scenario.skip.because == "its table has no item"


@pytest.mark.parametrize(
    ("name", "content", "ages"),
    [
        ("a.csv", 'name,age\nadult,18\n"two, words","7 ""years"""\n', ["18", '7 "years"']),
        ("a.csv", "\ufeffname,age\r\nadult,018\r\n\r\nchild,\r\n", ["018", ""]),
        ("a.json", '[{"name": "adult", "age": 18}, {"age": [7]}]', [18, [7]]),
        ("a.yaml", "- {name: adult, age: 18}\n- age: no\n", [18, "no"]),
        ("a.yml", "- {age: 1}\n- {age: '${x}'}\n", [1, "${x}"]),
    ],
)
def test_a_table_may_be_a_file(tmp_path: Path, name: str, content: str, ages: list[object]) -> None:
    scenarios, problems = read_file(tmp_path, name, content)

    assert problems == []
    assert [each.row["age"] for each in scenarios if each.row] == ages


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.csv", "name,age\nadult,18,5\n", "a.csv:2: the line has 3 cells, the first one 2"),
        ("a.csv", "name,name\na,b\n", "a.csv:1: two columns have the name 'name'"),
        ("a.csv", "name\na\nb\na\n", "a.csv:4: two items have the name 'a'"),
        ("a.csv", 'name\n"a\n', "a.csv:2: is not CSV: unexpected end of data"),
        ("a.csv", b"name\n\xff\n", "a.csv:2: is not UTF-8"),
        ("a.csv", "", "a.csv:1: the file is empty"),
        ("a.json", '[{"name": "]"}]', "a.json:1: the name ']' of an item cannot hold ']'"),
        ("a.json", "[1]", "a.json:1: an item must be a mapping, not the number 1"),
        ("a.json", "{}", "a.json:1: the file must be a list, not a mapping"),
        ("a.yaml", "- {age: [}\n", "a.yaml:1: is not YAML"),
    ],
)
def test_a_mistake_in_a_file_is_told_where_it_is(tmp_path: Path, name: str, content: str, problem: str) -> None:
    _, problems = read_file(tmp_path, name, content)

    assert problems
    assert problems[0].startswith(problem)


def test_a_file_counts_among_those_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("n\n1\n", encoding="utf-8")

    contract, _ = read_contract(parse_yaml(CONTRACT.format(each="{file: a.csv}"), "contracts/a.yaml"), tmp_path)

    assert contract is not None
    assert list(contract.files) == ["a.csv"]
