"""The documents hold together: cited headings, linked files and named folders exist; every room has its line."""

import configparser
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import click
import pytest

import contracts_runner
from contracts_runner.cli.main import list_commands, main
from helpers.command import REPOSITORY

FOLDERS = ("runner", "tests", "spec", "contracts", "docs", "examples", "benchmarks")
_TEXTS = {".py", ".md", ".yaml", ".sql", ".jinja"}
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
# A citation may go on in the next line, behind the sign of a comment.
_BREAK = re.compile(r"\n[ \t]*(?:#|--|>)?[ \t]*")
_CITATION = re.compile(r"docs/([\w/-]+)\.md, (?=(.{1,60}))")
_SIDES = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
# In code, or at the beginning of a line of it.
_COMMAND = re.compile(r"(?:`|^(?: {4})?)contracts (?:--project \S+ )?([a-z]+)\b([^`\n]*)", re.MULTILINE)
_OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
_LINK = re.compile(r"\]\(([^)#:]+)\)")


def iter_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        paths = sorted((REPOSITORY / folder).rglob("*"))
        yield from (path for path in paths if path.suffix in _TEXTS and path != Path(__file__).resolve())


def read_headings(name: str) -> list[str]:
    text = (REPOSITORY / "docs" / f"{name}.md").read_text(encoding="utf-8")
    return _HEADING.findall(text)


def find_dangling(text: str) -> list[str]:
    """Return the citations whose words begin with no heading of the document."""
    found = []
    for name, words in _CITATION.findall(_BREAK.sub(" ", text)):
        headings = map(re.escape, read_headings(name))
        if not re.match(rf"(?:{'|'.join(headings)})(?!\w)", words):
            found.append(f"docs/{name}.md, {words}")
    return found


def test_a_citation_of_a_heading_that_is_not_there_is_found() -> None:
    text = "# See docs/design.md,\n    # Outcomes; and docs/design.md, Outcome."

    assert find_dangling(text) == ["docs/design.md, Outcome."]


def test_every_cited_heading_exists() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in iter_files(*FOLDERS)}

    dangling = {str(path): found for path, text in texts.items() if (found := find_dangling(text))}

    assert dangling == {}
    assert sum(len(_CITATION.findall(_BREAK.sub(" ", text))) for text in texts.values()) > 100


def test_nothing_cites_a_page_outside_of_the_repository() -> None:
    outside = re.compile(r"DESIGN\b|STYLE\.md|\b[Dd]ossier\b")

    assert [str(path) for path in iter_files(*FOLDERS) if outside.search(path.read_text(encoding="utf-8"))] == []


def test_every_link_of_a_page_outside_of_the_site_leads_to_a_file() -> None:
    pages = [*REPOSITORY.glob("*.md"), *iter_files("examples")]

    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in _LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert broken == []


def test_every_page_of_how_to_stands_in_its_list() -> None:
    folder = REPOSITORY / "docs" / "how-to"
    listed = set(re.findall(r"^\| \[.+\]\((.+)\) \|", (folder / "index.md").read_text(encoding="utf-8"), re.MULTILINE))

    assert listed == {path.name for path in folder.glob("*.md")} - {"index.md"}


def list_options(command: click.Command) -> set[str]:
    inner = command.commands.values() if isinstance(command, click.Group) else ()
    return {"--project", "--help", *(opt for each in (command, *inner) for param in each.params for opt in param.opts)}


def find_unknown_commands(text: str) -> list[str]:
    """Return what stands as a command of ours in a page, and is none, or has options that it does not have."""
    commands, found = list_commands(main), [(name, _OPTION.findall(rest)) for name, rest in _COMMAND.findall(text)]
    return [
        " ".join((name, *options))
        for name, options in found
        if name not in commands or not list_options(commands[name]).issuperset(options)
    ]


def test_a_command_that_is_not_there_is_found() -> None:
    typed = "\n\n    contracts sandbox load --dsn DSN"
    text = f"`contracts rum`, `contracts run --quick`, `contracts run -q [--tag T]`{typed}"

    assert find_unknown_commands(text) == ["rum", "run --quick"]


def test_the_commands_of_all_pages_are_there() -> None:
    texts = {page: page.read_text(encoding="utf-8") for page in (*iter_files("docs"), *REPOSITORY.glob("*.md"))}

    unknown = {page.name: found for page, text in texts.items() if (found := find_unknown_commands(text))}

    assert unknown == {}
    assert sum(len(_COMMAND.findall(text)) for text in texts.values()) > 150


def test_the_folders_of_the_repository_that_pages_name_are_there() -> None:
    # A project of a reader has a folder `contracts`, too.
    folders = "|".join(folder for folder in FOLDERS if folder != "contracts")
    named = re.compile(rf"`((?:{folders})/[\w./-]+)`")
    texts = [page.read_text(encoding="utf-8") for page in (*iter_files("docs"), *REPOSITORY.glob("*.md"))]

    missing = {path for text in texts for path in named.findall(text) if not (REPOSITORY / path).exists()}

    assert missing == set()


@pytest.mark.thorough
def test_an_extra_that_is_named_comes_to_the_tool_that_is_installed() -> None:
    """Which no index has."""
    pytest.importorskip("pip")
    texts = [path.read_text(encoding="utf-8") for path in (*iter_files("docs", "examples"), *REPOSITORY.glob("*.md"))]
    named = {name for text in texts for name in re.findall(r"contracts-runner\[(\w+)\]", text)}
    settings = configparser.ConfigParser()
    settings.read(REPOSITORY / "setup.cfg", encoding="utf-8")

    wanted = [f"contracts-runner[{name}]" for name in sorted(named)]
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--dry-run", "--quiet", *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert {"load"} < named < settings["options.extras_require"].keys()
    assert done.returncode == 0, done.stderr


def test_every_room_has_its_line_in_the_architecture() -> None:
    package = Path(contracts_runner.__file__).parent
    parts = {path.name for path in package.glob("*.py") if not path.name.startswith("_")}
    rooms = parts | {f"{path.parent.name}/" for path in package.glob("*/__init__.py")}
    text = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^\| `([a-z_]+(?:/|\.py))` \|", text, re.MULTILINE)) == rooms


def test_documents_name_files_that_exist() -> None:
    package = Path(contracts_runner.__file__).parent
    missing = [
        f"{page}: {name}"
        for page in ("docs/architecture.md", "CONTRIBUTING.md")
        for name in re.findall(r"`([\w./]+/[\w.]*)`", (REPOSITORY / page).read_text(encoding="utf-8"))
        if not (REPOSITORY / name).exists() and not (package / name).exists()
    ]

    assert missing == []


def test_every_dependency_has_a_lower_bound_and_an_upper_one_only_with_a_reason() -> None:
    text = (REPOSITORY / "setup.cfg").read_text(encoding="utf-8")
    lists = re.findall(r"^(?:install_requires|test) =\n((?:    .+\n)+)", text, re.MULTILINE)
    lines = [line.strip() for part in lists for line in part.splitlines()]

    required = [(line, before) for before, line in pairwise(["", *lines]) if not line.startswith("#")]

    assert len(lists) == 2
    assert len(required) > 20
    assert [line for line, _ in required if not re.match(r"[\w.-]+>=\d", line)] == []
    assert [
        line
        for line, before in required
        if re.search("[<=!~]=?", line.split(";")[0].split(">=")[1]) and before[:1] != "#"
    ] == []


def test_no_document_holds_both_sides_of_a_merge() -> None:
    found = [
        path
        for path in [*REPOSITORY.glob("*.md"), *iter_files("docs", "examples")]
        if _SIDES.search(path.read_text(encoding="utf-8"))
    ]

    assert found == []
