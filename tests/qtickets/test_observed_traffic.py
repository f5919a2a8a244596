"""The whole project against its twin, and what its twin has recorded of it: the same checks, the same rows."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from helpers.command import REPOSITORY, Finished, run_contracts
from helpers.recorded_traffic import write_har

pytestmark = pytest.mark.thorough

APP = "qtickets_sandbox.app:create_app"
RECORDED_APP = """\
import json
import sys

sys.path.insert(0, {helpers!r})

from helpers.recorded_traffic import Recorder
from qtickets_sandbox.app import create_app as create_twin


def create_app(**options):
    return Recorder(create_twin(**options), "traffic.jsonl")
"""
OF_SPEC = {"status_declared", "media_type_declared", "response_headers", "body_json", "body_schema"}


def make_project(folder: Path) -> Path:
    """Make a copy of the project whose twin writes down what it is asked and answers."""
    for name in ("spec", "contracts", "reports"):
        shutil.copytree(REPOSITORY / name, folder / name)
    settings = (REPOSITORY / "contracts.yaml").read_text(encoding="utf-8")
    assert APP in settings
    (folder / "contracts.yaml").write_text(settings.replace(APP, "recorded_app:create_app"), encoding="utf-8")
    app = RECORDED_APP.format(helpers=str(REPOSITORY / "tests"))
    (folder / "recorded_app.py").write_text(app, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("recorded"))


@pytest.fixture(scope="module")
def run(project: Path) -> Finished:
    arguments = ("run", "--phase", "scenarios", "--format", "json", "--artifacts", "packed", "--output", "out")
    return run_contracts(*arguments, cwd=project, timeout=300)


@pytest.fixture(scope="module")
def observed(project: Path, run: Finished) -> Finished:
    lines = (project / "traffic.jsonl").read_text(encoding="utf-8").splitlines()
    write_har(project / "traffic.har", map(json.loads, lines))
    arguments = ("observe", "traffic.har", "--format", "json", "--artifacts", "packed", "--output", "seen")
    return run_contracts(*arguments, cwd=project, timeout=300)


def count_rows(finished: Finished) -> Counter[tuple[str, str, str, str]]:
    """Return how often each check of the spec had each outcome, by operation."""
    return Counter(
        (step["operation"], check["check"], check["path"] or "", check["outcome"])
        for scenario in finished.results["scenarios"]
        for step in scenario["steps"]
        if not _is_repeated(step)
        for check in step["checks"]
        if check["check"] in OF_SPEC
    )


def _is_repeated(step: object) -> bool:
    """Of a step that was sent until its answer was as expected the run has the last answer, the recording all."""
    return isinstance(step, dict) and step["attempts"] > 1


def test_the_rows_of_the_spec_s_checks_are_those_of_the_run(run: Finished, observed: Finished) -> None:
    of_run, of_traffic = count_rows(run), count_rows(observed)

    assert sum(of_run.values()) > 1500
    assert of_run - of_traffic == Counter()
    assert set(of_traffic) == set(of_run)
    repeated = {step["operation"] for row in run.results["scenarios"] for step in row["steps"] if _is_repeated(step)}
    assert {row[0] for row in of_traffic - of_run} <= repeated


def test_nothing_was_sent_and_everything_was_judged(run: Finished, observed: Finished) -> None:
    results, (file,) = observed.results, observed.results["run"]["observed"]

    assert (observed.code, results["totals"]["requests_sent"]) == (0, 0)
    assert file["judged"] == file["entries"] == run.results["totals"]["requests_sent"]
