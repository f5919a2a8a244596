"""Reads YAML, and files named `.json` as JSON, into plain values whose places are known."""

import hashlib
from dataclasses import field, replace
from pathlib import Path
from typing import Any

import yaml

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem, Rule, SourceLocation
from contracts_runner.model.json import Json
from contracts_runner.reading.json_source import build_json_tree
from contracts_runner.reading.yaml_mistakes import guess_mistake
from contracts_runner.reading.yaml_tree import MAX_DEPTH, MAX_VALUES, Node, TreeBuilder, TreeError, iter_nodes

Pointer = tuple[str | int, ...]

# Seven times faster; absent where PyYAML was built without libyaml.
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HINTS = {
    "mapping values are not allowed": "quote a text that holds ': '",
    "found character that cannot start any token": "quote the text; indent with spaces, not with tabs",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlDocument:
    """A file as plain values (dict, list, str, int, float, bool, None); `value` is None after a fatal problem.

    `sha256` is the hash of the file's bytes, "" if it could not be read. `mended`: keys that have another name here
    than in the file, each with the mistake.
    """

    name: str
    value: Json
    problems: tuple[Problem, ...] = ()
    sha256: str = ""
    mended: list[tuple[Pointer, Problem]] = field(default_factory=list, repr=False)
    _root: Node | None = field(default=None, repr=False)

    @property
    def root(self) -> Node | None:
        """The tree; None after a fatal problem."""
        return self._root

    @property
    def is_one_line(self) -> bool:
        """Whether a line says nothing of a place."""
        node, last = None, self._root
        while last is not None:
            node, last = last, next(reversed([child for _, child in iter_nodes(last)]), None)
            if node.file not in ("", self.name):
                return False
        return node is not None and node.line == 1

    def location(self, pointer: Pointer = ()) -> SourceLocation:
        """Return the line of an entry's key or of a list item; of the nearest parent where that is absent."""
        name, line, node = self.name, 1, self._root
        if node is not None:
            name, line = node.file or name, node.line
        for part in pointer:
            found = find_entry(node, part)
            if found is None:
                break
            line, node = found
            name = node.file or name
        return SourceLocation(name, line)

    def find_node(self, pointer: Pointer) -> Node:
        """Return what a pointer leads to, with the file that it is from; raises KeyError where it leads to nothing."""
        name, node = self.name, self._root
        for part in pointer:
            found = find_entry(node, part)
            if found is None:
                raise KeyError(part)
            node = found[1]
            name = node.file or name
        if node is None:
            raise KeyError(pointer)
        return node.of_file(name)

    def rename(self, pointer: Pointer, name: str) -> None:
        """Take an entry under another name, in its place."""
        node = self.find_node(pointer[:-1])
        for entries in (node.entries, node.value):
            rename_key(entries, pointer[-1], name)

    def replace_root(self, root: Node) -> "YamlDocument":
        """Return the document with another tree."""
        return replace(self, value=root.value, _root=root)


def rename_key(entries: dict[str, Any], key: str | int, name: str) -> None:
    """Give an entry another name, in its place."""
    renamed = [(name if each == key else each, value) for each, value in entries.items()]
    entries.clear()
    entries.update(renamed)


def load_yaml(path: Path, root: Path, *, lenient: bool = False, max_values: int = MAX_VALUES) -> YamlDocument:
    """Read a file; every mistake is in `problems`, nothing is raised.

    `lenient` is for OpenAPI documents: keys such as `200:` are taken as text without a problem. The document's name is
    the path relative to `root`, with forward slashes.
    """
    name = (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return _fail(name, 1, f"cannot be read: {reason}")
    digest = hashlib.sha256(content).hexdigest()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _fail(name, content.count(b"\n", 0, error.start) + 1, "is not UTF-8", "save the file as UTF-8", digest)
    del content  # of a large file it is as much as the text
    return parse_yaml(text, name, lenient=lenient, sha256=digest, max_values=max_values)


def parse_yaml(
    text: str, name: str, *, lenient: bool = False, sha256: str = "", max_values: int = MAX_VALUES
) -> YamlDocument:
    """Read a text; see load_yaml."""
    builder = TreeBuilder(lenient=lenient, max_values=max_values)
    try:
        is_json = name.endswith(".json")
        root = build_json_tree(text, builder) if is_json else builder.build(yaml.parse(text, Loader=_Loader))
    except TreeError as error:
        return _fail(name, error.line, error.message, error.hint, sha256)
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        line, message, hint = _explain(error, text)
        return _fail(name, line, message, hint, sha256)
    if root is None:
        return _fail(name, 1, "the file is empty", sha256=sha256)
    problems = tuple(
        Problem(location=SourceLocation(name, line), message=message, hint=hint, rule=Rule.YAML, pointer=pointer)
        for line, message, hint, pointer in builder.problems
    )
    return YamlDocument(name=name, value=root.value, problems=problems, sha256=sha256, _root=root)


def _explain(error: Exception, text: str) -> tuple[int, str, str]:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        problem = error.problem or "syntax error"
        if "nesting depth" in problem:  # from 0.2.6 on libyaml has its own bound, and reads ahead of ours
            return (mark.line + 1 if mark else 1), f"nested deeper than {MAX_DEPTH} levels", ""
        line = mark.line + 1 if mark else 1
        context = f", {error.context}" if error.context else ""
        is_block = str(error.context).endswith(("block mapping", "block collection"))
        first = error.context_mark.line + 1 if error.context_mark and not is_block else line
        if guess := guess_mistake(text, first, line, is_in_brackets="flow" in context):
            more = "" if guess[0] == line else f" (line {line}: {problem})"
            return guess[0], f"is not YAML: {guess[1]}{more}", guess[2]
        hint = next((hint for start, hint in _HINTS.items() if problem.startswith(start)), "")
        return line, f"is not YAML: {problem}{context}", hint
    if isinstance(error, UnicodeEncodeError):
        return text.count("\n", 0, error.start) + 1, "is not YAML: a lone surrogate is not a character", ""
    position = getattr(error, "position", 0)
    # libyaml counts bytes, the Python reader characters.
    before = text.encode()[:position].count(b"\n") if _Loader is not yaml.SafeLoader else text.count("\n", 0, position)
    return before + 1, f"is not YAML: {getattr(error, 'reason', error)}", ""


def find_entry(node: Node | None, part: str | int) -> tuple[int, Node] | None:
    """Return an entry of a mapping or a list with the line of its key; None where there is none."""
    if node is None:
        return None
    if node.entries:
        return node.entries.get(part if type(part) is str else str(part))
    if isinstance(part, int) and 0 <= part < len(node.items):
        return node.items[part].line, node.items[part]
    return None


def _fail(name: str, line: int, message: str, hint: str = "", sha256: str = "") -> YamlDocument:
    problem = Problem(location=SourceLocation(name, line), message=message, hint=hint, rule=Rule.YAML)
    return YamlDocument(name=name, value=None, problems=(problem,), sha256=sha256)
