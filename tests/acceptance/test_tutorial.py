"""docs/tutorial.md and examples/library: their commands are typed here as they stand there."""

import os
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.command import REPOSITORY, run_contracts
from helpers.documents import Block, parse_blocks

EXAMPLE = REPOSITORY / "examples" / "library"
PORT = "8931"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the tutorial is typed into a POSIX shell")


def find_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the examples, and `contracts` and `python` on its path."""
    shutil.copytree(EXAMPLE, tmp_path / "examples" / "library")
    (tmp_path / "bin").mkdir()
    python, path = shlex.quote(sys.executable), os.environ.get("PYTHONPATH", "")
    for name, module in {"contracts": "-m contracts_runner", "python": ""}.items():
        shim = tmp_path / "bin" / name
        # A command may set PYTHONPATH; what the tests themselves were given stays behind it.
        lines = ("#!/bin/sh", f'export PYTHONPATH="$PYTHONPATH:{path}"', f'exec {python} {module} "$@"', "")
        shim.write_text("\n".join(lines), encoding="utf-8")
        shim.chmod(0o755)
    return tmp_path


class Reader:
    """Who types the blocks of the tutorial, one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.printed = ""
        self.servers: list[subprocess.Popen[str]] = []

    def follow(self, block: Block) -> None:
        match block.language, block.about.split():
            case "yaml", [name]:
                (self._folder / name).write_text(block.text, encoding="utf-8")
            case "text", []:
                for line in block.text.splitlines():
                    assert line in self.printed, f"{line!r} was not printed:\n{self.printed}"
            case "sh", ["background"]:
                server = subprocess.Popen(
                    ["sh", "-c", f"exec {block.text}"], cwd=self._folder, env=self._environ, stdout=-1, text=True
                )
                self.servers.append(server)
                assert server.stdout is not None
                assert server.stdout.readline().startswith("http://")
            case "sh", about:
                done = subprocess.run(
                    ["sh", "-ec", block.text], cwd=self._folder, env=self._environ, capture_output=True, text=True
                )
                self.printed = done.stdout + done.stderr
                assert done.returncode == int(about[-1] if about else 0), f"{block.text}\n{self.printed}"
            case _:
                raise AssertionError(f"nobody knows what to do with a block of {block.language} {block.about}")

    @property
    def _environ(self) -> dict[str, str]:
        return {**os.environ, "PYTHONUTF8": "1", "PATH": f"{self._folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def reader(checkout: Path) -> Iterator[Reader]:
    reader = Reader(checkout)
    yield reader
    for server in reader.servers:
        server.terminate()
        server.communicate()


def test_the_tutorial_does_what_it_says(reader: Reader) -> None:
    text = (REPOSITORY / "docs" / "tutorial.md").read_text(encoding="utf-8")
    blocks = parse_blocks(text.replace(PORT, str(find_free_port())))

    for block in blocks:
        reader.follow(block)

    assert [block.language for block in blocks].count("sh") >= 7


def test_the_example_has_no_mistakes_and_runs(tmp_path: Path) -> None:
    checked = run_contracts("check", "--strict", "--project", str(EXAMPLE), cwd=tmp_path)
    done = run_contracts("run", "--project", str(EXAMPLE), "--output", "out", cwd=tmp_path)

    assert checked.code == 0, checked.stdout
    assert done.code == 0, done.stdout + done.stderr
    assert set(done.outcomes.values()) == {"passed"}
    assert done.results["totals"]["properties"]["total"] > 0
