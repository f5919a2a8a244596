"""Writes drafts of scenarios: as a whole contract file, or into one that its author has, whose layout stays."""

import dataclasses
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import yaml

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import UsageError
from contracts_runner.model.json import Json
from contracts_runner.model.scenario_draft import ScenarioDraft, StepDraft
from contracts_runner.reading.yaml_source import parse_yaml
from contracts_runner.reading.yaml_writing import Dumper
from contracts_runner.redaction.json_text import escape_unsafe

_WIDTH = 110
_INDENT = "  "
_KEY = "scenarios"
_CONTROL = re.compile(r"[\x00-\x1f]")
NOT_IN_ID = re.compile(r"[\s/\\*?\[\]{}\x00-\x1f]+")


def render_file(head: Mapping[str, Json], drafts: Iterable[ScenarioDraft], comments: Iterable[str] = ()) -> str:
    """Return a contract file. `head` are its keys but for `scenarios`, `comments` stand at its beginning."""
    items = [_indent(_render_item(draft)) for draft in drafts]
    keys = "".join(render_entry(name, value) for name, value in head.items())
    return "".join([*map(render_comment, comments), keys, f"{_KEY}:\n", "\n".join(items)])


def add_to_file(text: str, name: str, drafts: Sequence[ScenarioDraft]) -> str:
    """Return the text of the contract file `name` with scenarios behind those that it has.

    What is there stays byte for byte; the new ones are indented, and kept apart by blank lines, as those are. Raises
    UsageError where that cannot be done.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    layout = _find_layout("\n".join(lines), lines)
    if layout is not None:
        items = [_indent(_render_item(draft), layout.indent) for draft in drafts]
        gap = "\n" * layout.blank_lines
        added = (gap + gap.join(items)).removesuffix("\n").split("\n")
        after = "\n".join([*lines[: layout.end], *added, *lines[layout.end :]]) + "\n"
        if _is_extended(text, after, name, drafts):
            return after.replace("\n", newline)
    raise UsageError(f"{name}: scenarios cannot be added below its `{_KEY}`; add what the command prints by hand")


def make_unique(drafts: Iterable[ScenarioDraft], taken: Collection[str]) -> list[ScenarioDraft]:
    """Return the drafts with ids that a file can have, that are not taken, and that differ from each other: `id.2`."""
    known = set(taken)
    made: list[ScenarioDraft] = []
    for draft in drafts:
        wanted = NOT_IN_ID.sub("-", draft.id).strip("-") or "new"
        chosen, number = wanted, 2
        while chosen in known:
            chosen, number = f"{wanted}.{number}", number + 1
        known.add(chosen)
        made.append(dataclasses.replace(draft, id=chosen))
    return made


def render_entry(name: str, value: Json) -> str:
    """Return a key with its value in YAML; mappings and lists of scalars are in one line."""

    def write(*, is_readable: bool) -> str:
        style = None if isinstance(value, dict | list) else False
        text: str = yaml.dump(
            {name: value},
            Dumper=Dumper,
            sort_keys=False,
            allow_unicode=is_readable,
            width=_WIDTH,
            default_flow_style=style,
        )
        return text

    text = write(is_readable=True)
    # YAML does not escape characters that change the order of a text: then all that is not ASCII is escaped.
    return text if escape_unsafe(text) == text else write(is_readable=False)


def list_contents(draft: ScenarioDraft) -> dict[str, Json]:
    """Return the scenario as the mapping that a contract file has."""
    tags: dict[str, Json] = {"tags": list(draft.tags)} if draft.tags else {}
    cleanup: dict[str, Json] = {"cleanup": [dict(step.content) for step in draft.cleanup]} if draft.cleanup else {}
    steps = [dict(step.content) for step in draft.steps]
    return {"id": draft.id, "title": draft.title, **tags, **draft.more, "steps": steps, **cleanup}


def _render_item(draft: ScenarioDraft) -> str:
    keys = {**list_contents(draft), "steps": draft.steps, "cleanup": draft.cleanup}
    text = "".join(
        _render_steps(name, value) if name in ("steps", "cleanup") else render_entry(name, value)
        for name, value in keys.items()
    )
    return "".join(map(render_comment, draft.comments)) + _as_item(text)


def _render_steps(name: str, steps: Sequence[StepDraft]) -> str:
    return f"{name}:\n" + "".join(map(_indent, map(_render_step, steps))) if steps else ""


def _render_step(step: StepDraft) -> str:
    text = "".join(render_entry(name, value) for name, value in step.content.items())
    return "".join(map(render_comment, step.comments)) + _as_item(text)


def _as_item(keys: str) -> str:
    return "- " + _indent(keys).removeprefix(_INDENT)


def _indent(text: str, indent: str = _INDENT) -> str:
    return "".join(f"{indent}{line}\n" if line else "\n" for line in text.removesuffix("\n").split("\n"))


def render_comment(text: str) -> str:
    """Return a text, which may be a document's, as a comment of one line."""
    return f"# {' '.join(_CONTROL.sub(' ', escape_unsafe(text)).split())}\n"


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the scenarios of a file stand in it; `end` is the index of the line behind the last of them."""

    end: int
    indent: str
    blank_lines: int


def _find_layout(text: str, lines: Sequence[str]) -> _Layout | None:
    """Return None where the scenarios are no list in block style with an item."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    entries = root.value if isinstance(root, yaml.MappingNode) else []
    listed = next((value for key, value in entries if key.value == _KEY), None)
    if not isinstance(listed, yaml.SequenceNode) or listed.flow_style or not listed.value:
        return None
    column = listed.start_mark.column
    following = [key.start_mark.line for key, _ in entries if key.start_mark.line > listed.start_mark.line]
    bound = min(following, default=len(lines))
    end = bound
    while end > 0 and _is_apart(lines[end - 1], column, is_last=bound == len(lines)):
        end -= 1
    starts = [_find_start(lines, item.start_mark.line) for item in listed.value[1:]]
    blank_lines = min((_count_blank(lines, start) for start in starts), default=1)
    return _Layout(end, " " * column, blank_lines)


def _is_apart(line: str, column: int, *, is_last: bool) -> bool:
    """Tell whether a line behind the last scenario is none of its own: blank, or a comment on what follows."""
    text = line.lstrip()
    depth = len(line) - len(text)
    return not text or (text.startswith("#") and (depth < column or (depth == column == 0 and not is_last)))


def _find_start(lines: Sequence[str], line: int) -> int:
    """Return where an item begins with the comments above it."""
    while line > 0 and lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return line


def _count_blank(lines: Sequence[str], line: int) -> int:
    count = 0
    while count < line and not lines[line - count - 1].strip():
        count += 1
    return count


def _is_extended(before: str, after: str, name: str, drafts: Iterable[ScenarioDraft]) -> bool:
    old, new = parse_yaml(before, name), parse_yaml(after, name)
    if new.problems != old.problems or not isinstance(old.value, dict):
        return False
    wanted = {**old.value, _KEY: [*old.value[_KEY], *map(list_contents, drafts)]}
    return bool(new.value == wanted)
