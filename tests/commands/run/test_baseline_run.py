"""`--baseline`: what was broken before in the same way does not decide the exit code."""

import json
from pathlib import Path

from helpers.command import run_contracts
from helpers.ledger_reader import read_lines
from helpers.servers import always, answer, serve_raw
from helpers.shop import write_project

SCENARIOS = """
- {id: "1.1", title: All things, steps: [{operation: listThings}]}
- {id: "1.2", title: One thing, steps: [{operation: getThing, parameters: {id: 1}}]}
"""


def test_the_exit_code_is_decided_by_what_is_new(tmp_path: Path) -> None:
    with serve_raw(always(answer(body=b'{"data": []}'))) as service:
        write_project(tmp_path, SCENARIOS, base_url=service.base_url)
        before = run_contracts("run", "--output", "runs/1", cwd=tmp_path)
        results = before.results
        after = run_contracts("run", "--baseline", "last", "--output", "runs/2", cwd=tmp_path)
        audit = run_contracts("audit", "runs/2", cwd=tmp_path)
        (tmp_path / "runs/1/results.json").write_text(json.dumps(results | {"head": "00" * 32}), "utf-8")
        forged = run_contracts("run", "--baseline", "runs/1", "--output", "runs/3", cwd=tmp_path)

    assert (before.code, after.code, after.outcomes["1.2"]) == (1, 0, "failed")
    assert "nothing is newly broken: 1 failed of 2 scenarios; broken as in the baseline " in after.stdout
    assert "; 1 as in the baseline)" in after.stdout
    report = (after.folder / "report.md").read_text(encoding="utf-8")
    assert "- **1.2 One thing**: failed, as in the baseline" in report
    assert '<span class="tag">as in the baseline</span>' in (after.folder / "report.html").read_text(encoding="utf-8")
    assert (audit.code, "the ledger means exit code 0" in audit.stdout) == (0, True)
    [line] = [line for line in read_lines(after.folder) if line["type"] == "baseline_recorded"]
    assert (line["run"], line["head"]) == (results["run"]["id"], results["head"])
    assert after.results["baseline"]["rows"] == [{"phase": "scenarios", "id": "1.2", "outcome": "failed"}]
    assert (forged.code, "results.json is not that of its ledger" in forged.stderr) == (2, True)
