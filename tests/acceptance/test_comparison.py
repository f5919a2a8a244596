"""docs/explanation/comparison.md: each tool that is there does what its row of the first table says.

The peers are looked for in the folders that $PEERS has, such as `node_modules/.bin` and `node_modules/specmatic` after
`npm install @redocly/cli@2.77.0 specmatic@2.55.1 stepci@2.8.2 newman@6.2.2`, and `bin` of a venv that has Schemathesis,
or `tavern==3.7.1` and `pytest<9`. Their documents are in `peers/`.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpers.command import REPOSITORY
from helpers.servers import find_closed_port, serve_wsgi
from library_app import Library

pytestmark = pytest.mark.thorough

PAGE = (REPOSITORY / "docs" / "explanation" / "comparison.md").read_text(encoding="utf-8")
COLUMNS = ("wrong type", "error in a 200", "service away", "nothing selected")
# The command and the cells of each tool.
ROWS = [
    (re.findall(r"`([^`]+)`", command)[0], cells)
    for _, command, *cells in (line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| "))
    if len(cells) == len(COLUMNS) and "`" in command
]
# Of a command what makes it select nothing.
NOTHING = {
    "contracts": (" run", " run nothing"),
    "st": ("GET", "PUT"),
    "redocly": (".yaml", ".yaml --workflow nothing"),
    "specmatic.jar": ("!='DELETE'", "='PUT'"),
    "tavern-ci": (".yaml", ".yaml -k nothing"),
    "stepci": ("books", "nothing"),
    "newman": ("books", "nothing"),
}
# What a finding has in its text.
FAULTS = {"wrong type": "pages", "error in a 200": "WORD"}
FOLDERS = [Path(each) for each in os.environ.get("PEERS", "").split(os.pathsep) if each]


def find_tool(command: str) -> str:
    """Return what a command is about, which variables and Java may stand before."""
    return next(word for word in command.split() if word in NOTHING)


@contextmanager
def serve(column: str) -> Iterator[str]:
    """Yield the address of the library, of which a column tells."""
    if column == "service away":
        yield f"http://127.0.0.1:{find_closed_port()}"
    else:
        with serve_wsgi(Library(*(["wrong type"] if column == "wrong type" else []))) as base_url:
            yield base_url


def test_the_table_has_each_tool() -> None:
    assert [find_tool(command) for command, _ in ROWS] == list(NOTHING)


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize(("command", "cells"), ROWS, ids=list(NOTHING))
def test_a_tool_does_what_its_row_says(command: str, cells: list[str], column: str, tmp_path: Path) -> None:
    tool, cell = find_tool(command), cells[COLUMNS.index(column)]
    folders = [Path(sys.executable).parent] if tool == "contracts" else FOLDERS
    place = next((path for path in folders if (path / tool).exists()), None)
    if place is None:
        pytest.skip(f"{tool} is in no folder of $PEERS")
    folder = shutil.copytree(Path(__file__).parent / "peers", tmp_path / "peers")
    shutil.copy(REPOSITORY / "examples" / "library" / "spec.yaml", folder)
    typed = command.replace(*NOTHING[tool]) if column == "nothing selected" else command
    typed = typed.replace(f"{tool} ", f"{place / tool} ", 1)

    with serve(column) as base_url:
        for written in (path for path in folder.rglob("*") if path.is_file()):
            text = written.read_text(encoding="utf-8")
            written.write_text(text.replace("http://127.0.0.1:8931", base_url), encoding="utf-8")
        done = subprocess.run(
            ["sh", "-c", typed.replace("http://127.0.0.1:8931", base_url)],
            cwd=folder,
            env={**os.environ, "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    code = re.search(r"exit (\d)", cell)
    assert code
    assert done.returncode == int(code[1]), done.stdout + done.stderr
    if cell.startswith("found"):
        assert FAULTS[column] in done.stdout
