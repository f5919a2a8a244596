"""`contracts list` and `contracts list --sources`."""

import json
from pathlib import Path

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
