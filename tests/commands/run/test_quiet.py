"""`contracts run -q` and `-v`: how much of a run is told while it goes on, and at its end."""

from pathlib import Path

from helpers.command import run_contracts
from helpers.servers import always, answer, serve_raw
from helpers.shop import write_project

SCENARIOS = """
- {id: "1", title: It is there, steps: [{operation: getThing, parameters: {id: 1}}]}
- {id: "2", title: It is not, steps: [{operation: getThing, parameters: {id: 1}, expect: {status: 404}}]}
"""


def test_a_quiet_run_prints_what_broke_and_the_verdict(tmp_path: Path) -> None:
    with serve_raw(always(answer("200 OK", b'{"id": 1, "name": "a"}'))) as service:
        write_project(tmp_path, SCENARIOS, base_url=service.base_url)
        quiet = run_contracts("run", "-q", "--phase", "scenarios", "--output", "out", cwd=tmp_path)
        both = run_contracts("run", "-q", "-v", cwd=tmp_path)

    lines = quiet.stdout.splitlines()
    assert (quiet.code, quiet.stderr) == (1, "")
    assert lines[0] == "failed   the service answers 200 where 404 is expected  (1 scenario: 2)"
    assert lines[-1].startswith("failed: 1 failed of 2 scenarios")
    assert not any("It is there" in line for line in lines)
    assert (tmp_path / "out" / "report.html").exists()
    assert (both.code, "-q and -v cannot stand together" in both.stderr) == (2, True)
