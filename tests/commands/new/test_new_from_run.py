"""`contracts new --from RUN ID` makes scenarios of what a run has recorded."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts_runner.errors import UsageError
from contracts_runner.project.project import Project, load_project
from contracts_runner.redaction.replacement import MARKER
from contracts_runner.run.drafting import draft_recorded
from helpers.command import COLD, REPOSITORY, run_contracts
from helpers.golden_run import FAULTS, SANDBOX, unpack_golden_run


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(REPOSITORY)


def draft(project: Project, run: Path, identifier: str, **options: Any) -> dict[str, Any]:
    options = {"environment": None, "name": None, "into": None, **options}
    drafted = draft_recorded(project, str(run), identifier, **options)
    contents: dict[str, Any] = yaml.safe_load(drafted.text)
    return contents


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack_golden_run(SANDBOX, tmp_path_factory.mktemp("run"))


@pytest.mark.thorough
def test_every_scenario_of_a_run_becomes_one_that_sends_the_same(project: Project, run: Path) -> None:
    rows = json.loads((run / "results.json").read_text(encoding="utf-8"))["scenarios"]
    sent = {row["id"]: [step for step in row["steps"] if step["artifact"]] for row in rows}
    made = {identifier: draft(project, run, identifier) for identifier, steps in sent.items() if steps}

    assert len(made) > 20
    for identifier, contents in made.items():
        (scenario,) = contents["scenarios"]
        steps = [*scenario["steps"], *scenario.get("cleanup", ())]
        assert [step["operation"] for step in steps] == [step["operation"] for step in sent[identifier]]
        statuses = [step["response"]["status"] for step in sent[identifier] if step["response"]]
        assert [step["expect"]["status"] for step in steps if "expect" in step] == statuses
        assert not MARKER.search(json.dumps(contents))


def test_what_is_redacted_is_a_variable_that_is_asked_for(project: Project, run: Path) -> None:
    drafted = draft_recorded(project, str(run), "6.1", environment=None, name="X.1", into=None)

    (scenario,) = yaml.safe_load(drafted.text)["scenarios"]
    assert scenario["id"] == "X.1"
    assert scenario["steps"][0]["body"]["client_email"] == "${client_email}"
    assert any("client_email: $CLIENT_EMAIL" in line for line in drafted.report)
    assert "client_email: $CLIENT_EMAIL" in drafted.text.partition("- id:")[0]


def test_an_id_that_the_run_does_not_have_is_told(project: Project, run: Path) -> None:
    with pytest.raises(UsageError, match=r"no scenario and no property failure '6\.1x' in .*; Did you mean '6\.1'\?"):
        draft(project, run, "6.1x")


def test_a_property_failure_is_a_scenario_of_its_requests(project: Project, tmp_path: Path) -> None:
    run = unpack_golden_run(FAULTS, tmp_path)
    rows = json.loads((run / "results.json").read_text(encoding="utf-8"))["properties"]
    failures = [row for row in rows if row["failure"]]

    for row in failures:
        (scenario,) = draft(project, run, row["id"])["scenarios"]
        assert scenario["id"] == "NEW.1"
        assert [step["operation"] for step in scenario["steps"]] == [
            step["operation"] for step in row["failure"]["steps"]
        ]
    assert failures


def test_a_scenario_is_added_to_a_file(tmp_path: Path) -> None:
    run = unpack_golden_run(SANDBOX, tmp_path)
    root = tmp_path / "project"
    shutil.copytree(REPOSITORY / "spec", root / "spec")
    settings = (
        "version: 1\nspecs: {qtickets: spec/qtickets/openapi.yaml}\nenvironments: {a: {base_url: https://a.example}}\n"
    )
    scenarios = "scenarios:\r\n  - {id: A, title: A, steps: [{operation: listOrders}]}\r\n"
    text = f"contract: mine  # ours\r\nspec: qtickets\r\n{scenarios}"
    (root / "contracts").mkdir()
    file = root / "contracts/mine.yaml"
    (root / "contracts.yaml").write_text(settings, encoding="utf-8")
    file.write_text(text, encoding="utf-8", newline="")

    done = run_contracts("new", "--from", str(run), "6.2", "--into", "contracts/mine.yaml", cwd=root, **COLD)

    assert (done.code, done.stdout) == (0, "")
    written = file.read_bytes().decode()
    assert written.startswith(text)
    assert written.count("\r\n") == written.count("\n")
    assert [each["id"] for each in yaml.safe_load(written)["scenarios"]] == ["A", "NEW.1"]
