"""What changes in our extensions of an operation, and in the links of its answers."""

from collections.abc import Iterator, Mapping

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.impact.changes import OPERATION, Change, Use
from contracts_runner.maintenance.impact.described import Described, DescribedOperation
from contracts_runner.maintenance.impact.operation_subject import OperationSubject
from contracts_runner.maintenance.impact.parameter_changes import find_shape
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, parse_pointer
from contracts_runner.model.spec import Effect, Evidence, Operation
from contracts_runner.openapi.operations import list_sites


@dataclass(frozen=True, slots=True)
class _Extension:
    """`word` names it in the kind of a change; `breaking` are the ways of a change that break who uses `use`."""

    key: str
    word: str
    noun: str
    use: Use
    breaking: frozenset[str]


SUCCESS: Use = ("extension", "x-success")
ERROR_CODE: Use = ("extension", "x-error-code")
PAGING: Use = ("extension", "x-paging")
_ADDED, _REMOVED, _CHANGED = "added", "removed", "changed"
_EXTENSIONS = (
    _Extension("x-success", "success-rule", "the rule of success", SUCCESS, frozenset({_ADDED, _CHANGED})),
    _Extension("x-error-code", "error-code", "the place of error codes", ERROR_CODE, frozenset({_REMOVED, _CHANGED})),
    _Extension("x-paging", "paging", "the way from page to page", PAGING, frozenset({_REMOVED, _CHANGED})),
    _Extension("x-instead", "instead", "what to use instead", OPERATION, frozenset()),
)


def iter_extension_changes(
    old: DescribedOperation, new: DescribedOperation, before: Operation, after: Operation
) -> Iterator[Change]:
    """Yield what our extensions say otherwise of an operation: on it, on its path, or on the document."""
    was, now = _read(before), _read(after)
    for extension in _EXTENSIONS:
        one, other = was[extension.key], now[extension.key]
        if one != other:
            way = _ADDED if one is None else _REMOVED if other is None else _CHANGED
            text = f"{extension.noun} is {way} ({extension.key})"
            kind = f"operation-{extension.word}-{way}"
            yield _build(kind, text, extension.key, extension.use, way in extension.breaking, old, new)
    if before.effect != after.effect:
        is_write = after.effect is Effect.WRITE
        text = f"{'writes' if is_write else 'only reads'} now (x-effect)"
        yield _build("operation-effect-changed", text, "x-effect", OPERATION, is_write, old, new)
    if before.evidence != after.evidence:
        text = f"is {after.evidence} now, {before.evidence} before (x-evidence)"
        is_breaking = after.evidence is Evidence.REFUTED
        yield _build("operation-evidence-changed", text, "x-evidence", OPERATION, is_breaking, old, new)


def _read(operation: Operation) -> dict[str, Json]:
    values = (operation.success, operation.error_code, operation.paging, operation.instead)
    return {extension.key: value for extension, value in zip(_EXTENSIONS, values, strict=True)}


def _build(
    kind: str, text: str, key: str, use: Use, is_breaking: bool, old: DescribedOperation, new: DescribedOperation
) -> Change:
    there, before = _find_place(new, key), _find_place(old, key)
    return Change(
        operation=old.label,
        kind=kind,
        is_breaking=is_breaking,
        pointer=there or before or new.place,
        is_in_new=there is not None or before is None,
        message=text,
        uses=frozenset([use]),
    )


def _find_place(operation: DescribedOperation, key: str) -> Pointer | None:
    """Return where an extension of an operation is written, None where it is not."""
    for holder in (operation.place, operation.item, ()):
        found = operation.bundle.get(holder)
        if found and isinstance(found[1], Mapping) and key in found[1]:
            return (*found[0], key)
    return None


def iter_link_changes(subject: OperationSubject, noun: str, old: Described, new: Described) -> Iterator[Change]:
    """Yield what changes in the links of an answer; no contract names one."""
    before, after = dict(old.iter_named("links")), dict(new.iter_named("links"))
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        text = f"{noun}: the link {name}"
        if was is None:
            yield subject.build("response-link-added", f"{text} is added", [], is_breaking=False, new=now)
        elif now is None:
            yield subject.build("response-link-removed", f"{text} is removed", [], is_breaking=True, old=was)
        elif _read_link(was) != _read_link(now):
            told = f"{text} leads elsewhere, or with other values"
            yield subject.build("response-link-changed", told, [], is_breaking=True, new=now)


def _read_link(link: Described) -> tuple[Json, ...]:
    value = link.value
    return _find_target(link), value.get("parameters") or {}, value.get("requestBody"), value.get("x-gone") is True


def _find_target(link: Described) -> str:
    """Return the method and path that a link leads to, or its reference to another document."""
    reference = str(link.value.get("operationRef", ""))
    parts = parse_pointer(reference) if reference.startswith("#/") else ()
    if len(parts) > 1:
        return f"{str(parts[-1]).upper()} {find_shape(str(parts[-2]))}"
    if reference:
        return reference
    named = link.value.get("operationId")
    found = (
        f"{site.method.upper()} {find_shape(site.path)}" for site in list_sites(link.bundle) if site.label == named
    )
    return next(found, str(named))
