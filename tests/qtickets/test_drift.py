"""Drift of the twin: what was planted in its answers is told, and nothing else, though spec and contracts allow it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.cli.main import main
from contracts_runner.run.audit import build_tool
from helpers.command import Finished, run_contracts
from helpers.faulty_project import write_faulty_project

SELECTED = ("1.4", "R.page.events", "6.4")
TWIN = "qtickets_sandbox.app:create_app"
APP = """
import json
from pathlib import Path

from qtickets_sandbox.app import create_app as create_twin


def create_app(**options):
    twin = create_twin(**options)

    def answer(environ, start_response):
        parts = []

        def start(status, headers):
            parts.append((status, headers))

        body = b"".join(twin(environ, start))
        status, headers = parts[0]
        if Path(__file__).with_name("planted").exists() and environ["PATH_INFO"].endswith("/events"):
            document = json.loads(body)
            for event in document["data"]:
                event["planted"] = {"inner": [event["id"]]}
                del event["site_url"]
                event["currency_id"] = 643
            body = json.dumps(document).encode()
            headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(status, headers)
        return [body]

    return answer
"""


def run(folder: Path, number: int, *selected: str) -> Finished:
    return run_contracts("run", *selected, "--phase", "scenarios", "--output", f"runs/{number}", cwd=folder)


def look(folder: Path, *arguments: str) -> str:
    return CliRunner().invoke(main, [*arguments, "--project", str(folder)]).stdout


@pytest.mark.thorough
def test_a_new_a_vanished_and_a_retyped_field_are_told_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_faulty_project(tmp_path)
    settings = tmp_path / "contracts.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace(TWIN, "drifting:create_app"), encoding="utf-8")
    (tmp_path / "drifting.py").write_text(APP, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    first, part = run(tmp_path, 1, *SELECTED), run(tmp_path, 2, *SELECTED[1:])
    (tmp_path / "planted").touch()
    planted = run(tmp_path, 3, *SELECTED)

    assert "drift" not in first.results
    assert part.results["drift"] == []
    drift = planted.results["drift"]
    assert [(row["operation"], row["place"], row["change"]) for row in drift] == [
        ("listEvents", "/data/*/currency_id", "retyped"),
        ("listEvents", "/data/*/planted", "appeared"),
        ("listEvents", "/data/*/site_url", "vanished"),
    ]
    assert {row["run"] for row in drift} == {part.results["run"]["id"]}
    told = look(tmp_path, "diff", "runs/1", "runs/3")
    for text in (planted.stdout, (planted.folder / "report.md").read_text(encoding="utf-8"), told):
        assert "planted" in text.replace("\\", "")
    assert "drift: 3\n    listEvents 200 /data/*/currency_id has another type: integer " in told
    assert json.loads(look(tmp_path, "diff", "runs/1", "runs/2", "--format", "json"))["drift"] == []
    [*_, last] = json.loads(look(tmp_path, "history", "--format", "json"))["runs"]
    assert last["drift"] == drift
    assert audit_folder(planted.folder, build_tool(tmp_path)).violations == ()
