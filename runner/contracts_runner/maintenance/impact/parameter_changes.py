"""The changes of the parameters of one operation."""

from collections.abc import Iterator, Mapping
from functools import partial

from contracts_runner.maintenance.impact.changes import NAMED_BY_PATH, OPERATION, Change, Content, Use
from contracts_runner.maintenance.impact.described import Described, read_style
from contracts_runner.maintenance.impact.likeness import match_renamed, read_print
from contracts_runner.maintenance.impact.operation_subject import OperationSubject

_Placed = tuple[str, str]


def iter_parameter_changes(subject: OperationSubject) -> Iterator[Change]:
    """Yield which parameters are gone, have come, are called or written otherwise."""
    before, after = subject.old.parameters, subject.new.parameters
    renamed = _match_parameters(subject, before, after)
    for key, old in before.items():
        found = renamed.get(key, key)
        if found not in after:
            kind = "parameter-removed"
            yield subject.build(
                kind, f"{_name(key)} is removed", [_use(key)], is_breaking=not subject.is_inbound, old=old
            )
            continue
        yield from _compare_parameters(subject, key, found, old, after[found])
    for key, new in after.items():
        if key in before or key in renamed.values():
            continue
        is_required = new.is_required or key[0] == "path"
        kind = "required-parameter-added" if is_required else "parameter-added"
        text = f"{_name(key)} is added{' and required' if is_required else ''}"
        uses = [OPERATION, _use(key)] if is_required else [_use(key)]
        yield subject.build(kind, text, uses, is_breaking=is_required and not subject.is_inbound, new=new)


def _match_parameters(
    subject: OperationSubject, before: Mapping[_Placed, Described], after: Mapping[_Placed, Described]
) -> dict[_Placed, _Placed]:
    """Return the parameters that have another name: in the path by their order, elsewhere by what is said."""
    gone, came = [key for key in before if key not in after], [key for key in after if key not in before]
    renamed: dict[_Placed, _Placed] = {}
    if find_shape(subject.old.path) == find_shape(subject.new.path):
        names = zip(list_names(subject.old.path), list_names(subject.new.path), strict=True)
        found = ((("path", old), ("path", new)) for old, new in names if old != new)
        renamed |= {old: new for old, new in found if old in before and new in after}
    for placement in ("query", "header", "cookie"):
        olds, news = ([name for where, name in keys if where == placement] for keys in (gone, came))
        same = partial(_is_same_parameter, before, after, placement)
        matched = match_renamed(olds, news, same, partial(_has_same_place, before, after, placement))
        renamed |= {(placement, old): (placement, new) for old, new in matched.items()}
    return renamed


def _compare_parameters(
    subject: OperationSubject, key: _Placed, found: _Placed, old: Described, new: Described
) -> Iterator[Change]:
    name, use = _name(found), _use(key)
    uses = [use, _use(found)]
    if key != found:
        edits = {use: _written(new)}
        # Who names the operation by its path names the parameter, too.
        edits |= {NAMED_BY_PATH: subject.new.name} if key[0] == "path" else {}
        text, concerned = f"{_name(key)} is called '{_written(new)}' now", [*uses, *edits]
        yield subject.build("parameter-renamed", text, concerned, is_breaking=True, new=new, key="name", edits=edits)
    was, is_now = (each.is_required or key[0] == "path" for each in (old, new))
    if was != is_now:
        kind, text = ("parameter-became-required", "is required")
        if was:
            kind, text = ("parameter-became-optional", "is no longer required")
        concerned = [OPERATION, *uses] if is_now else uses
        is_breaking = is_now is not subject.is_inbound
        yield subject.build(kind, f"{name} {text}", concerned, is_breaking=is_breaking, new=new, key="required")
    if _has_other_style(subject, old, new):
        yield subject.build(
            "parameter-style-changed", f"{name} is written in another style", uses, is_breaking=True, new=new
        )
    if old.is_deprecated != new.is_deprecated:
        text = f"{name} is {'no longer ' if old.is_deprecated else ''}deprecated"
        kind = "parameter-no-longer-deprecated" if old.is_deprecated else "parameter-deprecated"
        yield subject.build(kind, text, uses, is_breaking=False, new=new, key="deprecated")
    if (pii := new.value.get("x-pii")) != old.value.get("x-pii"):
        text = f"{name} is personal ({pii})" if pii else f"{name} is not personal any more"
        before, after = (None, new) if pii else (old, None)
        yield subject.build("parameter-pii-changed", text, uses, is_breaking=False, old=before, new=after, key="x-pii")
    pair = subject.pairs.get(old.schemas, new.schemas)
    subject.contents.append(Content("parameter", f"{subject.noun}{name}", subject.sent, pair, use=use))


def _has_other_style(subject: OperationSubject, old: Described, new: Described) -> bool:
    before, after = read_style(old), read_style(new)
    types = subject.pairs.old_reader.open(*old.schemas).types & {"array", "object"}
    is_typed = subject.pairs.old_reader.open(*old.schemas).is_typed
    if (types and is_typed) or before[0] in ("label", "matrix") or after[0] in ("label", "matrix"):
        return before != after
    # Of a single value the style says nothing.
    return before[2:] != after[2:]


def _use(key: _Placed) -> Use:
    return ("parameter", *key)


def _name(key: _Placed) -> str:
    return f"the {key[0]} parameter '{key[1]}'"


def _written(parameter: Described) -> str:
    return str(parameter.value.get("name"))


def _is_same_parameter(
    before: Mapping[_Placed, Described], after: Mapping[_Placed, Described], placement: str, name: str, other: str
) -> bool:
    kept = [
        {key: value for key, value in parameter.value.items() if key not in ("name", "description", "example")}
        for parameter in (before[placement, name], after[placement, other])
    ]
    return read_print(kept[0]) == read_print(kept[1])


def _has_same_place(
    before: Mapping[_Placed, Described], after: Mapping[_Placed, Described], placement: str, name: str, other: str
) -> bool:
    return list(before).index((placement, name)) == list(after).index((placement, other))


def list_names(path: str) -> list[str]:
    """Return the names in a path template."""
    return [piece.partition("}")[0] for piece in path.split("{")[1:]]


def find_shape(path: str) -> str:
    """Return a path template without the names in it."""
    for name in list_names(path):
        path = path.replace(f"{{{name}}}", "{}")
    return path
