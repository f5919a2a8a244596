"""What a broken row is a case of: a key that is the same in the next run, and a sentence about it.

A row has a key for each thing that is wrong in it; which of them groups it is decided over all rows (causes.py).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice

from contracts_runner.dataclass import dataclass
from contracts_runner.model.checks import SPEC_CHECKS, X_ERROR_CODE, CheckName, PropertyCheck
from contracts_runner.model.outcome import Outcome
from contracts_runner.results.rows import CheckRow, PropertyRow, StepRow, ViolationRow

# They say that another answer came than the one that was expected.
_ANSWER = frozenset({CheckName.STATUS, CheckName.SUCCESS, CheckName.ERROR})
# What is judged for itself, whatever answer came.
_APART = frozenset({CheckName.RESPONSE, CheckName.LATENCY})
_MEDIA_TYPES = frozenset({CheckName.MEDIA_TYPE, CheckName.MEDIA_TYPE_DECLARED, CheckName.BODY_JSON})
_MOST_VALUES = 20
_NAME = re.compile(r"\w+")
_QUOTED = re.compile(r"""\[['"]((?:[^'"\\]|\\.)*)['"]\]""")
_INDEX = re.compile(r"\[-?\d+\]")
# Quoted texts, paths of files with their line, addresses, numbers with their units.
_DATA = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|https?://\S+|\S+\.\w+:\d+|[+-]?\d[\w.:,-]*")
# As name_status writes it.
_ANSWER_KEY = re.compile(r"status (\d+)(?: (?!instead of )(.+))?")
_STATUS = re.compile(r"\b(?:status|HTTP) ([1-5]\d\d)\b")
_VALUE = "{name} has another value"
_ITEMS = "{name} has other items"
_FORMS = "{name} has none of the forms that are allowed"
_WHAT: dict[str, str] = {
    "required": "{name} is missing",
    "type": "{name} has another type",
    "additionalProperties": "{name} was not expected",
    "unevaluatedProperties": "{name} was not expected",
    "format": "{name} has another format",
    "minItems": "{name} has too few items",
    "const": _VALUE,
    "enum": _VALUE,
    "value": _VALUE,
    "oneOf": _FORMS,
    "anyOf": _FORMS,
    "contains": "{name} lacks an item that is expected",
}
_RELATIONS: dict[str, str] = {
    CheckName.SORTED: "{name} is not in order",
    CheckName.UNIQUE: "{name} comes more than once",
    CheckName.COUNT: "{name} has another number of items",
    CheckName.SAME_ITEMS: _ITEMS,
    CheckName.SUBSET: "{name} has items that are not in the other list",
    CheckName.SUPERSET: "{name} lacks items of the other list",
    CheckName.DISJOINT: "{name} has items of the other list",
}
_WHAT |= _RELATIONS
# Of these a value is not the one that the author of the contract expects; it breaks no schema.
_VALUES = frozenset({"value", "type", *_RELATIONS})
# Sentences of these are of a name, whatever its value is.
_OF_NAMES = frozenset({"required", "additionalProperties", "unevaluatedProperties"})
# What many properties can have wrong for one reason, such as how a service writes all its dates.
_WIDE: dict[str, str] = {"format": "{names} have another format than {detail}", "type": "{names} are of type {detail}"}
_MANY, _NAMED = 3, 3


@dataclass(frozen=True, slots=True)
class CauseKey:
    """The key, the sentence, and the place that it is about, "" for none; `seen` is where in an answer, if the place is
    one of a document. `name` is the property, `like` what other properties can have wrong in the same way. `is_value`:
    it is one of several values of an answer that are other ones, which are one thing that is wrong."""

    key: str
    title: str
    place: str = ""
    seen: str = ""
    name: str = ""
    like: str = ""
    is_value: bool = False


def blank(text: str) -> str:
    """Return a text without what differs from run to run and from row to row."""
    return " ".join(_DATA.sub("…", _INDEX.sub("[*]", text)).split())


def list_check_keys(step: StepRow, check: CheckRow) -> tuple[CauseKey, ...]:
    """Return the keys of a check of a step that is failed or errored."""
    if check.check in _APART:
        return (_name_message(check.check, check.message, step.operation),)
    if told := _find_unreadable(step, check):
        return list_check_keys(step, told)
    if _has_other_answer(step) and _follows_answer(step, check):
        return (_name_answer(step),)
    media_type = _find_media_type(step, check)
    if media_type is not None:
        title = f"the media type is {media_type or 'missing'}"
        return (CauseKey(f"media_type {media_type}", title, step.operation),)
    if shared := _list_shared(step, check):
        return tuple(name_violation(each, step.operation) for each in shared)
    if _is_value(check):
        named = (_name_values(step, each) for each in _broken(step) if _is_value(each))
        return tuple(islice(dict.fromkeys(chain.from_iterable(named)), _MOST_VALUES))
    if check.violations:
        return tuple(name_violation(each, step.operation) for each in check.violations)
    if check.check == CheckName.STATUS_DECLARED and step.response:
        return (name_undeclared(step.response.status, step.operation),)
    return (_name_message(check.check or CheckName.RESPONSE, check.message, step.operation),)


def list_property_keys(row: PropertyRow) -> tuple[CauseKey, ...]:
    """Return the keys of a row of the property phase that is failed or errored."""
    failure = row.failure
    if failure is None:
        check = CheckName.RESPONSE if row.check == PropertyCheck.REQUESTS else row.check
        return (_name_message(check, row.reason, row.operation),)
    if failure.violations:
        return tuple(name_violation(each, row.operation) for each in failure.violations)
    status = failure.steps[-1].status if failure.steps else None
    if status is not None and status >= 500:
        return (name_status(status, "", row.operation),)
    match row.check:
        case PropertyCheck.STATUS_CODE_CONFORMANCE if status is not None:
            return (name_undeclared(status, row.operation),)
        case PropertyCheck.POSITIVE_DATA_ACCEPTANCE if status in (401, 403):
            return (name_status(status, "", row.operation),)
        case PropertyCheck.RESPONSE:
            return (_name_message(CheckName.RESPONSE, row.reason, row.operation),)
    title = f"{row.operation}: {failure.title or failure.message}"
    return (CauseKey(f"{row.check} {row.operation} {failure.code}".strip(), title, row.operation),)


def name_status(status: int, code: str | None, place: str) -> CauseKey:
    """Return the key of an answer that is no success."""
    return CauseKey(
        f"status {status} {code or ''}".strip(), f"the service answers {status}" + (f" {code}" if code else ""), place
    )


def name_undeclared(status: int, place: str) -> CauseKey:
    """Return the key of a status that the document does not declare."""
    return CauseKey(f"undeclared status {status}", f"status {status} is not declared", place)


def name_violation(violation: ViolationRow, operation: str) -> CauseKey:
    """Return the key of what does not hold: a property is one cause wherever it is, any other place is its own."""
    name, path, keyword = violation.property, blank(violation.path), violation.keyword
    if keyword == "unreadable":
        return CauseKey("body_json", "the body is not the data that was expected", operation)
    if keyword == X_ERROR_CODE:
        # It is a mistake of the document, whatever operation is called.
        document = violation.place.rpartition(":")[0] or "the document"
        title = f"{document} does not say where error codes are ({keyword})"
        return CauseKey(f"{keyword} {document}", title, operation)
    if keyword == "header":
        return CauseKey(f"header {name}", f"the header '{name}' is missing", operation)
    seen = f"{operation} {path}"
    place, seen = (violation.place, seen) if violation.place else (seen, "")
    found = "" if keyword in _OF_NAMES else violation.found
    sentence = _WHAT.get(keyword, "{name} breaks '" + keyword.replace("{", "{{").replace("}", "}}") + "'")
    if not name:
        sentence = sentence if keyword not in _OF_NAMES else f"{{name}} breaks '{keyword}'"
        title = sentence.format(name=f"{operation}: {path}")
        return CauseKey(f"{keyword} {operation} {path}", title, place, seen)
    # A value is wrong in the same way, whatever keyword says so: the schemas of two places need not say the same of it.
    kind = f"value {found}" if found else keyword
    return CauseKey(
        f"{kind} {blank(name)}",
        sentence.format(name=f"the property '{name}'"),
        place,
        seen,
        name=name,
        like=f"{keyword} {violation.wanted or found}" if keyword in _WIDE and found else "",
    )


def widen(keys: Iterable[CauseKey]) -> dict[str, CauseKey]:
    """Return key -> the key of what many properties have wrong in the same way."""
    alike: dict[str, dict[str, str]] = {}
    for key in keys:
        if key.like:
            alike.setdefault(key.like, {}).setdefault(key.name, key.key)
    found: dict[str, CauseKey] = {}
    for like, names in alike.items():
        if len(names) >= _MANY:
            keyword, _, detail = like.partition(" ")
            title = _WIDE[keyword].format(names=f"{len(names)} properties", detail=detail)
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            title += f": {', '.join(islice(names, _NAMED))}{more}"
            found |= {key: CauseKey(like, title) for key in names.values()}
    return found


def name_message(kind: str, message: str) -> CauseKey:
    """Return the key of what only a sentence tells."""
    return CauseKey(f"{kind} {blank(message)}".strip(), message)


def read_answer(key: CauseKey) -> tuple[str, str] | None:
    """Return status and error code, "" for none, of the key of an answer that is no success."""
    found = _ANSWER_KEY.fullmatch(key.key)
    return (found[1], found[2] or "") if found else None


def find_told(message: str, keys: Iterable[CauseKey]) -> CauseKey | None:
    """Return the key of the answer that a sentence of a hook tells of, by its error code or its status."""
    told, words = _STATUS.search(message), set(_NAME.findall(message))
    answers = {answer: key for key in keys if (answer := read_answer(key))}
    of_code = (key for (_, code), key in answers.items() if code in words and not code.isdecimal())
    of_status = (key for (status, _), key in answers.items() if told and status == told[1])
    found = next(of_code, None) or next(of_status, None)
    return replace(found, place="") if found else None


def _name_message(check: str, message: str, operation: str) -> CauseKey:
    if check == CheckName.LATENCY:
        return CauseKey(CheckName.LATENCY, "answers take longer than expected", operation)
    named = name_message(check, message)
    return CauseKey(named.key, named.title, operation)


def _broken(step: StepRow) -> Iterator[CheckRow]:
    return (check for check in step.checks if check.outcome.traits.is_broken)


def _list_shared(step: StepRow, check: CheckRow) -> list[ViolationRow]:
    """Return what breaks the document's schema in a property that the author's check looks at: it is why that does not
    hold either."""
    if check.check in SPEC_CHECKS or not check.path:
        return []
    names = {*_NAME.findall(check.path), *_QUOTED.findall(check.path)}
    rows = (each for each in _broken(step) if each.check == CheckName.BODY_SCHEMA)
    return [each for row in rows for each in row.violations or () if each.property in names]


def _find_unreadable(step: StepRow, check: CheckRow) -> CheckRow | None:
    """Return the row that tells of the body what this one of its values tells again: it is no data."""
    is_of_data = any(each.keyword == "unreadable" for each in check.violations or ())
    return next((each for each in _broken(step) if is_of_data and each.check in _MEDIA_TYPES), None)


def _is_value(check: CheckRow) -> bool:
    """Return whether a value is not the one that the author of the contract expects."""
    is_kept = all(each.keyword in _VALUES for each in check.violations or ())
    is_content = check.check not in SPEC_CHECKS and check.check not in (CheckName.CAPTURE, *_ANSWER, *_MEDIA_TYPES)
    return is_kept and is_content and bool(check.path) and check.outcome is Outcome.FAILED


def _name_values(step: StepRow, check: CheckRow) -> tuple[CauseKey, ...]:
    """Return the keys of values that are other ones: of each property, else of the place."""
    if check.violations:
        named = (name_violation(each, step.operation) for each in check.violations)
        return tuple(replace(key, is_value=True) for key in named)
    place, first = f"{step.operation} {blank(check.path or '')}", check.message.split("; ")[0]
    return (CauseKey(f"{check.check} {place}", f"{step.operation}: {first}", place, is_value=True),)


def _has_other_answer(step: StepRow) -> bool:
    return step.response is not None and any(map(_is_other_answer, _broken(step)))


def _is_other_answer(check: CheckRow) -> bool:
    """Return whether a check says that another answer came: one that lacks nothing but its error code is no other."""
    return check.check in _ANSWER and not (check.check == CheckName.ERROR and check.violations)


def _follows_answer(step: StepRow, check: CheckRow) -> bool:
    """Return whether a check cannot hold because another answer came. What the document promises of an answer with the
    expected status, and what an answer without an error code is no success for, are for themselves."""
    names = {each.check for each in _broken(step)}
    is_refused = step.response is not None and not 200 <= step.response.status <= 299
    if CheckName.STATUS in names or (CheckName.SUCCESS in names and is_refused):
        return True
    return check.check in _ANSWER or (bool(step.error_code) and check.check not in SPEC_CHECKS)


def _name_answer(step: StepRow) -> CauseKey:
    response = step.response
    status = response.status if response else 0
    if not step.success and (step.error_code or not 200 <= status <= 299):
        return name_status(status, step.error_code, step.operation)
    wrong = next(filter(_is_other_answer, _broken(step)))
    if wrong.check == CheckName.SUCCESS and not step.success:
        if wrong.violations:
            return name_violation(wrong.violations[0], step.operation)
        return _name_message(wrong.check, wrong.message, step.operation)
    expected = _render_expected(wrong)
    title = f"the service answers {status} where {expected} is expected"
    return CauseKey(f"status {status} instead of {expected}", title, step.operation)


def _render_expected(check: CheckRow) -> str:
    if check.check == CheckName.SUCCESS:
        return "a refusal"
    values: Iterable[object] = check.expected if isinstance(check.expected, list) else [check.expected]
    return " or ".join(map(str, values))


def _find_media_type(step: StepRow, check: CheckRow) -> str | None:
    """Return the media type that came, "" for none, if it is why the check does not hold."""
    is_unreadable = any(each.keyword == "unreadable" for each in check.violations or ())
    is_other = any(each.check in (CheckName.MEDIA_TYPE, CheckName.MEDIA_TYPE_DECLARED) for each in _broken(step))
    is_empty = step.response is not None and step.response.bytes == 0
    if not is_other or is_empty or not (check.check in _MEDIA_TYPES or is_unreadable) or step.response is None:
        return None
    return step.response.media_type or ""
