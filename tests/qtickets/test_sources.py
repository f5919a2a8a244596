"""From a test ID to its operations, its section of a document and the grade of the evidence: everywhere the same."""

import csv
import json
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from helpers.command import REPOSITORY, run_contracts

CHOSEN = ("1.1", "3.6", "6.8", "V.R2", "N.unknown.reads")


@pytest.fixture(scope="module")
def sources() -> Mapping[str, Mapping[str, Any]]:
    """Give the rows of `contracts list --sources`, by ID."""
    finished = run_contracts("list", "--sources", "--format", "json", cwd=REPOSITORY)
    return {row["id"]: row for row in json.loads(finished.stdout)["sources"]}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a run of the chosen scenarios."""
    folder = tmp_path_factory.mktemp("provenance") / "run"
    run_contracts("run", *CHOSEN, "--phase", "scenarios", "--output", str(folder), cwd=REPOSITORY)
    return folder


def render_grades(row: Mapping[str, Any]) -> str:
    return "; ".join(f"{each['operation']}: {each['evidence']}" for each in row["operations"])


def test_the_matrix_has_what_the_list_of_sources_has(run: Path, sources: Mapping[str, Mapping[str, Any]]) -> None:
    with (run / "matrix.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert {row["id"] for row in rows} == set(CHOSEN)
    for row in rows:
        source = sources[row["id"]]
        assert {"document": row["document"], "section": row["section"]} == source["source"]
        assert row["provenance"] == render_grades(source)
        assert f"{row['operation']}: {row['evidence']}" in row["provenance"]


def test_the_reports_have_it_too(run: Path, sources: Mapping[str, Mapping[str, Any]]) -> None:
    markdown = (run / "report.md").read_text(encoding="utf-8").replace("\\", "")
    page = unescape((run / "report.html").read_text(encoding="utf-8"))

    for identifier in CHOSEN:
        source, grades = sources[identifier]["source"], render_grades(sources[identifier])
        assert f"| {source['document']}, {source['section']} | {grades} |" in markdown
        assert f"{source['document']}, section {source['section']}" in page
        assert f"evidence: {grades}" in page


@pytest.mark.parametrize("form", ["text", "markdown", "github"])
def test_every_form_of_the_list_has_id_operation_section_and_grade(form: str) -> None:
    finished = run_contracts("list", "--sources", "--format", form, cwd=REPOSITORY)

    [line] = [line for line in finished.stdout.splitlines() if "3.6" in line and "listEventSeats" in line]
    assert all(word in line for word in ("qtickets_api_test_requests.md", "refuted"))


def test_every_test_id_of_the_repository_has_a_source() -> None:
    finished = run_contracts("list", "--sources", "--format", "json", cwd=REPOSITORY)

    rows = json.loads(finished.stdout)["sources"]
    numbered = [row for row in rows if row["id"][0].isdigit()]
    assert [row["id"] for row in rows if row["source"] is None] == []
    assert {row["source"]["document"] for row in numbered} == {"qtickets_api_test_requests.md"}
    assert [row["id"] for row in numbered if row["id"] != row["source"]["section"]] == []
