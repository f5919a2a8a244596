"""A file that was parsed before is read as if it were parsed again, and is not."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.reading import yaml_events
from contracts_runner.reading.cache import Cache
from contracts_runner.reading.parsed_files import ParsedFiles
from contracts_runner.reading.yaml_source import YamlDocument, load_yaml
from contracts_runner.reading.yaml_tree import Event, EventKind, Node, iter_nodes

TEXTS = {
    "values": "a: [1, 1.50, ~, true, no, 0x1F, '1', \"\\u0416\", привет]\nb: >-\n  two\n  lines\nc: {d: ''}\n",
    "aliases": "x: &x {a: 1, b: [2]}\ny: {<<: *x, b: 3}\nz: [*x, &s text, *s]\n",
    "tags": 'a: !!str 1\nb: !!float "2"\nc: ! 3\nd: !!map {e: !!seq [f]}\ng: !own 4\n',
    "mistakes": "a: 1\na: 2\nb: *none\n5: c\nd: 0123\n? [e]\n: f\n<<: 6\n",
    "one scalar": "# only\ntext\n",
    "astral": "a: \U0001f600\n",
}
Load = Callable[[], YamlDocument]


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def parsings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the texts that have been parsed."""
    found: list[str] = []
    iter_events = yaml_events.iter_events

    def note(text: str) -> Any:
        found.append(text)
        return iter_events(text)

    monkeypatch.setattr(yaml_events, "iter_events", note)
    return found


def read(path: Path, cache: Cache, private: Collection[str] = ()) -> YamlDocument:
    parsed = ParsedFiles(cache, path.parent, private=private)
    document = load_yaml(path, path.parent, parsed=parsed)
    parsed.save()
    return document


def show(document: YamlDocument) -> object:
    return document.name, document.problems, document.sha256, show_node(document.find_node(()))


def show_node(node: Node) -> object:
    lines = [line for line, _ in node.entries.values()]
    below = [(key, show_node(child)) for key, child in iter_nodes(node)]
    return node.line, node.value, node.text, node.size, node.height, lines, below


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_was_parsed_before_is_read_as_if_it_were_parsed(
    tmp_path: Path, cache: Cache, parsings: list[str], text: str
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    fresh = show(load_yaml(path, tmp_path))

    assert show(read(path, cache)) == fresh
    assert show(read(path, cache)) == fresh

    assert len(parsings) == 2


def test_a_file_that_has_changed_is_parsed_again(tmp_path: Path, cache: Cache, parsings: list[str]) -> None:
    path = tmp_path / "a.yaml"
    for text in ("a: 1", "a: 2", "a: 2"):
        path.write_text(text, encoding="utf-8")

        assert read(path, cache).value == {"a": int(text[-1])}

    assert parsings == ["a: 1", "a: 2"]


def test_a_file_that_is_no_yaml_says_so_each_time(tmp_path: Path, cache: Cache) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: [1\nb: 2", encoding="utf-8")

    first, second = read(path, cache).problems, read(path, cache).problems

    assert first == second != ()


def test_files_that_are_not_there_any_more_are_forgotten(tmp_path: Path, cache: Cache, parsings: list[str]) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text("a: 1", encoding="utf-8")
    second.write_text("b: 1", encoding="utf-8")
    read(first, cache)
    first.unlink()
    read(second, cache)
    first.write_text("a: 1", encoding="utf-8")

    read(first, cache)

    assert parsings == ["a: 1", "b: 1", "a: 1"]


def test_half_a_character_is_not_kept(tmp_path: Path, cache: Cache) -> None:
    parsed = ParsedFiles(cache, tmp_path)

    parsed.keep("a.yaml", "0", "", [Event(EventKind.SCALAR, 1, "\ud83d")])

    assert parsed.find("a.yaml", "0", "") is None


def test_of_many_files_the_first_are_kept(tmp_path: Path, cache: Cache) -> None:
    parsed = ParsedFiles(cache, tmp_path, most_bytes=40)

    for name in ("a.yaml", "b.yaml"):
        parsed.keep(name, "0", name, [Event(EventKind.SCALAR, 1, name)])

    assert (parsed.find("a.yaml", "0", "a.yaml") is None, parsed.find("b.yaml", "0", "b.yaml") is None) == (False, True)


@pytest.mark.parametrize("events", ["{events", "7", '[["q", 1]]', '[["s"]]', '[["s", 1, 2]]', '"\\ud800"'])
def test_an_entry_of_another_form_is_none(tmp_path: Path, cache: Cache, parsings: list[str], events: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: 1", encoding="utf-8")
    digest = read(path, cache).sha256
    cache.save(ParsedFiles(cache, tmp_path).key, [f'["a.yaml", "{digest}", {events}]'.encode()])

    assert read(path, cache).value == {"a": 1}
    assert len(parsings) == 2


def test_an_entry_of_a_private_file_that_names_no_places_is_none(
    tmp_path: Path, cache: Cache, parsings: list[str]
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: 1", encoding="utf-8")
    read(path, cache)

    assert read(path, cache, {"a.yaml"}).value == {"a": 1}
    assert len(parsings) == 2


def test_of_a_private_file_it_is_kept_where_its_texts_stand_and_none_of_them(
    tmp_path: Path, cache: Cache, parsings: list[str]
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("# token: 7\r\ntoken: 'secret-1'\nlist: [привет, \"\", ~, token, secret-1, 07]\n", encoding="utf-8")
    fresh = show(load_yaml(path, tmp_path))

    assert show(read(path, cache, {"a.yaml"})) == fresh
    assert show(read(path, cache, {"a.yaml"})) == fresh

    assert len(parsings) == 2
    [entry] = [each.read_text() for each in cache.folder.iterdir()]
    assert not any(text in entry for text in ("token", "secret", "list", "привет"))


@pytest.mark.parametrize("text", ['a: "\\u0041-secret"\n', "a: >-\n  two\n  lines\n", "a: &name 1\n", "a: !own 1\n"])
def test_of_a_private_file_that_says_other_texts_than_stand_in_it_nothing_is_kept(
    tmp_path: Path, cache: Cache, text: str
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")

    assert show(read(path, cache, {"a.yaml"})) == show(load_yaml(path, tmp_path))

    assert not cache.folder.exists()
