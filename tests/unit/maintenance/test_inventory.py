"""What a project has, where it comes from, and how both are shown."""

import json
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.errors import UsageError
from contracts_runner.maintenance.inventory import take_inventory
from contracts_runner.maintenance.listing import render_inventory, render_sources
from contracts_runner.maintenance.printing import ListFormat, render_columns, render_markdown
from contracts_runner.project.project import Project, load_project
from helpers.small_projects import CONTRACT, plant, write_project

ORDERS = "contracts/orders.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return load_project(write_project(tmp_path))


def read_inventory(project: Project, **choices: Any) -> dict[str, Any]:
    inventory = take_inventory(project, **choices)
    loaded: dict[str, Any] = json.loads(render_inventory(inventory, ListFormat.JSON))
    return loaded


def test_scenarios_and_warehouse_checks_are_listed(project: Project) -> None:
    listed = read_inventory(project)

    assert listed["scenarios"][1] == {
        "id": "2",
        "title": "An order is made and removed",
        "contract": "orders",
        "file": ORDERS,
        "line": 38,
        "tags": [],
        "operations": ["createOrder", "legacyOrders", "removeOrder"],
        "known": [{"environments": ["test"], "until": "2026-12-31"}],
    }
    assert [row["id"] for row in listed["warehouse"]] == ["orders:exists", "W.1"]
    assert listed["warehouse"][1]["operation"] == "listOrders"


def test_an_environment_shows_what_it_accepts_and_what_it_keeps_back(project: Project) -> None:
    in_test = read_inventory(project, environment="test")
    in_prod = read_inventory(project, environment="prod")

    assert [(len(row["known"]), row["blocked"]) for row in in_test["scenarios"]] == [(0, False), (1, False)]
    assert [(len(row["known"]), row["blocked"]) for row in in_prod["scenarios"]] == [(0, False), (0, True)]


def test_an_environment_without_a_warehouse_has_no_warehouse_checks(project: Project) -> None:
    assert read_inventory(project, environment="prod")["warehouse"] == []


def test_a_tag_chooses_scenarios_and_no_warehouse_checks(tmp_path: Path) -> None:
    files = {ORDERS: CONTRACT.replace('  - id: "2"\n', '  - id: "2"\n    tags: [write]\n')}
    project = load_project(write_project(tmp_path, files))

    listed = read_inventory(project, tags=("write",))

    assert [row["id"] for row in listed["scenarios"]] == ["2"]
    assert listed["warehouse"] == []


@pytest.mark.parametrize("choices", [{"environment": "prd"}, {"tags": ("no such",)}])
def test_an_unknown_choice_is_wrong_use(project: Project, choices: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        read_inventory(project, **choices)


def test_sources_name_operation_document_and_evidence(project: Project) -> None:
    rows = json.loads(render_sources(take_inventory(project).scenarios, ListFormat.JSON))["sources"]

    assert rows[0] == {
        "id": "1",
        "title": "What is listed can be read",
        "source": {"document": "handbook.md", "section": ""},
        "operations": [
            {"operation": "listOrders", "evidence": "observed"},
            {"operation": "getOrder", "evidence": "documented"},
        ],
    }


def test_an_operation_that_the_spec_lacks_has_no_evidence(tmp_path: Path) -> None:
    files = plant(ORDERS, "operation: legacyOrders", "operation: GET /unheard")
    entries = take_inventory(load_project(write_project(tmp_path, files))).scenarios
    rows = json.loads(render_sources(entries, ListFormat.JSON))["sources"]

    assert {"operation": "GET /unheard", "evidence": None} in rows[1]["operations"]
    assert "GET /unheard  handbook.md           not in the spec" in render_sources(entries, ListFormat.TEXT)


def test_sources_are_a_markdown_table_with_a_row_for_each_operation(project: Project) -> None:
    lines = render_sources(take_inventory(project).scenarios, ListFormat.MARKDOWN).splitlines()

    assert lines[0] == "| ID | Operation | Document | Section | Evidence |"
    assert lines[2] == "| 1 | listOrders | handbook.md |  | observed |"
    assert len(lines) == 2 + 2 + 3


def test_github_notices_are_at_the_scenarios(project: Project) -> None:
    inventory = render_inventory(take_inventory(project), ListFormat.GITHUB).splitlines()
    sources = render_sources(take_inventory(project).scenarios, ListFormat.GITHUB).splitlines()

    assert inventory[0] == f"::notice file={ORDERS},line=6,title=1::What is listed can be read"
    assert sources[0] == (
        f"::notice file={ORDERS},line=6,title=1::handbook.md; listOrders: observed; getOrder: documented"
    )


def test_text_shows_until_when_a_deviation_is_known(project: Project) -> None:
    text = render_inventory(take_inventory(project), ListFormat.TEXT)

    assert "known until 2026-12-31 in test" in text
    assert "W.1" in text


def test_columns_are_as_wide_as_they_need_to_be() -> None:
    assert render_columns(("A", "B"), [("long", "x"), ("y", "")]) == "A     B\nlong  x\ny"


def test_markup_in_cells_is_escaped() -> None:
    table = render_markdown(("A",), [("a|b *c* `d` <e> snake_case _f_ [g]",)])

    assert table.splitlines()[2] == r"| a\|b \*c\* \`d\` \<e> snake_case \_f\_ \[g] |"
