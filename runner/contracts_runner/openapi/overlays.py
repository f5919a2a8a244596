"""Applies OpenAPI Overlays 1.0 and 1.1: what a project adds to a document or mends in it, never in the vendor's file.

Sources: https://spec.openapis.org/overlay/latest.html; RFC 9535. That an action whose target selects nothing is a
mistake is ours: a document that was to be mended is not (docs/design.md, Project file).
"""

import dataclasses
import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import field

import yaml

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem, Rule
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.openapi.explain_text import render_path
from contracts_runner.reading.declarations import Form, Key, Reader
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.forms import Reading, Value
from contracts_runner.reading.jsonpaths import compile_jsonpath, explain_no_match, parse_jsonpath
from contracts_runner.reading.readers import BOOLEAN, JSON, TEXT, items, parsed
from contracts_runner.reading.suggest import suggest
from contracts_runner.reading.yaml_source import YamlDocument
from contracts_runner.reading.yaml_tree import Node

_VERSION = re.compile(r"1\.([01])\.[0-9]+")


def _parse_version(text: str) -> str:
    if not _VERSION.fullmatch(text):
        raise FormError(f"overlay {text} is not supported; supported: 1.0.0 and 1.1.0")
    return text


_JSONPATH = parsed(parse_jsonpath, "JSONPath", r"^\$")


class ActionForm(Form, has_extensions=True):
    """A change of all that a JSONPath selects."""

    noun = "an action"
    target = Key(_JSONPATH, "What is changed.", required=True, example="$.paths['/pets'].get")
    x_file = Key(
        TEXT,
        "A file that the document refers to, in its place: the path from the document's folder.",
        example="schemas/pet.yaml",
    )
    description = Key(TEXT, "Why.", example="the vendor forgot it")
    update = Key(JSON, "What is merged into objects, appended to lists, or replaces a single value.")
    remove = Key(BOOLEAN, "Whether it is taken out.", example="true")
    copy = Key(
        _JSONPATH, "What is selected by this is merged in like an update (Overlay 1.1).", example="$.paths['/a']"
    )


class OverlayForm(Form, has_extensions=True):
    """An overlay of an OpenAPI document."""

    noun = "an overlay"
    overlay = Key(parsed(_parse_version, "version", _VERSION.pattern), "Version.", required=True, example="1.1.0")
    info = Key(Reader(Value.read_entries, {"type": "object"}, "mapping"), "What it is for.", required=True)
    extends = Key(TEXT, "The document that it was written for.", example="shop.yaml")
    actions = Key(items(ActionForm.reader()), "The changes, in their order.", required=True)


class _Misfit(Exception):
    """An update that cannot be merged with what is there."""


@dataclass(slots=True)
class _Targets:
    """Selected places of a tree, by the way to them."""

    is_selected: bool = False
    below: dict[str | int, "_Targets"] = field(default_factory=dict)

    @classmethod
    def build(cls, places: Iterable[Sequence[str | int]]) -> "_Targets":
        root = cls()
        for place in places:
            found = root
            for part in place:
                found = found.below.setdefault(part, cls())
            found.is_selected = True
        return root


def apply_overlays(
    document: YamlDocument, overlays: Iterable[YamlDocument], file: str = ""
) -> tuple[YamlDocument, tuple[Problem, ...]]:
    """Return the document, or a file that it refers to, with the overlays applied in their order, and their mistakes.

    A location in it is that of whichever file wrote the value. The actions of an overlay with a mistake are left out.
    Mistakes of the form are told of the document alone.
    """
    problems: list[Problem] = []
    for overlay in overlays:
        reading = Reading(overlay)
        form = OverlayForm.take(reading.start())
        if form is not None and not reading.problems:
            _check_actions(form)
        if form is not None and not reading.problems:
            for action in form.actions or ():
                document = _apply(document, action) if (action.x_file or "") == file else document
        elif file:
            continue
        problems += (dataclasses.replace(problem, rule=Rule.OVERLAY) for problem in reading.problems)
    return document, tuple(problems)


def find_strange_files(overlays: Iterable[YamlDocument], known: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each action about a file that the document does not refer to."""
    for overlay in overlays:
        reading = Reading(overlay)
        form = OverlayForm.take(reading.start())
        if form is None or reading.problems:
            continue
        for action in form.actions or ():
            if action.x_file and action.x_file not in known:
                hint = suggest(action.x_file, known)
                action.at(ActionForm.x_file).report(f"the document refers to no file '{action.x_file}'", hint)
        yield from (dataclasses.replace(each, rule=Rule.OVERLAY) for each in reading.problems)


def is_overlay(document: YamlDocument) -> bool:
    """Tell whether a document is an overlay without a mistake in its form."""
    reading = Reading(document)
    return OverlayForm.take(reading.start()) is not None and not reading.problems


def render_action(target: Pointer, update: Json = None) -> str:
    """Return an action in one line of YAML, as an item of `actions`: an update, or the removal of the target."""
    change = {"remove": True} if update is None else {"update": update}
    action = {"target": render_path(target), **change}
    text = yaml.safe_dump(action, default_flow_style=True, sort_keys=False, allow_unicode=True, width=math.inf)
    return f"- {text.strip()}"


def _check_actions(form: OverlayForm) -> None:
    is_old = (form.overlay or "").startswith("1.0")
    for action in form.actions or ():
        kinds = [key.name for key in (ActionForm.update, ActionForm.copy) if key in action]
        kinds += ["remove"] if action.remove else []
        if len(kinds) != 1:
            found = " and ".join(kinds) or "none of them"
            action.place.report(f"an action takes one of 'update', 'copy' and 'remove: true'; here is {found}")
        elif kinds == ["copy"] and is_old:
            action.at(ActionForm.copy).report("'copy' is of Overlay 1.1", "write overlay: 1.1.0")
        elif action.remove and action.target == "$":
            action.at(ActionForm.target).report("the whole document cannot be removed")


def _apply(document: YamlDocument, action: ActionForm) -> YamlDocument:
    """Return the document after an action; a mistake is reported and changes nothing."""
    target = action.at(ActionForm.target)
    places = _select(document, target)
    if not places:
        return document
    if action.remove:
        update = None
    elif ActionForm.copy in action:
        sources = _select(document, action.at(ActionForm.copy))
        if len(sources) != 1:
            if sources:
                action.at(ActionForm.copy).report(f"'copy' selects {len(sources)} values; it takes one")
            return document
        update = document.find_node(sources[0])
    else:
        update = action.at(ActionForm.update).find_node()
    try:
        return document.replace_root(_change(document.find_node(()), _Targets.build(places), update))
    except _Misfit as misfit:
        action.place.report(str(misfit), "remove what is there in an action before")
        return document


def _select(document: YamlDocument, path: Value) -> list[tuple[str | int, ...]]:
    """Return the places that a JSONPath selects; that there are none is reported."""
    query = compile_jsonpath(path.value)
    places = [node.location for node in query.find(document.value)]
    if not places:
        message, hint = explain_no_match(path.value, document.value)
        path.report(f"'{path.value}' selects nothing: {message}", hint)
    return places


def _change(node: Node, targets: _Targets, update: Node | None) -> Node:
    """Return a copy of a tree whose selected places are merged with `update`, or removed where it is None."""
    children = dict(_iter_children(node))
    for part, below in targets.below.items():
        line, child = children[part]
        if update is None and below.is_selected:
            del children[part]
        else:
            children[part] = (line, _change(child, below, update))
    changed = _rebuild(node, children) if targets.below else node
    return _merge(changed, update) if update is not None and targets.is_selected else changed


def _iter_children(node: Node) -> Iterator[tuple[str | int, tuple[int, Node]]]:
    yield from node.entries.items()
    yield from ((index, (item.line, item)) for index, item in enumerate(node.items))


def _rebuild(node: Node, children: dict[str | int, tuple[int, Node]]) -> Node:
    if isinstance(node.value, list):
        found = [child for _, child in children.values()]
        return dataclasses.replace(node, value=[child.value for child in found], items=found)
    entries = {str(key): child for key, child in children.items()}
    return dataclasses.replace(node, value={key: child.value for key, (_, child) in entries.items()}, entries=entries)


def _merge(node: Node, update: Node) -> Node:
    """Return a node merged with an update, as the Overlay Specification describes it of properties."""
    match node.value, update.value:
        case dict(), dict():
            children = dict(_iter_children(node))
            for key, (line, child) in update.entries.items():
                own = children.get(key)
                inserted = child.of_file(update.file)
                children[key] = (own[0], _merge(own[1], inserted)) if own else (line, inserted)
            return _rebuild(node, children)
        case list(), _:
            more = update.items if isinstance(update.value, list) else [update]
            items = [*node.items, *(item.of_file(update.file) for item in more)]
            return dataclasses.replace(node, value=[item.value for item in items], items=items)
        case dict(), _:
            raise _Misfit(f"{_describe(update.value)} cannot be merged with an object")
        case _, dict() | list():
            raise _Misfit(f"{_describe(update.value)} cannot take the place of a single value")
    return update


def _describe(value: Json) -> str:
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a single value"
