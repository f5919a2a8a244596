"""Scenarios that are exported as Arazzo and imported again have the verdicts that they had, as far as they were
carried."""

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts_runner.maintenance.environments import read_open_environment
from contracts_runner.maintenance.exporting.arazzo_document import ArazzoWriter, render_document
from contracts_runner.maintenance.importing.arazzo_drafts import draft_arazzo
from contracts_runner.maintenance.importing.imported import write_drafts
from contracts_runner.model.outcome import Outcome
from contracts_runner.project.project import Project, load_project
from contracts_runner.project.settings.environments import resolve_environment
from helpers.command import REPOSITORY
from helpers.recorded_run import record_run

pytestmark = pytest.mark.thorough


def import_exported(root: Path) -> Project:
    """Write the project of this repository with its scenarios as they come back."""
    project = load_project(REPOSITORY)
    environment, _ = read_open_environment(project.settings, "sandbox")
    assert environment is not None
    writer = ArazzoWriter(project, environment, folder=root, now=datetime.now(UTC), run_id="run")
    text = render_document(writer.write(project.scenarios), is_json=False)
    shutil.copytree(REPOSITORY / "spec", root / "spec")
    shutil.copy(REPOSITORY / "contracts.yaml", root)
    for name in ("contracts", "reports"):
        (root / name).mkdir()
    empty = load_project(root)
    drafted = draft_arazzo(empty, {"q.arazzo.yaml": text.encode()}, environ={}, spec=None)
    assert drafted.refused == []
    contract, _ = write_drafts(empty, drafted.drafter, drafted.drafts, head=drafted.head, into=None)
    (root / "contracts/q.yaml").write_text(contract, encoding="utf-8")
    settings = (root / "contracts.yaml").read_text(encoding="utf-8")
    # Personal texts have become variables of the environment.
    told = json.dumps({"event_id": 33, "show_id": 41, **drafted.drafter.variables.values}, ensure_ascii=False).replace(
        "$", "$$"
    )
    named = settings.replace("variables: {event_id: 33, show_id: 41}", f"variables: {told}")
    (root / "contracts.yaml").write_text(named, encoding="utf-8")
    return load_project(root)


def record(project: Project) -> dict[tuple[str, str, bool], bool]:
    environment = resolve_environment(project.settings, "sandbox", os.environ)
    return {
        (tape.scenario.id, step["name"], step["cleanup"]): step["outcome"] is Outcome.PASSED
        for tape in record_run(project, environment).tapes
        for step in tape.steps
    }


def test_what_is_carried_keeps_its_verdicts(tmp_path: Path) -> None:
    back = import_exported(tmp_path)
    assert [problem for problem in back.mistakes if problem.severity == "error"] == []

    before, after = record(load_project(REPOSITORY)), record(back)

    assert {key: held for key, held in after.items() if before[key] is not held} == {}
    assert len(after) > 550
