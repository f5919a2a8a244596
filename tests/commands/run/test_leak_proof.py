"""A leak fails the run, wherever it stands: planted defects in the tool's own process."""

import sys
from pathlib import Path

import pytest

from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.run.audit import build_tool
from helpers.command import Finished, run_contracts
from helpers.servers import always, answer, serve_raw
from helpers.shop import READ, write_project

OWNER = "first.owner@example.com"
# A fault of the tool: something raw is printed or written after the exchange was recorded. The interpreter imports
# `sitecustomize` before anything else.
DEFECT = """
import sys
from contracts_runner.reporting import console

def leak(self, event, original=console.ConsoleListener.handle):
    original(self, event)
    if event.type == "scenario_finished":
        {action}

console.ConsoleListener.handle = leak
"""


# Another one: what is not redacted yet is packed.
PACKING_DEFECT = """
from contracts_runner.evidence.artifacts import Artifacts

def append(self, name, content, original=Artifacts._append):
    return original(self, name, content.replace("чашка".encode(), b"very-secret-key-1"))

Artifacts._append = append
"""


def run_with_defect(folder: Path, action: str) -> Finished:
    return run_with(folder, DEFECT.replace("{action}", action))


def run_with(folder: Path, defect: str, *options: str) -> Finished:
    (folder / "faults").mkdir()
    (folder / "faults" / "sitecustomize.py").write_text(defect, encoding="utf-8")
    body = f'{{"id": 1, "name": "чашка", "owner": "{OWNER}"}}'.encode()
    with serve_raw(always(answer("200 OK", body))) as server:
        write_project(folder, READ, base_url=server.base_url)
        paths = [str(folder / "faults"), *(path for path in sys.path if path)]
        return run_contracts("run", "--output", "out", *options, cwd=folder, PYTHONPATH=":".join(paths))


@pytest.mark.parametrize(
    ("action", "place"),
    [
        (f"print('{OWNER}')", "stdout:1: personal value of 23 characters"),
        (f"print('{OWNER}'.upper(), file=sys.stderr)", "stderr:2: personal value of 23 characters"),
        ("print('first.ow\\nner@example.com')", "stdout:1: personal value of 23 characters"),
        ("print('very-secret-key-1')", "stdout:1: secret key"),
        (f"open('out/notes.txt', 'w').write('{OWNER}')", "notes.txt:1: personal value of 23 characters"),
        ("open('out/a.txt', 'w').write('dmVyeS1zZWNyZXQta2V5LTE=')", "a.txt:1: secret key"),
    ],
)
def test_a_planted_leak_fails_the_run_and_is_placed(tmp_path: Path, action: str, place: str) -> None:
    finished = run_with_defect(tmp_path, action)

    assert finished.code == 3
    assert not (tmp_path / "out.zip").exists()
    assert f"leak: {place}" in finished.stderr.splitlines()
    reported = [line for line in finished.stderr.splitlines() if line.startswith("leak:")]
    assert not any(OWNER in line or "secret-key" in line for line in reported)


@pytest.mark.thorough
def test_a_secret_in_the_pack_fails_the_run_and_is_placed(tmp_path: Path) -> None:
    finished = run_with(tmp_path, PACKING_DEFECT, "--artifacts", "packed")

    assert finished.code == 3
    assert finished.results["leaks"] == [{"file": "artifacts.jsonl", "line": 1, "kind": "secret", "name": "key"}]
    assert not (tmp_path / "out.zip").exists()
    violations = audit_folder(finished.folder, build_tool(None)).violations
    assert [(each.figure, each.file) for each in violations] == [
        ("scenario 1.1 step 1: response body", "artifacts.jsonl#1.1/1-read.json")
    ]


def test_without_the_defect_the_run_is_good(tmp_path: Path) -> None:
    finished = run_with_defect(tmp_path, "pass")

    assert (finished.code, finished.outcomes) == (0, {"1.1": "passed"})
    assert OWNER not in finished.stdout + finished.stderr
