"""Checks the form of our extensions of OpenAPI (docs/design.md, Spec extensions), wherever they stand in a document."""

from collections.abc import Callable, Iterator, Mapping

from contracts_runner.errors import Problem
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, parse_pointer
from contracts_runner.model.spec import Effect, Evidence
from contracts_runner.openapi.bundle import Bundle
from contracts_runner.openapi.explain_text import render_value
from contracts_runner.openapi.spec_walk import SpecObject
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.jsonpaths import parse_jsonpath
from contracts_runner.reading.suggest import suggest, suggest_or_list

_PII_KINDS = ("email", "phone", "name", "card", "token", "address", "url")
_RULES = frozenset({"document", "path_item", "operation"})
_MARKED = frozenset({"schema", "parameter", "header"})


def check_extensions(bundle: Bundle, found: SpecObject) -> Iterator[Problem]:
    """Yield the mistakes in the extensions of one object; a misspelt or misplaced one is a warning."""
    if not isinstance(found.value, Mapping):
        return
    for key, value in found.value.items():
        if not key.startswith("x-"):
            continue
        pointer = (*found.pointer, key)
        if key not in _FORMS:
            # Other tools have extensions of their own; only what is hardly a name of its own is one of ours misspelt.
            if hint := suggest(key, _FORMS, cutoff=0.85):
                yield _build(bundle, pointer, f"unknown extension '{key}'", hint, severity="warning")
            continue
        kinds, check = _FORMS[key]
        if kinds and found.kind not in kinds:
            names = ", ".join(sorted(kind.replace("_", " ") for kind in kinds))
            yield _build(bundle, pointer, f"'{key}' has no effect here", f"it belongs to: {names}", severity="warning")
        else:
            for below, message, hint in check(value):
                name = ".".join(map(str, (key, *below)))
                yield _build(bundle, (*pointer, *below), f"'{name}' {message}", hint)


def _build(bundle: Bundle, pointer: Pointer, message: str, hint: str, severity: str = "error") -> Problem:
    return Problem(location=bundle.locate(pointer), message=message, hint=hint, rule="extension", severity=severity)


# Each check yields (pointer below the extension, message that follows its name, hint).
_Mistakes = Iterator[tuple[Pointer, str, str]]


def _check_choice(choices: tuple[str, ...]) -> Callable[[Json], _Mistakes]:
    def check(value: Json) -> _Mistakes:
        if value not in choices:
            yield (), f"cannot be {render_value(value)}", suggest_or_list(str(value), choices)

    return check


def _check_text(value: Json) -> _Mistakes:
    if not (isinstance(value, str) and value.strip()):
        yield (), "must be text", "write it in quotes" if isinstance(value, int | float) else ""


def _check_boolean(value: Json) -> _Mistakes:
    if not isinstance(value, bool):
        yield (), "must be true or false", ""


def _check_pointer(value: Json) -> _Mistakes:
    if not isinstance(value, str):
        yield (), "must be a JSON Pointer", "as in '/code'"
        return
    try:
        parse_pointer(value)
    except ValueError as error:
        yield (), f"must be a JSON Pointer: {error}", "as in '/code'"


def _check_source(value: Json) -> _Mistakes:
    yield from _check_mapping(value, {"document": _check_text, "section": _check_text}, required=("document",))


def _check_paging(value: Json) -> _Mistakes:
    yield from _check_mapping(value, {"page": _check_page, "total": _check_path}, required=("page", "total"))


def _check_page(value: Json) -> _Mistakes:
    keys = {"in": _check_choice(("query", "body")), "name": _check_text}
    yield from _check_mapping(value, keys, required=("in", "name"))


def _check_path(value: Json) -> _Mistakes:
    if not isinstance(value, str):
        yield (), "must be a JSONPath", "as in $.paging.total"
        return
    try:
        parse_jsonpath(value)
    except FormError as error:
        yield (), f"must be a JSONPath: {error}", "as in $.paging.total"


def _check_mapping(
    value: Json, keys: Mapping[str, Callable[[Json], _Mistakes]], required: tuple[str, ...]
) -> _Mistakes:
    if not isinstance(value, Mapping):
        yield (), f"must be a mapping with the keys {', '.join(keys)}", ""
        return
    for key in required:
        if key not in value:
            yield (), f"needs the key '{key}'", ""
    for key, item in value.items():
        if key not in keys:
            yield (key,), "is unknown", suggest_or_list(key, keys)
            continue
        for below, message, hint in keys[key](item):
            yield (key, *below), message, hint


def _check_nothing(_: Json) -> _Mistakes:
    yield from ()


# Extension -> where it may stand (anywhere if empty) and how its form is checked.
_FORMS: Mapping[str, tuple[frozenset[str], Callable[[Json], _Mistakes]]] = {
    # A schema, checked with all others.
    "x-success": (_RULES, _check_nothing),
    "x-error-code": (_RULES, _check_pointer),
    "x-effect": (_RULES - {"document"}, _check_choice(tuple(Effect))),
    "x-evidence": (frozenset(), _check_choice(tuple(Evidence))),
    "x-source": (frozenset(), _check_source),
    "x-instead": (frozenset({"operation"}), _check_text),
    "x-paging": (_RULES - {"document"}, _check_paging),
    "x-pii": (_MARKED, _check_choice(_PII_KINDS)),
    "x-gone": (frozenset({"link"}), _check_boolean),
}
