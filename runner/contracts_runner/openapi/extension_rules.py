"""Checks the form of our extensions of OpenAPI (docs/design.md, Spec extensions), wherever they are in a document."""

from collections.abc import Callable, Iterator, Mapping

from contracts_runner.errors import Problem, Rule, Severity
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, parse_pointer
from contracts_runner.model.spec import Effect, Evidence, PagingStyle
from contracts_runner.openapi.bundle import Bundle
from contracts_runner.openapi.explain_text import render_value
from contracts_runner.openapi.read_bundle import SpecObject
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.jsonpaths import parse_jsonpath
from contracts_runner.reading.suggest import suggest, suggest_or_list

PII_KINDS = ("email", "phone", "name", "card", "token", "address", "url")
_INHERITED = frozenset({"document", "path_item", "operation"})
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
            # Other tools have other extensions; only a name very close to one of ours is a misspelling.
            if hint := suggest(key, _FORMS, cutoff=0.85):
                message = f"unknown extension '{key}'"
                yield bundle.build_problem(pointer, message, hint, rule=Rule.EXTENSION, severity=Severity.WARNING)
            continue
        kinds, check, _ = _FORMS[key]
        if kinds and found.kind not in kinds:
            names = ", ".join(sorted(kind.replace("_", " ") for kind in kinds))
            message = f"'{key}' has no effect here"
            yield bundle.build_problem(
                pointer, message, f"it belongs to: {names}", rule=Rule.EXTENSION, severity=Severity.WARNING
            )
        else:
            for below, message, hint in check(value):
                name = ".".join(map(str, (key, *below)))
                yield bundle.build_problem((*pointer, *below), f"'{name}' {message}", hint, rule=Rule.EXTENSION)
            if key == "x-paging" and _is_older_paging(value):
                message = f"'{key}' has its older form"
                yield bundle.build_problem(
                    pointer, message, _NEWER_PAGING, rule=Rule.EXTENSION, severity=Severity.WARNING
                )


# Each check yields (pointer below the extension, message that follows its name, hint).
_Mistakes = Iterator[tuple[Pointer, str, str]]
_Check = Callable[[Json], _Mistakes]


def _check_choice(choices: tuple[str, ...]) -> _Check:
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


def _check_parsed(parse: Callable[[str], object], name: str, example: str) -> _Check:
    def check(value: Json) -> _Mistakes:
        try:
            if isinstance(value, str):
                parse(value)
            else:
                yield (), f"must be a {name}", example
        except (ValueError, FormError) as error:
            yield (), f"must be a {name}: {error}", example

    return check


def _check_mapping(required: Mapping[str, _Check], optional: Mapping[str, _Check]) -> _Check:
    keys = {**required, **optional}

    def check(value: Json) -> _Mistakes:
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

    return check


def _check_start(value: Json) -> _Mistakes:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        yield (), "must be a whole number, 0 or more", ""


def _check_size_value(value: Json) -> _Mistakes:
    if not isinstance(value, int | str) or isinstance(value, bool):
        yield (), "must be a number or text", ""


SOURCE_KEYS = ("document", "section")
_check_source = _check_mapping({SOURCE_KEYS[0]: _check_text}, {SOURCE_KEYS[1]: _check_text})
_check_path = _check_parsed(parse_jsonpath, "JSONPath", "as in $.paging.total")


def _check_place(*names: str) -> _Check:
    """Return the check of a JSONPath, or of where else: `{header: NAME}`, or one of these keys with either."""
    forms = " or ".join(["{header: NAME}", *(f"{{{name}: JSONPath}}" for name in names)])

    def check(value: Json) -> _Mistakes:
        if not isinstance(value, Mapping):
            yield from _check_path(value)
        elif len(value) == 1:
            yield from _check_mapping({}, {"header": _check_text, **dict.fromkeys(names, _check_place())})(value)
        else:
            yield (), f"must be a JSONPath, {forms}", ""

    return check


_check_total = _check_place("pages")
_PLACED: Mapping[str, _Check] = {"in": _check_choice(("query", "body")), "name": _check_text}
_NEWER_PAGING = "write `in` and `name` beside `total`, as in {in: query, name: page, total: $.paging.total}"
_PAGING: Mapping[str, _Check] = {
    "style": _check_choice(tuple(PagingStyle)),
    **_PLACED,
    "start": _check_start,
    "size": _check_mapping({"name": _check_text, "value": _check_size_value}, {}),
    "total": _check_total,
    "next": _check_place(),
    "more": _check_path,
}
PAGING_KEYS = (*_PAGING, "page")
# Style -> the keys that it needs, and those that mean nothing with it.
_STYLE_KEYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    PagingStyle.PAGE: (("in", "name"), ("next",)),
    PagingStyle.OFFSET: (("in", "name"), ("next",)),
    PagingStyle.CURSOR: (("in", "name", "next"), ("start",)),
    PagingStyle.LINK: (("next",), ("in", "name", "start")),
}


def _is_older_paging(value: Json) -> bool:
    return isinstance(value, Mapping) and "page" in value


def _check_paging(value: Json) -> _Mistakes:
    if _is_older_paging(value):
        yield from _check_mapping({"page": _check_mapping(_PLACED, {}), "total": _check_path}, {})(value)
        return
    style = value.get("style", PagingStyle.PAGE) if isinstance(value, Mapping) else PagingStyle.PAGE
    needed, idle = _STYLE_KEYS.get(style, ((), ())) if isinstance(style, str) else ((), ())
    yield from _check_mapping({key: _PAGING[key] for key in needed}, _PAGING)(value)
    for key in idle:
        if isinstance(value, Mapping) and key in value:
            keys = ", ".join(name for name in _PAGING if name not in idle)
            yield (key,), f"means nothing with style: {style}", f"its keys: {keys}"


# Extension -> where it may be (anywhere if empty), how its form is checked, and what it says.
_FORMS: Mapping[str, tuple[frozenset[str], _Check, str]] = {
    # A schema, checked with all others.
    "x-success": (_INHERITED, lambda _: iter(()), "JSON Schema that the body of a 2xx must fit to count as success."),
    "x-error-code": (
        _INHERITED,
        _check_parsed(parse_pointer, "JSON Pointer", "as in '/code'"),
        "JSON Pointer to the error code in a body.",
    ),
    "x-effect": (
        _INHERITED - {"document"},
        _check_choice(tuple(Effect)),
        "Whether the operation reads or writes, where its method does not say it: `read`, `write`.",
    ),
    "x-evidence": (
        frozenset(),
        _check_choice(tuple(Evidence)),
        f"How well it is known: {', '.join(f'`{grade}`' for grade in Evidence)}.",
    ),
    "x-source": (frozenset(), _check_source, "The sentence it comes from: `{document, section}`."),
    "x-instead": (frozenset({"operation"}), _check_text, "The operation to use instead of a refuted one."),
    "x-paging": (
        _INHERITED - {"document"},
        _check_paging,
        "How a list is read to its end: `style`, `in`, `name`, `start`, `size`, `total`, `next`, `more`.",
    ),
    "x-pii": (
        _MARKED,
        _check_choice(PII_KINDS),
        f"The value is personal and is redacted: {', '.join(f'`{kind}`' for kind in PII_KINDS)}.",
    ),
    "x-gone": (frozenset({"link"}), _check_boolean, "True if the target of the link is gone after the request."),
}
EXTENSIONS: Mapping[str, str] = {name: text for name, (_, _, text) in _FORMS.items()}
