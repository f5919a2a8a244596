"""A value broken in two by a line end of ours is found, in files and in what a run prints."""

import io
import json
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from contracts_runner.leaks import unwrapping
from contracts_runner.leaks.search import LeakSearch
from contracts_runner.redaction.known_values import KnownSpan, KnownValues
from helpers.sealing import list_searched

NAME = "Иван Петрович Образцов"
PHONE = "+7 900 000-00-00"
TOKEN = "very-secret-token-of-the-service"
PADDING = "слово " * 30


def find_in_file(folder: Path, name: str, text: str) -> list[str]:
    (folder / name).write_text(text, encoding="utf-8")
    search = LeakSearch(folder, secrets={"restToken": TOKEN}, personal=[NAME, PHONE])
    return [str(leak) for leak in search.search(list_searched(folder))]


def find_printed(text: str, *, ignored: Iterable[str] = ()) -> list[str]:
    search = LeakSearch(Path(), secrets={"restToken": TOKEN}, personal=[NAME, PHONE])
    return [str(leak) for leak in search.search_text("stdout", text, ignored)]


@pytest.mark.parametrize("width", range(20, 50, 3))
def test_text_folded_at_any_width_is_read_through(tmp_path: Path, width: int) -> None:
    text = textwrap.fill(f"{PADDING}{NAME}, {PADDING}{PHONE}; {PADDING}", width, subsequent_indent="    ")

    leaks = find_in_file(tmp_path, "report.md", text)

    assert {leak.rpartition(": ")[2] for leak in leaks} == {
        f"personal value of {len(NAME)} characters",
        f"personal value of {len(PHONE)} characters",
    }


@pytest.mark.parametrize("width", range(12, 60, 7))
@pytest.mark.parametrize("name", ["report.html", "results.json"])
def test_yaml_in_a_report_is_read_through(tmp_path: Path, name: str, width: int) -> None:
    text = yaml.safe_dump({"note": f"{PADDING}{NAME} {PADDING}"}, allow_unicode=True, width=width)
    written = json.dumps({"code": text}, ensure_ascii=False) if name.endswith("json") else f"<pre>{text}</pre>"

    assert len(find_in_file(tmp_path, name, written)) == 1


def test_the_line_of_the_break_is_named(tmp_path: Path) -> None:
    assert find_in_file(tmp_path, "report.md", f"1\n2\nдля {NAME.replace(' ', chr(10), 1)}\n") == [
        f"report.md:3: personal value of {len(NAME)} characters"
    ]


def test_a_value_after_very_many_line_ends_is_found(tmp_path: Path) -> None:
    folded = NAME.replace(" ", "\n", 1)

    assert find_in_file(tmp_path, "report.md", "a\n" * 10_050 + folded) == [
        f"report.md:10051: personal value of {len(NAME)} characters"
    ]


@pytest.mark.parametrize("between", ["<td>\n<td>", '",\n  "', ",\n", "\n\n# "])
def test_two_values_in_two_places_are_not_one(tmp_path: Path, between: str) -> None:
    assert find_in_file(tmp_path, "report.md", f"Иван Петрович{between}Образцов") == []


@pytest.mark.parametrize("width", range(20, 80, 5))
def test_what_rich_folds_is_read_through(width: int) -> None:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=True)

    console.print(f"[red]{PADDING}[/]: {NAME} {'x' * 70}{TOKEN} {PADDING}")

    kinds = {leak.rpartition(": ")[2] for leak in find_printed(file.getvalue())}
    assert kinds == {f"personal value of {len(NAME)} characters", "secret restToken"}


def test_colours_do_not_hide_a_value() -> None:
    assert find_printed(f"\x1b[31m{TOKEN[:9]}\x1b[0m{TOKEN[9:]}\n") == ["stdout:1: secret restToken"]


def test_the_path_of_the_run_is_the_users_own() -> None:
    path = "/home/Иван Петрович Образцов/runs/1"

    assert len(find_printed(f"{path}/report.html\n")) == 1
    assert find_printed(f"{path}/report.html\n", ignored=[path]) == []


def test_the_lines_of_many_hits_cost_one_look_through_each_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    monkeypatch.setattr(unwrapping, "_LINE_END", CountingPattern(looks))
    text = "%61" * 1_000 + "\n" + "a" * 1_000
    search = LeakSearch(Path(), secrets={"key": "a" * 20}, personal=["a" * number for number in range(21, 40)])

    leaks = search.search_text("stdout", text)

    assert {leak.line for leak in leaks} == {1, 2}
    assert sum(looks) <= 3 * len(text)


class CountingPattern:
    """A line end that counts the characters that it is looked for in."""

    def __init__(self, looks: list[int]) -> None:
        self._looks = looks

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        self._looks.append(len(text))
        return re.finditer("\n", text)


@pytest.mark.parametrize("blanks", [" ", "\t", " \t"])
def test_blanks_without_a_line_end_are_looked_at_once(blanks: str) -> None:
    """A look at all of them from each of them would take hours."""
    assert find_printed(f"{blanks * 500_000}{TOKEN[:9]}{blanks}\n  {TOKEN[9:]}") == ["stdout:1: secret restToken"]


class CountingValues(KnownValues):
    """Known values that count the characters in which they are looked for."""

    looked = 0

    def find(self, text: str) -> list[KnownSpan]:
        self.looked += len(text)
        return super().find(text)


@pytest.mark.parametrize("piece", ["a\n", "a  ", "a \n  b  ", "\n\n", "word of a text\n"])
def test_breaks_side_by_side_are_looked_at_together(piece: str) -> None:
    """The sides of each by themselves would be two hundred times as much."""
    values = CountingValues()
    values.learn([(NAME, "name")])
    text = piece * (100_000 // len(piece)) + NAME.replace(" ", " \n  ")

    spans = [span for _, span in unwrapping.find_wrapped(text, values, lambda *_: True)]

    assert [span.value for span in spans] == [NAME]
    assert values.looked <= 2 * len(text)


@pytest.mark.parametrize("breaks", [("\n", " "), (" \n", "\u00a0"), ("  ", "\n\t"), ("\t\n", "   ")])
def test_other_blanks_beside_a_break_are_read_as_one(tmp_path: Path, breaks: tuple[str, str]) -> None:
    first, middle, last = NAME.split()

    assert len(find_in_file(tmp_path, "report.md", f"для {first}{breaks[0]}{middle}{breaks[1]}{last}")) == 1
