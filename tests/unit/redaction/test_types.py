"""A raw exchange cannot be written: the type checker refuses it."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
PROGRAM = """
from pathlib import Path
from contracts_runner.redaction.redactor import RecordedExchange, Redactor
from contracts_runner.model.exchange import Exchange


def write(exchange: RecordedExchange, path: Path) -> None:
    path.write_text(str(exchange.as_row(None)))


def record(redactor: Redactor, raw: Exchange) -> None:
    recorded = redactor.record(raw, document=None, request_pointer="", response_pointer="")
    write({written}, Path("x"))
"""


def check_types(folder: Path, written: str) -> str:
    program = folder / "program.py"
    program.write_text(PROGRAM.replace("{written}", written), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file=", f"--cache-dir={folder / 'cache'}", "--strict"]
    done = subprocess.run(
        [*command, "--follow-imports=silent", "--ignore-missing-imports", str(program)],
        capture_output=True,
        encoding="utf-8",
        env={"MYPYPATH": str(REPOSITORY / "runner"), "PATH": ""},
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("written", "verdict"),
    [("recorded", "Success"), ("raw", 'incompatible type "Exchange"; expected "RecordedExchange"')],
)
def test_only_what_the_redactor_returned_can_be_written(tmp_path: Path, written: str, verdict: str) -> None:
    pytest.importorskip("mypy", reason="the type checker is no part of the test extra")

    assert verdict in check_types(tmp_path, written)
