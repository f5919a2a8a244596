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


def test_what_is_carried_keeps_its_verdicts(tmp_path: Path) -> None:
    back = import_exported(tmp_path)
    assert [problem for problem in back.mistakes if problem.severity == "error"] == []
    environment = resolve_environment(back.settings, "sandbox", os.environ)

    tapes = record_run(back, environment).tapes

    # All others pass here; that a deviation is accepted is not carried.
    known = {scenario.id for scenario in load_project(REPOSITORY).scenarios if scenario.known}
    assert {tape.scenario.id for tape in tapes if tape.outcome is not Outcome.PASSED} == known
    assert sum(len(tape.steps) for tape in tapes) > 550
