"""Tells the extensions of other tools that have a name of ours from ours: they leave a document as readable as before.

A misspelt extension of ours stays a mistake, as does what a project's own overlay says. What another tool marks with
`x-pii` is personal here, too.
"""

from collections.abc import Callable, Iterator, Mapping

from contracts_runner.errors import Problem, Rule, Severity
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.model.spec import Effect, Evidence
from contracts_runner.openapi.explain_text import render_value
from contracts_runner.openapi.extension_rules import EXTENSIONS, PAGING_KEYS, PII_KINDS, SOURCE_KEYS
from contracts_runner.openapi.read_bundle import ReadBundle, SpecObject
from contracts_runner.reading.schema_keywords import KEYWORDS
from contracts_runner.reading.suggest import find_similar

_ASIDE = "x-other-tools-"
_PERSONAL = "token"


def set_foreign_aside(bundle: ReadBundle, found: SpecObject) -> Iterator[Problem]:
    """Yield a warning for each extension of another tool in an object, which then has it under another name."""
    if not isinstance(found.value, dict) or EXTENSIONS.keys().isdisjoint(found.value):
        return
    for key in [key for key in found.value if key in EXTENSIONS]:
        pointer, value = (*found.pointer, key), found.value[key]
        if _OURS[key](value) or bundle.locate(pointer).path in bundle.overlays:
            continue
        is_personal = key == "x-pii" and bool(value)
        taken = "the value is taken for personal" if is_personal else "it is taken for another tool's, and is not read"
        yield bundle.build_problem(
            pointer,
            f"'{key}' cannot be {render_value(value)}: {taken}",
            f"here it says: {EXTENSIONS[key]}",
            rule=Rule.EXTENSION,
            severity=Severity.WARNING,
            mend=_render_mend(bundle, pointer, value) if is_personal else bundle.render_removal(pointer),
        )
        if is_personal:
            found.value[key] = _PERSONAL
        else:
            _rename(found.value, key)


def _render_mend(bundle: ReadBundle, pointer: Pointer, value: Json) -> str:
    """Return the actions that put a word in the place of a value; an update alone would be merged with a collection."""
    update = bundle.render_mend(pointer[:-1], {pointer[-1]: _PERSONAL})
    return f"{bundle.render_mend(pointer)}\n{update}" if update and isinstance(value, list | Mapping) else update


def _rename(value: dict[str, Json], key: str) -> None:
    """Give an entry another name in its place: lines are known by the order of entries."""
    entries = [(_ASIDE + name if name == key else name, item) for name, item in value.items()]
    value.clear()
    value.update(entries)


def _is_choice(choices: tuple[str, ...]) -> Callable[[Json], bool]:
    return lambda value: isinstance(value, str) and bool(find_similar(value, choices))


def _is_mapping(keys: tuple[str, ...]) -> Callable[[Json], bool]:
    """Return the test for a mapping that has several keys of these, or one, and no key that is like none of them."""

    def test(value: Json) -> bool:
        known = len(value.keys() & set(keys)) if isinstance(value, Mapping) else 0
        return known > 1 or (known == 1 and all(find_similar(key, keys) for key in value))

    return test


def _is_schema(value: Json) -> bool:
    return isinstance(value, bool) or (isinstance(value, Mapping) and not (value and KEYWORDS.keys().isdisjoint(value)))


_OURS: Mapping[str, Callable[[Json], bool]] = {
    "x-success": _is_schema,
    "x-error-code": lambda value: isinstance(value, str) and value[:1] in ("", "/"),  # "" is the whole body
    "x-effect": _is_choice(tuple(Effect)),
    "x-evidence": _is_choice(tuple(Evidence)),
    "x-source": _is_mapping(SOURCE_KEYS),
    "x-instead": lambda value: isinstance(value, str),
    "x-paging": _is_mapping(PAGING_KEYS),
    "x-pii": _is_choice(PII_KINDS),
    "x-gone": lambda value: isinstance(value, bool),
}
