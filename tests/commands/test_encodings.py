"""What the encoding of a console cannot show is printed as its escape, and changes no exit code."""

from pathlib import Path

import pytest

from helpers.command import run_contracts
from helpers.shop import write_project

SCENARIOS = """
- id: "1"
  title: Вещи можно читать
  source: {section: "раздел"}
  steps: [{name: читать, operation: getThing, parameters: {id: 1}, expect: {body: {$.name: Вещь}}}]
"""
ENCODINGS = ("ascii", "cp1252", "utf-8")
COMMANDS = (
    ["list"],
    ["list", "--sources"],
    ["show", "1"],
    ["run", "--dry-run"],
    ["check"],
    ["check", "--format", "json"],
)


@pytest.mark.thorough
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_console_of_any_encoding_is_written_to(tmp_path: Path, encoding: str, command: list[str]) -> None:
    write_project(tmp_path, SCENARIOS, base_url="https://test.example.com", writes="block")

    done = run_contracts(*command, cwd=tmp_path, PYTHONUTF8="0", PYTHONIOENCODING=encoding)

    assert (done.code, done.stderr) == (0, "")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_mistakes_are_reported_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    write_project(tmp_path, SCENARIOS.replace("getThing", "getВещь"), base_url="https://test.example.com")

    done = run_contracts("check", cwd=tmp_path, PYTHONUTF8="0", PYTHONIOENCODING=encoding)

    assert done.code == 2
    assert "Traceback" not in done.stderr
