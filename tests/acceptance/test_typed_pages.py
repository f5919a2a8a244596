"""README.md, the tutorial, and the pages of docs/how-to with commands: what stands there is typed here."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.command import REPOSITORY, run_contracts
from helpers.documents import PIECES
from helpers.page_reader import EXAMPLE, FILES, PageReader
from helpers.varied import vary

HOW_TO = sorted((REPOSITORY / "docs" / "how-to").glob("*.md"))
PAGES = [
    "README",
    "docs/tutorial",
    *(f"docs/how-to/{page.stem}" for page in HOW_TO if "\n```sh" in page.read_text(encoding="utf-8")),
]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the pages are typed into a POSIX shell")


def is_file(fence: str) -> bool:
    language, *about = fence.partition("\n")[0].split()
    return language in FILES and bool(about) and about[0] not in PIECES


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[PageReader]:
    reader = PageReader(tmp_path)
    yield reader
    reader.stop()


@pytest.mark.parametrize("page", vary(PAGES, everywhere="docs/tutorial"))
def test_a_page_does_what_it_says(page: str, reader: PageReader) -> None:
    reader.read(REPOSITORY / f"{page}.md")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_in_its_text_which_file_it_shows(page: str) -> None:
    text = (REPOSITORY / f"{page}.md").read_text(encoding="utf-8")
    parts = text.split("```")

    # Readers do not see what stands behind the language of a fence.
    shown = [
        (before, fence.split()[1]) for before, fence in zip(parts[::2], parts[1::2], strict=False) if is_file(fence)
    ]

    assert [name for before, name in shown if f"`{name}`" not in before] == []


def test_the_library_that_pages_start_ends_quietly_by_ctrl_c() -> None:
    command = [sys.executable, str(EXAMPLE / "library_app.py"), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as library:
        assert library.stdout is not None
        library.stdout.readline()
        library.send_signal(signal.SIGINT)
        _, stderr = library.communicate(timeout=60)

    assert (library.returncode, stderr) == (0, "")


def test_the_example_has_no_mistakes_and_runs(tmp_path: Path) -> None:
    checked = run_contracts("check", "--strict", "--project", str(EXAMPLE), cwd=tmp_path)
    done = run_contracts("run", "--project", str(EXAMPLE), "--output", "out", cwd=tmp_path)

    assert checked.code == 0, checked.stdout
    assert done.code == 0, done.stdout + done.stderr
    assert set(done.outcomes.values()) == {"passed"}
    assert done.results["totals"]["properties"]["total"] > 0
