"""Writes into contract files what follows mechanically from changes; comments and layout stay."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from contracts_runner.dataclass import dataclass
from contracts_runner.evidence.files import write_whole
from contracts_runner.maintenance.impact.impact import Affected, Impact
from contracts_runner.maintenance.impact.written_uses import Uses, Written
from contracts_runner.reading.yaml_source import parse_yaml
from contracts_runner.reading.yaml_writing import Dumper

# What stands in any scalar without quotes.
_PLAIN = re.compile(r"[\w.-]+")
_MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True, slots=True)
class Fixes:
    """What was written: file -> how many places; and what is left to a person, in lines."""

    files: Mapping[str, int]
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Edit:
    """So many characters of a file, from `start` on, become another text."""

    start: int
    end: int
    text: str


def fix_contracts(impact: Impact, root: Path) -> Fixes:
    """Write the edits into the contract files of the project in `root`."""
    uses = impact.uses
    wanted: dict[str, list[tuple[Written, str]]] = defaultdict(list)
    left: list[str] = []
    for each in impact.affected:
        for written, text in _iter_edits(each, uses):
            wanted[written.place.document.name].append((written, text))
        users = dict(_iter_users(each, uses))
        open_ids = [identifier for identifier in each.scenarios if not _is_fixed(each, users.get(identifier))]
        if open_ids and each.change.is_breaking:
            left.append(f"{', '.join(open_ids)}: {each.change.operation}: {each.change.message}")
    files: dict[str, int] = {}
    for name, edits in wanted.items():
        count, refused = _write(root / name, name, edits)
        files |= {name: count} if count else {}
        left += refused
    return Fixes(files, tuple(left))


def _iter_users(each: Affected, uses: Mapping[str, Mapping[str, Uses]]) -> Iterable[tuple[str, Uses]]:
    return uses.get(each.change.operation, {}).items()


def _iter_edits(each: Affected, uses: Mapping[str, Mapping[str, Uses]]) -> Iterator[tuple[Written, str]]:
    for use, text in each.change.edits.items():
        for _, found in _iter_users(each, uses):
            yield from ((written, text) for written in found.written.get(use, ()))


def _is_fixed(each: Affected, found: Uses | None) -> bool:
    """Tell whether nothing is left to do for who uses a change."""
    return bool(each.change.edits) and found is not None and found.elsewhere.isdisjoint(each.change.edits)


def _write(path: Path, name: str, wanted: Sequence[tuple[Written, str]]) -> tuple[int, list[str]]:
    """Write the edits of one file; return how many places were changed, and what could not be."""
    text = path.read_bytes().decode("utf-8")  # with its line ends
    root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    edits: dict[int, _Edit] = {}
    left: list[str] = []
    for written, new in wanted:
        node = _find_node(root, written)
        edit = _build_edit(text, node, written, new) if node is not None else None
        if edit is not None and text[edit.start : edit.end] == edit.text:
            continue
        if edit is None:
            left.append(f"{written.place.location}: write {new!r} by hand")
        else:
            edits[edit.start] = edit  # what an anchor shares is changed once
    after = text
    for edit in sorted(edits.values(), key=lambda each: each.start, reverse=True):
        after = after[: edit.start] + edit.text + after[edit.end :]
    if parse_yaml(after, name).problems:
        return 0, [f"{name}: cannot be changed without a mistake; change it by hand"]
    if edits:
        write_whole(path, after.encode("utf-8"))
    return len(edits), left


def _find_node(root: yaml.Node | None, written: Written) -> yaml.ScalarNode | None:
    node: yaml.Node | None = root
    pointer = written.place.pointer
    for number, part in enumerate(pointer):
        is_last = number == len(pointer) - 1
        if isinstance(node, yaml.MappingNode):
            entry = _find_entry(node, str(part))
            if entry is None:
                return None
            node = entry[0] if is_last and written.is_key else entry[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        else:
            return None
    return node if isinstance(node, yaml.ScalarNode) else None


def _find_entry(node: yaml.MappingNode, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    """Return the key and the value of an entry, a merged one too."""
    merged: list[yaml.MappingNode] = []
    for name, value in node.value:
        if isinstance(name, yaml.ScalarNode) and name.tag == _MERGE:
            sources: Sequence[yaml.Node] = value.value if isinstance(value, yaml.SequenceNode) else [value]
            merged += (source for source in sources if isinstance(source, yaml.MappingNode))
        elif name.value == key:
            return name, value
    return next((found for source in merged if (found := _find_entry(source, key))), None)


def _build_edit(text: str, node: yaml.ScalarNode, written: Written, new: str) -> _Edit | None:
    """Return the edit of a scalar; None for one whose characters are not those of its value."""
    start, end = node.start_mark.index, node.end_mark.index
    quote = 1 if node.style in ("'", '"') else 0
    value = node.value
    if text[start + quote : end - quote] != value or node.style in ("|", ">"):
        return None
    if written.start is None:
        return _Edit(start, end, _render(new, text[start] if quote else ""))
    if value[: written.start].endswith(".") and not new.isidentifier():
        return None  # a JSONPath has another form for such a name
    if not quote and not _PLAIN.fullmatch(new):
        whole = value[: written.start] + new + value[written.start + written.length :]
        return _Edit(start, end, _render(whole, ""))
    first = start + quote + written.start
    return _Edit(first, first + written.length, new)


def _render(value: str, quote: str) -> str:
    """Return a text as YAML has it in any place, in the quotes that were there."""
    if quote and not {quote, "\\"} & {*value}:
        return f"{quote}{value}{quote}"
    if value.isdecimal():
        return value
    # What stands in brackets may stand elsewhere, too.
    return yaml.dump([value], Dumper=Dumper, default_flow_style=True, allow_unicode=True, width=math.inf).strip()[1:-1]
