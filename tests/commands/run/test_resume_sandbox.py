"""`--resume` of a run against a sandbox, whose worlds ended with its process: what was writing is run again."""

import os
import signal
import sys
from pathlib import Path

import pytest

from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.run.audit import build_tool
from helpers.command import run_contracts
from helpers.ledger_reader import check_chain, read_lines
from helpers.shop import write_project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX only")

# Counts what arrives, over all of its processes, and kills the run at the N-th request of the first.
APP = """
import itertools
import json
import os
import signal
from pathlib import Path

HERE = Path(__file__).parent
KILL_AT = {kill_at}


def create_app():
    things, numbers = {{}}, itertools.count(1)

    def answer(environ, start_response):
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        with (HERE / "calls.txt").open("a+") as calls:
            calls.write(f"{{method}} {{path}}\\n")
            calls.seek(0)
            count = len(calls.readlines())
        if count == KILL_AT:
            os.kill(os.getppid(), signal.{signal})
            if signal.{signal} == signal.SIGKILL:
                signal.pause()
        headers = [("Content-Type", "application/json")]
        if method == "POST":
            thing = {{**json.loads(body), "id": next(numbers)}}
            things[thing["id"]] = thing
            start_response("201 Created", headers)
            return [json.dumps(thing).encode()]
        if path == "/things":
            start_response("200 OK", headers)
            return [json.dumps({{"data": list(things.values())}}).encode()]
        thing = things.get(int(path.rpartition("/")[2]))
        if thing is None:
            start_response("404 Not Found", headers)
            return [b'{{"code": "UNKNOWN"}}']
        if method == "DELETE":
            del things[thing["id"]]
            start_response("204 No Content", [])
            return []
        start_response("200 OK", headers)
        return [json.dumps(thing).encode()]

    return answer
"""
SCENARIOS = """
- id: "1"
  title: Finished before
  steps: [{name: list, operation: listThings}]
- id: "2"
  title: Add, look, remove
  steps:
    - {name: add, operation: addThing, body: {name: a}, capture: {added: $.id}}
    - {name: read, operation: getThing, parameters: {id: "${added}"}, expect: {body: {$.name: a}}}
  cleanup:
    - {name: drop, operation: removeThing, parameters: {id: "${added}"}}
- id: "3"
  title: Not begun
  steps: [{name: list, operation: listThings}]
"""
LIST, ADD, READ, DROP = "GET /things", "POST /things", "GET /things/1", "DELETE /things/1"
WHOLE = [ADD, READ, DROP]


def write_shop(folder: Path, *, kill_at: int, number: str) -> Path:
    write_project(folder, SCENARIOS, base_url="http://none.invalid")
    settings = folder / "contracts.yaml"
    served = "sandbox\n    sandbox: {app: 'own_app:create_app'}"
    settings.write_text(settings.read_text(encoding="utf-8").replace("http://none.invalid", served), encoding="utf-8")
    (folder / "own_app.py").write_text(APP.format(kill_at=kill_at, signal=number), encoding="utf-8")
    return folder


@pytest.mark.parametrize("kill_at", [2, 3, 4])
def test_a_scenario_that_was_writing_is_run_again_and_the_others_are_not(tmp_path: Path, kill_at: int) -> None:
    write_shop(tmp_path, kill_at=kill_at, number="SIGKILL")
    killed = run_contracts("run", "--output", "out", "--jobs", "1", cwd=tmp_path)

    done = run_contracts("run", "--resume", "out", cwd=tmp_path)

    calls = (tmp_path / "calls.txt").read_text(encoding="utf-8").splitlines()
    lines = read_lines(tmp_path / "out")
    results = tmp_path / "out"
    assert (killed.code, done.code) == (-signal.SIGKILL, 0), done.stderr
    assert calls == [LIST, *WHOLE[: kill_at - 1], *WHOLE, LIST]
    assert [(line["under_way"], line["again"]) for line in lines if line["type"] == "run_resumed"] == [(["2"], ["2"])]
    assert [line["scenario"] for line in lines if line["type"] == "scenario_started"] == ["1", "2", "2", "3"]
    sent = sum(line["type"] == "request_sent" for line in lines)
    assert sent == len(calls)
    assert check_chain(results / "ledger.jsonl") == len(lines)
    audit = audit_folder(results, build_tool(None))
    assert (audit.violations, audit.exit_code) == ((), 0)


def test_one_that_is_killed_again_is_run_again(tmp_path: Path) -> None:
    write_shop(tmp_path, kill_at=3, number="SIGKILL")
    run_contracts("run", "--output", "out", "--jobs", "1", cwd=tmp_path)
    (tmp_path / "calls.txt").write_text("", encoding="utf-8")
    run_contracts("run", "--resume", "out", "--jobs", "1", cwd=tmp_path)

    done = run_contracts("run", "--resume", "out", cwd=tmp_path)

    assert done.code == 0, done.stderr
    assert audit_folder(tmp_path / "out", build_tool(None)).violations == ()


def test_a_run_that_a_signal_ended_cleans_up_in_its_world_and_catches_up(tmp_path: Path) -> None:
    write_shop(tmp_path, kill_at=2, number="SIGTERM")
    ended = run_contracts("run", "--output", "out", "--jobs", "1", cwd=tmp_path)
    calls = (tmp_path / "calls.txt").read_text(encoding="utf-8").splitlines()

    done = run_contracts("run", "--resume", "out", cwd=tmp_path)

    later = (tmp_path / "calls.txt").read_text(encoding="utf-8").splitlines()[len(calls) :]
    assert (ended.code, done.code) == (130, 0), ended.stderr + done.stderr
    # The signal and the answer to `add` race: the next step may have begun, and is finished then; else its scenario is
    # run again, in a new world.
    assert [call for call in calls if call != READ] == [LIST, ADD, DROP]
    assert later == ([LIST] if READ in calls else [*WHOLE, LIST])
    assert os.path.exists(tmp_path / "out.zip")
    assert audit_folder(tmp_path / "out", build_tool(None)).violations == ()
