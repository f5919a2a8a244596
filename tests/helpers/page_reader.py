"""Who reads a page and types what stands there: writes its files, gives its commands, looks for what they print."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from helpers.command import COLD, REPOSITORY, run_contracts
from helpers.dask_cluster import find_port
from helpers.documents import PIECES, Block, parse_blocks

EXAMPLE = REPOSITORY / "examples" / "library"
# The service of the how-tos, that of the tutorial, a scheduler of Dask, a master of a load.
PORTS = ("8931", "8932", "8786", "5557")
FILES = {"gherkin", "json", "yaml"}
OTHER_TOOLS = {"newman", "redocly", "st", "tavern-ci"}


def is_listening(port: int) -> bool:
    """Return whether a port of this machine takes connections."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


class PageReader:
    """Follows the blocks of a page in a folder that has examples/library.

    ```yaml KIND is a piece of a file, which others read. ```LANGUAGE NAME writes a file, `append` behind the name adds
    to one. ```sh are commands of which the last ends with 0, or as `exit N` says; ```sh background is a server, in the
    place of the one before; ```sh beside is a process that stays to the end; ```sh TOOL are commands of another tool,
    passed over where that is not installed. ```text was printed by the commands before.
    """

    def __init__(self, folder: Path) -> None:
        shutil.copytree(EXAMPLE, folder / "examples" / "library")
        self._folder = folder
        self._printed: str | None = ""
        self._server: subprocess.Popen[str] | None = None
        self._beside: list[subprocess.Popen[bytes]] = []
        self._ports = {port: str(find_port()) for port in PORTS}
        beside = Path(sys.executable).parent
        path = f"{beside}{os.pathsep}{os.environ['PATH']}"
        self._environ = {**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1", "PATH": path}

    def read(self, page: Path) -> None:
        settings = self._folder / "examples" / "library" / "contracts.yaml"
        settings.write_text(self._free(settings.read_text(encoding="utf-8")), encoding="utf-8")
        for block in parse_blocks(self._free(page.read_text(encoding="utf-8"))):
            self._follow(block)

    def _free(self, text: str) -> str:
        return re.sub("|".join(self._ports), lambda found: self._ports[found[0]], text)

    def stop(self) -> None:
        self._stop_server()
        for process in reversed(self._beside):
            process.terminate()
            process.wait()

    def _stop_server(self) -> None:
        if self._server:
            self._server.terminate()
            self._server.communicate()

    def _follow(self, block: Block) -> None:
        match block.language, block.about.split():
            case "yaml", [name] if name in PIECES:
                pass  # test_how_to.py reads it
            case language, [name, *how] if language in FILES:
                path = self._folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("a" if how == ["append"] else "w", encoding="utf-8") as file:
                    file.write(block.text)
            case "text", []:
                printed = self._printed
                missing = [line for line in block.text.splitlines() if printed is not None and line not in printed]
                assert missing == [], printed
            case "sh", ["background"]:
                self._serve(block.text)
            case "sh", ["beside"]:
                self._start_beside(block.text)
            case "sh", []:
                self._type(block.text, 0)
            case "sh", ["exit", code]:
                self._type(block.text, int(code))
            case "sh", [tool, *about] if tool in OTHER_TOOLS:
                self._printed = None
                if shutil.which(tool, path=self._environ["PATH"]):
                    self._type(block.text, int(about[-1] if about else 0))
            case _:
                raise AssertionError(f"nobody knows what to do with a block of {block.language} {block.about}")

    def _serve(self, command: str) -> None:
        self._stop_server()
        self._server = subprocess.Popen(
            ["sh", "-c", f"exec {command}"], cwd=self._folder, env=self._environ, stdout=subprocess.PIPE, text=True
        )
        assert self._server.stdout is not None
        assert self._server.stdout.readline().startswith("http://")

    def _start_beside(self, command: str) -> None:
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(["sh", "-c", f"exec {command}"], cwd=self._folder, env=self._environ, **silent)
        self._beside.append(process)
        if port := re.search(r"--port (\d+)", command):
            while process.poll() is None and not is_listening(int(port[1])):
                time.sleep(0.02)

    def _type(self, text: str, code: int) -> None:
        self._printed = ""
        *before, last = text.replace("\\\n", "").splitlines()
        for line in before:
            self._give(line, 0)
        self._give(last, code)

    def _give(self, line: str, code: int) -> None:
        match shlex.split(line, comments=True):
            case ["contracts", *arguments]:
                # Locust patches what a process imports later, not what it has imported.
                own = COLD if arguments[0] == "load" else {}
                done = run_contracts(*arguments, cwd=self._folder, **own)
                ended, printed = done.code, done.stdout + done.stderr
            case _:
                shell = ["sh", "-c", line]
                other = subprocess.run(
                    shell, cwd=self._folder, env=self._environ, capture_output=True, text=True, check=False
                )
                ended, printed = other.returncode, other.stdout + other.stderr
        self._printed += printed
        assert ended == code, f"{line}\n{printed}"
