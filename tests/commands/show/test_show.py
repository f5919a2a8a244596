"""`contracts show ID`."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from helpers.command import COLD, run_contracts
from helpers.servers import serve_wsgi
from helpers.shop import write_project

SCENARIO = """
- id: "1"
  title: A thing can be read
  tags: [read]
  source: {section: "1.1"}
  steps:
    - name: read
      operation: getThing
      parameters: {id: "${thing}"}
      expect: {status: 200, body: {$.name: чашка}}
      in: {here: {expect: {status: 200}}}
  known:
    - {environments: [here], observed: {status: 404}, because: It was lost., until: 2199-01-01}
"""
WAREHOUSE = """
warehouse: things
tables:
  things:
    checks: [{id: W.1, row_count: {min: 1}}]
"""


def answer_hostile(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/\x1b[31mred")])
    return [b"x"]


def test_a_scenario_is_shown_with_everything_that_its_author_wrote(tmp_path: Path) -> None:
    write_project(tmp_path, SCENARIO, base_url="https://test.example.com")

    finished = run_contracts("show", "1", cwd=tmp_path, **COLD)

    assert finished.code == 0
    assert (
        finished.stdout
        == """\
1  A thing can be read
file:     contracts/things.yaml:6
contract: things
source:   handbook.md, section 1.1
tags:     read

step 1: read  (contracts/things.yaml:11)
    GET /things/{id}  getThing: read, documented
    parameters: {id: '${thing}'}
    expect:
      status: 200
      body: {$.name: чашка}
    in:
      here:
        expect: {status: 200}

known:
  - environments: [here]
    observed: {status: 404}
    because: It was lost.
    until: '2199-01-01'

last outcome: none; no run in runs/, here or in the project, has it
"""
    )


def test_the_last_outcome_comes_from_the_newest_run(tmp_path: Path) -> None:
    with serve_wsgi(answer_hostile) as base_url:
        write_project(tmp_path, SCENARIO, base_url=base_url)
        run_contracts("run", cwd=tmp_path)

    finished = run_contracts("show", "1", cwd=tmp_path)

    run = next(path.name for path in (tmp_path / "runs").iterdir() if path.is_dir())
    assert "\nlast outcome: failed\n" in finished.stdout
    assert "environment here\n" in finished.stdout
    assert f"runs/{run}/artifacts/1/1-read.json" in finished.stdout.replace("\\", "/")
    assert "\x1b" not in finished.stdout


def test_a_warehouse_check_is_shown(tmp_path: Path) -> None:
    write_project(tmp_path, SCENARIO, base_url="https://test.example.com")
    (tmp_path / "contracts" / "warehouse.yaml").write_text(WAREHOUSE, encoding="utf-8")

    finished = run_contracts("show", "W.1", cwd=tmp_path)

    assert finished.stdout.splitlines()[:3] == [
        "W.1  things: row_count",
        "file:     contracts/warehouse.yaml:5",
        "    row_count: {min: 1}",
    ]


def test_an_unknown_id_is_wrong_use_with_a_hint(tmp_path: Path) -> None:
    write_project(tmp_path, SCENARIO.replace('id: "1"', "id: thing"), base_url="https://test.example.com")

    finished = run_contracts("show", "thign", cwd=tmp_path)

    assert (finished.code, finished.stdout) == (2, "")
    assert "Did you mean 'thing'?" in finished.stderr
