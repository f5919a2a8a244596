"""A run that writes its reports is not over: nobody resumes it meanwhile."""

import os
import subprocess
import sys
from pathlib import Path

from helpers.command import run_contracts
from helpers.servers import always, answer, serve_raw
from helpers.shop import READ, write_project

# The interpreter imports `sitecustomize` before anything else: here the reports wait for a line on stdin.
WAITING = """
import sys
from contracts_runner.run import finish

def wait(*arguments, original=finish.write_reports, **options):
    print("writing", flush=True)
    sys.stdin.readline()
    return original(*arguments, **options)

finish.write_reports = wait
"""


def test_a_run_cannot_be_resumed_while_its_reports_are_written(tmp_path: Path) -> None:
    (tmp_path / "faults").mkdir()
    (tmp_path / "faults" / "sitecustomize.py").write_text(WAITING, encoding="utf-8")
    paths = os.pathsep.join([str(tmp_path / "faults"), *filter(None, sys.path)])
    with serve_raw(always(answer("200 OK", b'{"id": 1, "name": "a"}'))) as server:
        write_project(tmp_path, READ, base_url=server.base_url)
        command = [sys.executable, "-m", "contracts_runner", "run", "--output", "out"]
        with subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": paths},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        ) as first:
            assert first.stdout is not None
            assert "writing\n" in first.stdout
            second = run_contracts("run", "--resume", "out", cwd=tmp_path)
            first.communicate("go on\n")

    assert second.code == 2
    assert "ledger.jsonl is being written by another process" in second.stderr
    assert first.returncode == 0
