"""Hooks of a project, whatever they do: the run ends with its evidence, the hook is errored, the exit code is 3."""

import importlib.util
import json
from pathlib import Path

import pytest

from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.run.audit import build_tool
from helpers.command import Finished, run_contracts
from helpers.ledger_reader import check_chain, read_lines
from helpers.servers import serve_wsgi
from helpers.shop import READ, write_project

HAS_ENGINE = importlib.util.find_spec("chdb") is not None
SECRET = "very-secret-key-1"
# What a function of the module `hooks` does, or the module itself.
BEHAVIOURS = {
    "raises": f"    raise KeyError('{SECRET}')",
    "exits": "    import sys\n    sys.exit(0)",
    "recurses": "    return {name}(**_)",
    "interrupts": "    raise KeyboardInterrupt",
    "hangs": "    import threading\n    threading.Event().wait()",
    "is not Python": "    return (",
    "prints": "    print('{{')\n    raise MemoryError",
}
WAREHOUSE = """
warehouse: things
tables:
  things:
    checks:
      - {id: W.1, row_count: {min: 0}}
"""
APP = '''
import json


def create_app():
    """Return a service of one thing, without its name if it is to be broken."""
    print("this is not an answer of the protocol")

    def answer(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"id": 1, "name": "a", "data": []}).encode()]

    return answer
'''


def write_hook(folder: Path, behaviour: str, name: str) -> None:
    body = BEHAVIOURS[behaviour].format(name=name)
    (folder / "own_hooks.py").write_text(f"def {name}(**_):\n{body}\n", encoding="utf-8")


def run(folder: Path, *arguments: str) -> Finished:
    """Run from another folder than the project's, as a user may."""
    outside = folder.parent / "outside"
    outside.mkdir()
    return run_contracts("run", "--project", str(folder), "--output", "out", *arguments, cwd=outside)


def check_evidence(done: Finished) -> None:
    """Check that the run ended as runs end: reports, manifest, archive, an audit that holds; and no traceback."""
    names = {path.name for path in done.folder.iterdir()}
    assert {"ledger.jsonl", "results.json", "report.html", "junit.xml", "manifest.json"} <= names
    assert done.folder.with_name("out.zip").is_file()
    assert check_chain(done.folder / "ledger.jsonl") == len(read_lines(done.folder))
    audit = audit_folder(done.folder, build_tool(None))
    assert (audit.violations, audit.exit_code) == ((), done.code)
    assert "Traceback" not in done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr
    for path in done.folder.rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes(), path


def use_sandbox(folder: Path, app: str) -> None:
    """Let the environment of the project serve an application, instead of naming a service."""
    path = folder / "contracts.yaml"
    served = path.read_text(encoding="utf-8").replace("http://none.invalid", f"sandbox\n    sandbox: {{app: '{app}'}}")
    path.write_text(served, encoding="utf-8")


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_sandbox_application_that_breaks(tmp_path: Path, behaviour: str) -> None:
    limit = "hook_timeout: 500ms" if behaviour == "hangs" else ""
    folder = write_project(tmp_path / "project", READ, base_url="http://none.invalid", more_settings=limit)
    use_sandbox(folder, "own_hooks:create_app")
    write_hook(folder, behaviour, "create_app")

    done = run(folder)

    assert done.code == 3, done.stderr
    [fault] = done.results["faults"]
    assert (fault["where"], done.outcomes) == ("hook sandbox.app", {"1.1": "blocked"})
    assert "own_hooks.py:" in fault["message"] or behaviour == "hangs"
    assert "hook sandbox.app is errored" in done.stdout
    assert done.results["totals"]["requests_sent"] == 0
    check_evidence(done)


def test_the_root_of_the_project_is_on_the_import_path_and_prints_do_no_harm(tmp_path: Path) -> None:
    folder = write_project(tmp_path / "project", READ, base_url="http://none.invalid")
    use_sandbox(folder, "own_app:create_app")
    (folder / "own_app.py").write_text(APP, encoding="utf-8")

    done = run(folder)

    assert (done.code, done.outcomes) == (0, {"1.1": "passed"}), done.stderr


def test_an_application_that_is_not_there_is_a_mistake_of_the_project(tmp_path: Path) -> None:
    folder = write_project(tmp_path / "project", READ, base_url="http://none.invalid")
    use_sandbox(folder, "no_such_module:create_app")

    done = run(folder)

    assert done.code == 2
    assert "contracts.yaml:" in done.stderr
    assert "No module named 'no_such_module'" in done.stderr
    assert not (done.folder / "ledger.jsonl").exists()


@pytest.mark.skipif(not HAS_ENGINE, reason="no embedded ClickHouse on this platform: there is no chdb-core for it")
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
@pytest.mark.parametrize("hook", ["prepare", "load"])
def test_a_hook_of_the_warehouse_that_breaks(tmp_path: Path, hook: str, behaviour: str) -> None:
    limit = "hook_timeout: 500ms\n" if behaviour == "hangs" else ""
    settings = f"{limit}warehouse: {{dsn: 'chdb://memory', {hook}: 'own_hooks:{hook}'}}"
    with serve_wsgi(answer) as base_url:
        folder = write_project(tmp_path / "project", READ, base_url=base_url, more_settings=settings)
        (folder / "contracts" / "warehouse.yaml").write_text(WAREHOUSE, encoding="utf-8")
        write_hook(folder, behaviour, hook)

        done = run(folder)

    outcomes = {check["outcome"] for check in done.results["warehouse"]["checks"]}
    told = done.results["faults"][0] if hook == "prepare" else done.results["warehouse"]["load"]
    assert (done.code, done.outcomes) == (3, {"1.1": "passed"}), done.stderr
    assert outcomes == {"errored" if hook == "prepare" else "blocked"}
    assert "own_hooks.py:" in told["message"] or "did not return within 0.5 s (hook_timeout)" in told["message"]
    check_evidence(done)


@pytest.mark.skipif(not HAS_ENGINE, reason="no embedded ClickHouse on this platform: there is no chdb-core for it")
def test_a_hook_that_exits_with_0_does_not_hide_a_failure(tmp_path: Path) -> None:
    failing = READ.replace("status: 200", "status: 404")
    with serve_wsgi(answer) as base_url:
        settings = "warehouse: {dsn: 'chdb://memory', load: 'own_hooks:load'}"
        folder = write_project(tmp_path / "project", failing, base_url=base_url, more_settings=settings)
        (folder / "contracts" / "warehouse.yaml").write_text(WAREHOUSE, encoding="utf-8")
        write_hook(folder, "exits", "load")

        done = run(folder)

    assert (done.code, done.outcomes) == (1, {"1.1": "failed"})
    check_evidence(done)


def answer(environ: dict[str, object], start_response: object) -> list[bytes]:
    assert callable(start_response)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"id": 1, "name": "a"}).encode()]


@pytest.mark.parametrize("command", ["check", "list"])
def test_what_sends_nothing_runs_no_hook(tmp_path: Path, command: str) -> None:
    folder = write_project(tmp_path / "project", READ, base_url="http://none.invalid")
    use_sandbox(folder, "own_hooks:create_app")
    text = "open('was-imported', 'w').close()\nraise SystemExit(7)\ndef create_app(**_): ...\n"
    (folder / "own_hooks.py").write_text(text, encoding="utf-8")

    done = run_contracts(command, "--project", str(folder), cwd=tmp_path)

    assert (done.code, (tmp_path / "was-imported").exists()) == (0, False), done.stdout


@pytest.mark.parametrize("behaviour", [name for name in BEHAVIOURS if name != "hangs"])
@pytest.mark.parametrize("command", ["doctor", "sandbox"])
def test_other_commands_tell_of_a_broken_application_in_a_line(tmp_path: Path, command: str, behaviour: str) -> None:
    folder = write_project(tmp_path / "project", READ, base_url="http://none.invalid")
    use_sandbox(folder, "own_hooks:create_app")
    write_hook(folder, behaviour, "create_app")

    done = run_contracts(command, "--project", str(folder), cwd=tmp_path)

    assert done.code == 3
    assert "own_hooks.py:" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
