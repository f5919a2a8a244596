"""The syntax of one `${…}`: a name or a call, a member of its value, what is added to it, and how it is written."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from contracts_runner.model.reference import Reference
from contracts_runner.reading.suggest import suggest_or_list
from contracts_runner.reading.time_values import UNIX, UNIX_MS, check_format, find_zone
from contracts_runner.reading.value_changes import CHANGES, is_time_format

TIMES = frozenset({"now", "today"})
BUILTINS: Mapping[str, str] = {
    "env": "The name of the environment.",
    "now": "The time of the step: ${now+1h}, ${now:unix}, ${now@Europe/Moscow:%H:%M}.",
    "random": "${random.8} is eight letters and digits for each step, from the run's seed.",
    "run_id": "The id of the run.",
    "today": "The day of the step in UTC: ${today-2d}, ${today:%d.%m.%Y}.",
    "uuid": "A UUID for each step, ${uuid.2} a second one.",
}
LETTERS = 128  # the most that `random` gives

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# A hundred years: more would soon leave the calendar.
_MAX_OFFSET = 36_525 * 86400
_NAME = re.compile(r"[^\W\d]\w*")
_MEMBER = re.compile(r"\.(?P<name>\w+)|\[(?:(?P<index>-?[0-9]{1,9})|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\")\]")
_CALL = re.compile(r"([^\W\d][\w.]*)\(")
_TERM = re.compile(r"([-+])([0-9]{1,18}(?:\.[0-9]{1,18})?)(\w*)")
_BLANKS = re.compile(r"\s*([-+.,@\[\]()])\s*")
_ENDING = re.compile(r"(?:@(?P<zone>[^:@]+))?(?::(?P<change>.+))?")


class ExpressionError(ValueError):
    """A `${…}` that cannot be read; the message is a sentence for its author."""


def parse_expression(text: str) -> Reference:
    """Return what the text between `${` and `}` says; raises ExpressionError."""
    try:
        return _parse(text)
    except ExpressionError as error:
        raise _find_blanks(text) or error from None


def _find_blanks(text: str) -> ExpressionError | None:
    """Return the mistake of an expression that could be read without its blanks."""
    without = _BLANKS.sub(r"\1", text.strip())
    try:
        _parse(without)
    except ExpressionError:
        return None
    return ExpressionError(f"'${{{text}}}' has blanks; write ${{{without}}}") if without != text else None


def _parse(text: str) -> Reference:
    shown = f"'${{{text}}}'"
    reference, rest = _parse_head(text, shown)
    seconds, addend, rest = _parse_terms(rest, shown)
    ending = _ENDING.fullmatch(rest)
    if ending is None:
        raise _refuse(shown)
    zone, change = ending["zone"] or "", ending["change"] or ""
    parsed = Reference(
        reference.name,
        offset_seconds=seconds,
        text=f"${{{text}}}",
        path=reference.path,
        addend=addend,
        zone=zone,
        change=change,
        arguments=reference.arguments,
    )
    _check_ending(zone, change, shown)
    if parsed.name in BUILTINS and parsed.arguments is None:
        _check_builtin(parsed, shown)
    return parsed


def _refuse(shown: str) -> ExpressionError:
    return ExpressionError(f"{shown} is not an expression; write a name as in ${{event_id}} or ${{now+1h}}")


def _parse_head(text: str, shown: str) -> tuple[Reference, str]:
    """Return the name with its path, or the call, and the rest of the text."""
    arguments: tuple[Reference, ...] | None = None
    if call := _CALL.match(text):
        name, end = call[1], _find_closing(text, call.end())
        if end < 0:
            raise ExpressionError(f"{shown} has no closing bracket; write ${{{name}(…)}}")
        inner, end = text[call.end() : end], end + 1
        arguments = tuple(map(_parse_argument, _split_arguments(inner))) if inner.strip() else ()
    elif match := _NAME.match(text):
        name, end = match[0], match.end()
    else:
        raise _refuse(shown)
    path: list[str | int] = []
    while member := _MEMBER.match(text, end):
        end = member.end()
        keys = (member["name"], member["single"], member["double"])
        path.append(next((key for key in keys if key is not None), None) or _read_index(member, shown))
    return Reference(name, path=tuple(path), arguments=arguments), text[end:]


def _read_index(member: re.Match[str], shown: str) -> int:
    if member["index"] is None:
        raise ExpressionError(f"{shown} names a member without a name")
    return int(member["index"])


def _find_closing(text: str, start: int) -> int:
    """Return where the bracket closes that was opened before `start`, -1 if it does not."""
    depth = 1
    for index in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return index
    return -1


def _split_arguments(text: str) -> Iterator[str]:
    """Yield what stands between the commas that are in no brackets."""
    depth, start = 0, 0
    for index, character in enumerate(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)
        if character == "," and depth == 0:
            yield text[start:index]
            start = index + 1
    yield text[start:]


def _parse_argument(text: str) -> Reference:
    return parse_expression(text.strip())


def _parse_terms(rest: str, shown: str) -> tuple[int, Decimal | None, str]:
    """Return the seconds and the number that are added, and the rest of the text."""
    seconds, addend = Decimal(), None
    has_units = False
    while term := _TERM.match(rest):
        rest = rest[term.end() :]
        sign, digits, unit = term.groups()
        number = Decimal(sign + digits)
        if not unit:
            addend = (addend or Decimal()) + number
        elif unit in _SECONDS:
            seconds, has_units = seconds + number * _SECONDS[unit], True
        else:
            raise ExpressionError(f"{shown} has the unknown unit '{unit}'; known: s, m, h, d, as in ${{now+1h}}")
    if has_units and addend is not None:
        raise ExpressionError(f"{shown} adds times and numbers at once; a time has a unit: s, m, h, d")
    if abs(seconds) > _MAX_OFFSET:
        raise ExpressionError(f"{shown} moves a time by more than a hundred years")
    if seconds % 1:
        raise ExpressionError(f"{shown} moves a time by a part of a second")
    return int(seconds), addend, rest


def _check_ending(zone: str, change: str, shown: str) -> None:
    try:
        if zone:
            find_zone(zone)
        if "%" in change:
            check_format(change)
    except ValueError as error:
        raise ExpressionError(f"{shown}: {error}") from None
    if change and not is_time_format(change) and change not in CHANGES:
        hint = suggest_or_list(change, [*CHANGES, UNIX, UNIX_MS])
        raise ExpressionError(f"{shown} has the unknown change '{change}'; {hint}")


def _check_builtin(reference: Reference, shown: str) -> None:
    name, path = reference.name, reference.path
    if name in TIMES and reference.addend is not None:
        raise ExpressionError(f"{shown} adds a number to a time; write a unit: s, m, h, d, as in ${{{name}+1h}}")
    if name not in TIMES and reference.offset_seconds:
        raise ExpressionError(f"{shown} moves what is not a time")
    if reference.addend is not None:
        raise ExpressionError(f"{shown} adds to what is not a number")
    if name not in TIMES and (reference.zone or is_time_format(reference.change)):
        raise ExpressionError(f"{shown} writes what is not a time as one")
    if name == "random":
        if not (len(path) == 1 and str(path[0]).isdecimal() and 0 < int(path[0]) <= LETTERS):
            raise ExpressionError(
                f"{shown} does not say how many letters; write from ${{random.1}} to ${{random.{LETTERS}}}"
            )
    elif name == "uuid":
        if path and not (len(path) == 1 and str(path[0]).isdecimal() and int(path[0]) > 0):
            raise ExpressionError(f"{shown} is not an expression; a second one is ${{uuid.2}}")
    elif path:
        raise ExpressionError(f"{shown} names a member of '{name}', which has none")
