"""`contracts list` and `contracts list --sources`."""

import json
from pathlib import Path

from contracts_runner.maintenance.description import describe
from contracts_runner.maintenance.inventory import take_inventory
from contracts_runner.maintenance.listing import render_inventory
from contracts_runner.maintenance.printing import ListFormat
from contracts_runner.project.project import load_project
from helpers.command import run_contracts
from helpers.shop import write_project

SCENARIOS = """
- id: "1"
  title: Things can be read
  tags: [read]
  source: {section: "1.1"}
  steps: [{operation: getThing, parameters: {id: 1}}]
- id: "2"
  title: Things can be added
  tags: [write]
  steps: [{operation: addThing, body: {name: a}}]
"""


FLOW = """
- {id: login, title: Log in, tags: [a], steps: [{operation: listThings}]}
- id: T
  title: A table
  tags: [b]
  each: [{name: cup, id: 1}, {id: 2}]
  needs: {login: login}
  skip: {because: it is mended, environments: [here], until: 2020-01-31}
  steps: [{operation: getThing, parameters: {id: "${row.id}"}}]
"""


def write(folder: Path) -> None:
    write_project(folder, SCENARIOS, base_url="https://test.example.com", writes="block")


def test_scenarios_are_listed_in_columns(tmp_path: Path) -> None:
    write(tmp_path)

    finished = run_contracts("list", "--env", "here", cwd=tmp_path)

    lines = [line.split("  ") for line in finished.stdout.splitlines()]
    assert [line[0].strip() for line in lines] == ["ID", "1", "2"]
    assert finished.stdout.splitlines()[2].endswith("writes are kept back")


def test_a_tag_chooses(tmp_path: Path) -> None:
    write(tmp_path)

    finished = run_contracts("list", "--tag", "write", "--format", "json", cwd=tmp_path)

    assert [row["id"] for row in json.loads(finished.stdout)["scenarios"]] == ["2"]


def test_an_unknown_tag_is_wrong_use_with_a_hint(tmp_path: Path) -> None:
    write(tmp_path)

    finished = run_contracts("list", "--tag", "wriet", cwd=tmp_path)

    assert (finished.code, finished.stdout) == (2, "")
    assert "did you mean 'write'" in finished.stderr


def test_sources_go_from_the_id_to_the_evidence(tmp_path: Path) -> None:
    write(tmp_path)

    finished = run_contracts("list", "--sources", "--format", "markdown", cwd=tmp_path)

    assert finished.stdout.splitlines()[2:] == [
        "| 1 | getThing | handbook.md | 1.1 | documented |",
        "| 2 | addThing | handbook.md |  | documented |",
    ]


def test_items_of_a_table_are_listed_with_what_they_need(tmp_path: Path) -> None:
    project = load_project(write_project(tmp_path, FLOW, base_url="https://test.example.com"))

    listed = json.loads(render_inventory(take_inventory(project, tags=["b"]), ListFormat.JSON))["scenarios"]

    assert [(each["id"], each["of"], each["needs"]) for each in listed] == [
        (identifier, "T", {"login": "login"}) for identifier in ("T[cup]", "T[2]")
    ]
    assert [each["skip"] for each in listed] == [
        {"because": "it is mended", "environments": ["here"], "until": "2020-01-31"}
    ] * 2
    text = render_inventory(take_inventory(project), ListFormat.TEXT)
    assert [
        line.strip().endswith("needs login; skipped until 2020-01-31 in here: it is mended")
        for line in text.splitlines()
    ] == [
        *(False, False),
        *(True, True),
    ]


def test_a_scenario_is_shown_with_what_decides_whether_it_is_run(tmp_path: Path) -> None:
    project = load_project(write_project(tmp_path, FLOW, base_url="https://test.example.com"))

    lines = describe(project, "T").splitlines()

    assert lines[0] == "T  A table"
    assert "needs: {login: login}" in lines
    assert lines[lines.index("skip:") + 1].strip() == "because: it is mended"
    assert describe(project, "T[2]") == describe(project, "T")
