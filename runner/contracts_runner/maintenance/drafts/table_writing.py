"""Writes drafts of tables: as a whole warehouse contract, or into one that its author has, whose layout stays."""

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from textwrap import indent

import yaml

from contracts_runner.errors import UsageError
from contracts_runner.maintenance.drafts.scenario_writing import NOT_IN_ID, render_comment, render_entry
from contracts_runner.model.json import Json
from contracts_runner.model.table_draft import CheckDraft, TableDraft
from contracts_runner.reading.yaml_source import YamlDocument, parse_yaml

_TABLES = "tables"
_INDENT = "  "


def name_checks(drafts: Iterable[TableDraft], taken: Collection[str]) -> list[TableDraft]:
    """Return the drafts with an id for each check, TABLE.KIND where it had none, that nothing else has: `….2`."""
    known = set(taken)

    def name(table: str, check: CheckDraft) -> CheckDraft:
        wanted = NOT_IN_ID.sub("-", check.id or f"{table}.{check.word}").strip("-") or "new"
        chosen, number = wanted, 2
        while chosen in known:
            chosen, number = f"{wanted}.{number}", number + 1
        known.add(chosen)
        return dataclasses.replace(check, id=chosen)

    return [dataclasses.replace(each, checks=tuple(name(each.name, check) for check in each.checks)) for each in drafts]


def render_tables(warehouse: Json, drafts: Sequence[TableDraft], comments: Iterable[str] = ()) -> str:
    """Return a warehouse contract; `warehouse` is the value of that key. Its tables are counted around a load."""
    snapshots = list(dict.fromkeys(draft.name for draft in drafts if draft.name.strip()))
    return "".join(
        [
            *map(render_comment, comments),
            render_entry("warehouse", warehouse),
            f"{_TABLES}:\n",
            *(indent(_render_table(draft), _INDENT) for draft in drafts),
            render_entry("snapshots", snapshots),
        ]
    )


def add_tables(document: YamlDocument, text: str, drafts: Sequence[TableDraft]) -> str:
    """Return the text of a warehouse contract with tables behind those that it has; what is there stays byte for byte.

    Raises UsageError where that cannot be done.
    """
    old, name = document.value, document.location().path
    for draft in drafts:
        if draft.name in (old.get(_TABLES) or {}):
            raise UsageError(f"{name} has the table {draft.name} already; print what is new without --into")
    added = _insert(text, [_render_table(draft) for draft in drafts])
    if added is not None and _is_extended(old, added, name, drafts):
        return added
    raise UsageError(f"{name}: tables cannot be added below its `{_TABLES}`; add what the command prints by hand")


def _insert(text: str, tables: Sequence[str]) -> str | None:
    """Return None where the tables of the file are no mapping in block style."""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    try:
        root = yaml.compose("\n".join(lines), Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    entries = root.value if isinstance(root, yaml.MappingNode) else []
    listed = next((value for key, value in entries if key.value == _TABLES), None)
    if not isinstance(listed, yaml.MappingNode) or listed.flow_style or not listed.value:
        return None
    column = listed.value[0][0].start_mark.column
    after = [key.start_mark.line for key, _ in entries if key.start_mark.line > listed.start_mark.line]
    end = min(after, default=len(lines))
    while not lines[end - 1].strip() or _is_comment(lines[end - 1], column):
        end -= 1
    added = "".join(indent(table, " " * column) for table in tables).removesuffix("\n").split("\n")
    return newline.join([*lines[:end], *added, *lines[end:], ""])


def _is_comment(line: str, column: int) -> bool:
    """Return whether a line is a comment on what follows the tables."""
    return line.lstrip().startswith("#") and len(line) - len(line.lstrip()) < column


def _is_extended(old: Mapping[str, Json], after: str, name: str, drafts: Iterable[TableDraft]) -> bool:
    new = parse_yaml(after, name)
    added = {draft.name: _list_contents(draft) for draft in drafts}
    return not new.problems and bool(new.value == {**old, _TABLES: {**old[_TABLES], **added}})


def _list_contents(draft: TableDraft) -> dict[str, Json]:
    """Return the table as the mapping that a file has."""
    columns: dict[str, Json] = {"columns": dict(draft.columns)} if draft.columns else {}
    checks: dict[str, Json] = {"checks": list(map(_list_keys, draft.checks))} if draft.checks else {}
    return {**draft.keys, **columns, **checks}


def _list_keys(check: CheckDraft) -> dict[str, Json]:
    return {"id": check.id, check.word: check.content, **check.beside}


def _render_table(draft: TableDraft) -> str:
    # An empty mapping in the place of the table's, of which only the key is wanted.
    key = render_entry(draft.name, {}).removesuffix("{}\n").rstrip()
    columns = "".join(_render_column(name, of, draft.notes.get(name, "")) for name, of in draft.columns.items())
    parts = [
        *map(render_comment, draft.comments),
        *(render_entry(name, value) for name, value in draft.keys.items()),
        *(["columns:\n", indent(columns, _INDENT)] if columns else []),
        *(["checks:\n", *(indent(_render_check(check), _INDENT) for check in draft.checks)] if draft.checks else []),
    ]
    if not any(parts):
        return render_entry(draft.name, {})
    return f"{key}\n" + indent("".join(parts), _INDENT)


def _render_column(name: str, of: str, note: str) -> str:
    line = render_entry(name, of).removesuffix("\n")
    return f"{line}  {render_comment(note)}" if note else f"{line}\n"


def _render_check(check: CheckDraft) -> str:
    keys = "".join(render_entry(name, value) for name, value in _list_keys(check).items())
    return "".join(map(render_comment, check.comments)) + "- " + indent(keys, _INDENT).removeprefix(_INDENT)
