"""One run of a watch, in a process of its own: what it leaves in memory, hangs in or exits by ends with it, and files
that were edited meanwhile are read again.

Protocol: a JSON object on stdin: {root, command, options, answer}; the process writes {exit_code, folder} into the file
`answer`. What it prints goes to stderr.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from contracts_runner import signals, streams
from contracts_runner.dataclass import dataclass
from contracts_runner.errors import ContractsError
from contracts_runner.faults import Fault, guard
from contracts_runner.project.project import load_project
from contracts_runner.reporting.text import make_visible
from contracts_runner.reporting.verdict import INTERRUPTED
from contracts_runner.run.connections import confirm_writes
from contracts_runner.run.execution import execute
from contracts_runner.run.mistakes import print_warnings
from contracts_runner.run.options import Given, build_options
from contracts_runner.run.plan import plan_run

_STDERR = 2
_ANSWER = "ended.json"


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run that ended: its exit code, and its folder, None if it did not come to have one."""

    exit_code: int
    folder: Path | None


class RunProcess:
    """A run in progress."""

    def __init__(self, process: subprocess.Popen[str], answer: Path) -> None:
        self._process = process
        self._answer = answer

    def wait(self) -> EndedRun:
        """Return how the run ended, when it has."""
        code = self._process.wait()
        try:
            ended = json.loads(self._answer.read_text(encoding="utf-8"))
            return EndedRun(ended["exit_code"], Path(ended["folder"]))
        except FileNotFoundError:
            return EndedRun(code, None)

    def interrupt(self) -> None:
        """Ask the run to end, as Ctrl-C does: what is running is finished, and the reports are written."""
        self._process.terminate()


@contextlib.contextmanager
def start_run(root: Path, project: str, command: str, options: Mapping[str, Given]) -> Iterator[RunProcess]:
    """Begin a run of the project in `root` with these options; `command` is what its ledger says that it was, and
    `project` what that has as --project, "" for nothing."""
    with tempfile.TemporaryDirectory(prefix="contracts-watch-") as folder:
        answer = Path(folder, _ANSWER)
        order = {
            "root": str(root),
            "project": project,
            "command": command,
            "options": dict(options),
            "answer": str(answer),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "contracts_runner.run.watching.child"],
            stdin=subprocess.PIPE,
            stdout=_STDERR,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C reaches a whole group: the watch hands it on, once
        )
        with process:
            try:
                assert process.stdin is not None
                with contextlib.suppress(BrokenPipeError):  # a process that ended early: its exit code says it
                    process.stdin.write(json.dumps(order))
                    process.stdin.close()
                yield RunProcess(process, answer)
            finally:
                if process.poll() is None:  # a signal came in between
                    process.terminate()
                    process.wait()


def main() -> NoReturn:
    """Do what stdin says, and end the process with the exit code of the run."""
    signals.end_as_by_ctrl_c()
    stdout, stderr = streams.install()
    order: Mapping[str, Any] = json.load(sys.stdin)
    # What the ledger names as the command of the run.
    sys.argv = order["command"].split(" ")
    try:
        code = guard(lambda: _run(order), _report, raised=(ContractsError,))
    except ContractsError as error:
        print(make_visible(str(error)), file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    streams.leave(stdout, stderr, code)


def _run(order: Mapping[str, Any]) -> int:
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in order["options"].items()}
    options = build_options({**given, "is_quiet": True})
    plan = plan_run(load_project(Path(order["root"]), named=order["project"]), options)
    print_warnings(plan.warnings)
    confirm_writes(plan.environment, confirmed=options.confirmed)
    ended = execute(plan)
    answer = {"exit_code": ended.exit_code, "folder": str(ended.folder)}
    Path(order["answer"]).write_text(json.dumps(answer), encoding="utf-8")
    return ended.exit_code


def _report(fault: Fault) -> int:
    print(f"the run broke off: {fault}", file=sys.stderr)
    return 3


if __name__ == "__main__":
    main()
