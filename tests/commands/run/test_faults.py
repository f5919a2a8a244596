"""Faults of the run itself: a report, a listener, an environment that breaks costs itself alone."""

import os
import sys
from pathlib import Path

import pytest

from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.run.audit import build_tool
from helpers.command import run_contracts
from helpers.rendering import WRITTEN
from helpers.servers import find_closed_port, serve_wsgi
from helpers.shop import READ, write_project


def answer(_environ: dict[str, object], start_response: object) -> list[bytes]:
    assert callable(start_response)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"id": 1, "name": "a"}']


@pytest.mark.parametrize("template", ["report.md.jinja", "report.html.jinja"])
@pytest.mark.parametrize("mistake", ["{% if %}", "{{ view.verdct }}", "{{ 1 / 0 }}", "{{ results|length }}"])
def test_a_template_with_a_mistake_costs_its_report_alone(tmp_path: Path, template: str, mistake: str) -> None:
    with serve_wsgi(answer) as base_url:
        write_project(tmp_path, READ, base_url=base_url)
        settings = tmp_path / "contracts.yaml"
        settings.write_text("templates: reports\n" + settings.read_text(encoding="utf-8"), encoding="utf-8")
        (tmp_path / "reports").mkdir()
        (tmp_path / "reports" / template).write_text(f"one\n{mistake}\n", encoding="utf-8")

        done = run_contracts("run", "--output", "out", cwd=tmp_path)

    broken = template.removesuffix(".jinja")
    names = {path.name for path in done.folder.iterdir() if path.is_file()}
    assert (done.code, done.outcomes) == (3, {"1.1": "passed"})
    assert names == {*WRITTEN, "ledger.jsonl", "manifest.json"} - {broken}
    assert f"{broken} was not written: " in done.stderr
    assert f"{template}:2" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert (tmp_path / "out.zip").is_file()
    assert audit_folder(done.folder, build_tool(None)).violations == ()


def test_a_report_that_cannot_be_written_again_is_told(tmp_path: Path) -> None:
    with serve_wsgi(answer) as base_url:
        write_project(tmp_path, READ, base_url=base_url)
        run_contracts("run", "--output", "out", cwd=tmp_path)
    settings = tmp_path / "contracts.yaml"
    settings.write_text("templates: reports\n" + settings.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "report.md.jinja").write_text("{% if %}", encoding="utf-8")

    done = run_contracts("report", "out", cwd=tmp_path)

    assert done.code == 3
    assert "report.md was not written: " in done.stderr
    assert {"report.html", "junit.xml"} <= {path.name for path in (tmp_path / "out").iterdir()}


@pytest.mark.skipif(sys.platform == "win32", reason="its environment is Unicode")
@pytest.mark.parametrize(
    ("place", "mistake"),
    [
        (
            "credentials: {key: $ODD}",
            "contracts/things.yaml:{line}: the credential 'key' cannot be used: $ODD is not UTF-8; set it to a text",
        ),
        ("variables: {thing: 1, odd: $ODD}", ""),
    ],
)
def test_a_variable_that_is_not_utf_8_is_a_mistake_with_its_place(tmp_path: Path, place: str, mistake: str) -> None:
    write_project(tmp_path, READ, base_url=f"http://127.0.0.1:{find_closed_port()}")
    settings = tmp_path / "contracts.yaml"
    before = {"credentials": "credentials: {key: very-secret-key-1}", "variables": "variables: {thing: 1}"}
    text = settings.read_text(encoding="utf-8").replace(before[place.partition(":")[0]], place)
    other = text + "  other:\n    base_url: http://127.0.0.1:9\n    credentials: {key: k}\n    variables: {thing: 1}\n"
    settings.write_text(other, encoding="utf-8")
    odd = os.fsdecode(b"caf\xe9-secret")

    done = run_contracts("run", "--output", "out", cwd=tmp_path, ODD=odd)
    unselected = run_contracts("run", "--env", "other", "--dry-run", cwd=tmp_path, ODD=odd)

    contract = (tmp_path / "contracts" / "things.yaml").read_text(encoding="utf-8")
    line = next(number for number, each in enumerate(contract.splitlines(), start=1) if "name: read" in each)
    assert (done.code == 2) == bool(mistake)
    assert mistake.format(line=line) in done.stderr
    assert "secret" not in done.stderr
    assert unselected.code == 0, unselected.stderr
