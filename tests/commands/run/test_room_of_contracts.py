"""The end of a run has the room that the contracts took until all was sent."""

import subprocess
import sys
from pathlib import Path

from helpers.servers import always, answer, serve_raw
from helpers.shop import READ, write_project

COUNTING = """
import gc
from contracts_runner.cli import main
from contracts_runner.model.contract import Scenario
from contracts_runner.run import finish

def count(*arguments, original=finish.write_reports, **options):
    print("scenarios:", sum(isinstance(each, Scenario) for each in gc.get_objects()))
    return original(*arguments, **options)

finish.write_reports = count
main()
"""


def test_contracts_are_let_go_when_all_is_sent(tmp_path: Path) -> None:
    with serve_raw(always(answer("200 OK", b'{"id": 1, "name": "a"}'))) as server:
        write_project(tmp_path, READ, base_url=server.base_url)
        command = [sys.executable, "-c", COUNTING, "run", "--output", "out"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)

    assert done.returncode == 0, done.stderr
    assert "scenarios: 0\n" in done.stdout
    assert (tmp_path / "out" / "report.html").exists()
