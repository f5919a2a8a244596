"""`--last-failed` and `--failed-first`: what an earlier run found broken is run alone, or first."""

from pathlib import Path

from helpers.command import run_contracts
from helpers.ledger_reader import read_lines
from helpers.servers import always, answer, serve_raw
from helpers.shop import write_project

SCENARIOS = """
- {id: "1.1", title: All things, steps: [{operation: listThings}]}
- {id: "1.2", title: One thing, steps: [{operation: getThing, parameters: {id: 1}, expect: {status: 404}}]}
"""


def test_what_was_broken_comes_first_or_alone(tmp_path: Path) -> None:
    with serve_raw(always(answer(body=b'{"data": []}'))) as service:
        write_project(tmp_path, SCENARIOS, base_url=service.base_url)
        run_contracts("run", "--output", "runs/1", cwd=tmp_path)
        first = run_contracts("run", "--failed-first", "--jobs", "1", "--output", "runs/2", cwd=tmp_path)
        alone = run_contracts("run", "--last-failed", "--output", "runs/3", cwd=tmp_path)
        mended = (tmp_path / "contracts" / "things.yaml").read_text(encoding="utf-8").replace("404", "200")
        (tmp_path / "contracts" / "things.yaml").write_text(mended, encoding="utf-8")
        none = run_contracts("run", "1.1", "--last-failed", "runs/3", "--dry-run", cwd=tmp_path)

    started = [line["scenario"] for line in read_lines(first.folder) if line["type"] == "scenario_started"]
    assert started == ["1.2", "1.1"]
    assert [*first.outcomes] == ["1.1", "1.2"]
    assert alone.outcomes == {"1.2": "failed"}
    assert (none.code, "nothing is selected" in none.stderr) == (2, True)
