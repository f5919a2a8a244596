"""An environment marked `protected: true` is written to only after somebody has named it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.command import run_contracts
from helpers.servers import serve_wsgi
from helpers.shop import write_project

ADD = '- {id: "1", title: Add, steps: [{name: add, operation: addThing, body: {name: a}}]}'


class Service:
    """Adds whatever it is asked to add."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.calls.append(environ["REQUEST_METHOD"])
        start_response("201 Created", [("Content-Type", "application/json")])
        return [b'{"id": 1, "name": "a"}']


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def project(tmp_path: Path, service: Service) -> Iterator[Path]:
    with serve_wsgi(service) as base_url:
        yield write_project(tmp_path, ADD, base_url=base_url, writes="allow", more_settings="protected: true")


def test_without_a_terminal_nothing_is_sent_until_the_name_is_given(project: Path, service: Service) -> None:
    done = run_contracts("run", "--output", "out", cwd=project)

    assert (done.code, service.calls) == (2, [])
    assert "'here' is protected" in done.stderr
    assert "--yes-write-to here" in done.stderr
    assert not (project / "out").exists()


def test_another_name_confirms_nothing(project: Path, service: Service) -> None:
    done = run_contracts("run", "--output", "out", "--yes-write-to", "there", cwd=project)

    assert (done.code, service.calls) == (2, [])
    assert "the environment is 'here'" in done.stderr


def test_the_name_on_the_command_line_confirms(project: Path, service: Service) -> None:
    done = run_contracts("run", "--output", "out", "--yes-write-to", "here", cwd=project)

    assert (done.code, service.calls) == (0, ["POST"])


def test_the_option_for_writes_is_asked_about_and_a_weaker_one_is_not(project: Path, service: Service) -> None:
    settings = project / "contracts.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("writes: allow", "writes: block"), "utf-8")

    blocked = run_contracts("run", "--output", "out", cwd=project)
    asked = run_contracts("run", "--output", "more", "--writes", "allow", cwd=project)
    planned = run_contracts("run", "--writes", "allow", "--dry-run", cwd=project)

    assert blocked.outcomes == {"1": "blocked"}
    assert (asked.code, planned.code, service.calls) == (2, 0, [])


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX only")
@pytest.mark.parametrize(("typed", "code", "calls"), [("here\n", 0, ["POST"]), ("yes\n", 2, []), ("\n", 2, [])])
def test_on_a_terminal_the_name_is_typed(
    project: Path, service: Service, typed: str, code: int, calls: list[str]
) -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "contracts_runner", "run", "--output", "out"]
    with subprocess.Popen(command, cwd=project, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        os.close(theirs)
        os.write(ours, typed.encode())
        _, stderr = run.communicate(timeout=60)
    os.close(ours)

    assert b"Type its name to go on" in stderr
    assert (run.returncode, service.calls) == (code, calls)
