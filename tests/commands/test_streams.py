"""What stdout and stderr cannot take changes neither the exit code nor the evidence: real processes, each command with
each fault of a stream."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.run.audit import build_tool
from helpers.servers import always, answer, serve_raw
from helpers.shop import write_project
from helpers.varied import vary

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these devices, pipes and shells are POSIX only")

SCENARIOS = """
- id: "1.1"
  title: Вещи можно читать
  steps: [{name: читать, operation: getThing, parameters: {id: 1}, expect: {body: {$.name: Вещь}}}]
- id: "1.2"
  title: Другая вещь
  steps: [{name: читать, operation: getThing, parameters: {id: 1}, expect: {body: {$.name: Другая}}}]
"""
BODY = '{"id": 1, "name": "Вещь"}'.encode()
RUNS = (("run", "1.1"), ("run", "1.2"), ("run", "1.1", "--format", "json"))
# Of these the text on stdout is all that they are for.
PRINTING = (
    ("list",),
    ("check", "--format", "json"),
    ("audit", "first"),
    ("report", "first"),
    ("show", "1.1"),
    ("run", "--dry-run"),
    ("--help",),
    ("run", "--help"),
)
SHELL_FAULTS = {
    "stdout closed": ">&-",
    "stderr closed": "2>&-",
    "all closed": "<&- >&- 2>&-",
    "stdout full": ">/dev/full",
    "stderr full": "2>/dev/full",
    "both full": ">/dev/full 2>&1",
}
FAULTS = (*SHELL_FAULTS, "stdout unread", "stderr unread", "stdout hung up", "both hung up")
# What was asked for is lost: 3, where nothing else decides.
LOSSES = ("stdout full", "both full", "stdout hung up", "both hung up")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("project")
    with serve_raw(always(answer("200 OK", BODY))) as server:
        write_project(folder, SCENARIOS, base_url=server.base_url)
        assert call(folder, ("run", "1.1", "--output", "first")) == 0
        yield folder


def call(folder: Path, arguments: Sequence[str], fault: str = "", encoding: str = "utf-8") -> int:
    """Run a command with a fault, and return its exit code."""
    command = [sys.executable, "-m", "contracts_runner", *arguments]
    if fault in SHELL_FAULTS:
        command = ["sh", "-c", f'exec "$@" {SHELL_FAULTS[fault]}', "sh", *command]
    environ = {**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
    with contextlib.ExitStack() as stack:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **open_fault(fault, stack)}
        done = subprocess.run(command, cwd=folder, env=environ, timeout=120, check=False, **streams)
    assert b"Traceback" not in (done.stdout or b"") + (done.stderr or b"")
    return done.returncode


def open_fault(fault: str, stack: contextlib.ExitStack) -> dict[str, int]:
    """Return the stream that is broken: a pipe without a reader, a terminal that has hung up."""
    if not fault.endswith(("unread", "hung up")):
        return {}
    other, number = os.pipe() if fault.endswith("unread") else os.openpty()
    os.close(other)
    stack.callback(os.close, number)
    names = ("stdout", "stderr") if fault.startswith("both") else (fault.partition(" ")[0],)
    return dict.fromkeys(names, number)


def check_evidence(folder: Path) -> None:
    assert (folder / "manifest.json").is_file()
    assert {"results.json", "report.html", "junit.xml"} <= {path.name for path in folder.iterdir()}
    assert audit_folder(folder, build_tool(None)).violations == ()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("command", vary(RUNS, everywhere=("run", "1.2"), name=" ".join))
def test_a_run_has_its_verdict_and_its_evidence(
    project: Path, tmp_path: Path, command: tuple[str, ...], fault: str
) -> None:
    encoding = "ascii" if "closed" in fault else "cp1252"

    code = call(project, [*command, "--format", "html,junit,json", "--output", str(tmp_path / "out")], fault, encoding)

    assert code == (1 if "1.2" in command else 0)
    check_evidence(tmp_path / "out")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("command", vary(PRINTING, everywhere=("list",), name=" ".join))
def test_a_command_says_by_its_exit_code_that_its_text_is_lost(
    project: Path, command: tuple[str, ...], fault: str
) -> None:
    assert call(project, command, fault) == (3 if fault in LOSSES else 0)


@pytest.mark.thorough
@pytest.mark.parametrize("fault", FAULTS)
def test_a_mistake_has_its_exit_code(project: Path, fault: str) -> None:
    assert call(project, ["show", "9.9"], fault) == 2


def test_a_reader_that_has_had_enough_is_no_error(project: Path) -> None:
    command = [sys.executable, "-m", "contracts_runner", "run", "--dry-run"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()

    assert (process.returncode, said) == (0, b"")


APP = """
import os
import sys


def create_app():
    def answer(environ, start_response):
        print("Вещь", flush=True)
        print("Вещь", file=sys.stderr, flush=True)
        start_response("200 OK", [("Content-Type", "application/json")])
        return ['{"id": 1, "name": "Вещь"}'.encode()]

    return answer
"""


@pytest.mark.parametrize("fault", ["stderr closed", "stderr full", "stderr unread", "both hung up", "all closed"])
def test_what_the_application_of_a_sandbox_prints_changes_no_answer(tmp_path: Path, fault: str) -> None:
    write_project(tmp_path, SCENARIOS, base_url="http://unused.invalid")
    (tmp_path / "shop_app.py").write_text(APP, encoding="utf-8")
    settings = tmp_path / "contracts.yaml"
    served = "sandbox\n    sandbox: {app: 'shop_app:create_app'}"
    text = settings.read_text(encoding="utf-8").replace("http://unused.invalid", served)
    settings.write_text(text, encoding="utf-8")

    code = call(tmp_path, ["run", "1.1", "--output", "out"], fault, "ascii")

    assert code == 0
    check_evidence(tmp_path / "out")
