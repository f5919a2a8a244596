"""`contracts replay` runs a scenario of a run again, and ends with the same summary as a run."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from helpers.command import run_contracts
from helpers.servers import serve_wsgi
from helpers.shop import write_project

SCENARIOS = """
- id: "1.1"
  title: The name
  steps:
    - {name: read, operation: getThing, parameters: {id: 1}, expect: {body: {$.name: тарелка}}}
- id: "1.2"
  title: Another
  steps:
    - {name: read, operation: getThing, parameters: {id: 1}}
"""


def serve_thing(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"id": 1, "name": "a"}).encode()]


def test_a_scenario_is_run_again_alone_with_the_seed_of_its_run(tmp_path: Path) -> None:
    with serve_wsgi(serve_thing) as base_url:
        write_project(tmp_path, SCENARIOS, base_url=base_url)
        first = run_contracts("run", "--output", "first", "--seed", "7", cwd=tmp_path)

        again = run_contracts("replay", "first", "1.1", cwd=tmp_path)

    assert (first.code, again.code) == (1, 1), again.stderr
    [run] = [path for path in (tmp_path / "runs").iterdir() if path.is_dir()]
    assert "failed: 1 failed of 1 scenario; " in again.stdout.splitlines()[-1]
    assert again.stdout.splitlines()[-1].endswith(f"runs/{run.name}/report.html")
    assert '"seed": 7' in (run / "results.json").read_text(encoding="utf-8")


def test_an_id_that_the_run_does_not_have_is_a_mistake(tmp_path: Path) -> None:
    with serve_wsgi(serve_thing) as base_url:
        write_project(tmp_path, SCENARIOS, base_url=base_url)
        run_contracts("run", "--output", "first", cwd=tmp_path)

    done = run_contracts("replay", "first", "1.12", cwd=tmp_path)

    assert done.code == 2
    assert "has no scenario and no property failure '1.12'; did you mean" in done.stderr
