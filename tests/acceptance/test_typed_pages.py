"""README.md, the tutorial, and the pages of docs/how-to with commands: what stands there is typed here."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.command import REPOSITORY, run_contracts
from helpers.page_reader import EXAMPLE, PageReader
from helpers.varied import vary

HOW_TO = sorted((REPOSITORY / "docs" / "how-to").glob("*.md"))
PAGES = [
    "README",
    "docs/tutorial",
    *(f"docs/how-to/{page.stem}" for page in HOW_TO if "\n```sh" in page.read_text(encoding="utf-8")),
]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the pages are typed into a POSIX shell")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[PageReader]:
    reader = PageReader(tmp_path)
    yield reader
    reader.stop()


@pytest.mark.parametrize("page", vary(PAGES, everywhere="docs/tutorial"))
def test_a_page_does_what_it_says(page: str, reader: PageReader) -> None:
    reader.read(REPOSITORY / f"{page}.md")


def test_the_example_has_no_mistakes_and_runs(tmp_path: Path) -> None:
    checked = run_contracts("check", "--strict", "--project", str(EXAMPLE), cwd=tmp_path)
    done = run_contracts("run", "--project", str(EXAMPLE), "--output", "out", cwd=tmp_path)

    assert checked.code == 0, checked.stdout
    assert done.code == 0, done.stdout + done.stderr
    assert set(done.outcomes.values()) == {"passed"}
    assert done.results["totals"]["properties"]["total"] > 0
