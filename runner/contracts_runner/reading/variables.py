"""`$NAME` in an environment of contracts.yaml: a value of the process environment or of the file .env, which is never
committed (docs/design.md, Project file)."""

import io
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem, SourceLocation
from contracts_runner.late_pattern import compile_late
from contracts_runner.model.json import Json, parse_json

FILE_NAME = ".env"
NAME = "[A-Za-z_][A-Za-z0-9_]*"
_WHOLE = compile_late(rf"\$({NAME})")
# What a `$` may begin; the last alternative is a mistake.
_PART = compile_late(rf"\$\$|\$\{{({NAME})\}}|\$")
_SURROGATE = compile_late(r"[\ud800-\udfff]")


class VariableText(str):
    """A text with the value of a variable in it, other than text of the file: where a number is wanted, it is read from
    it."""

    __slots__ = ()


class VariableType(StrEnum):
    """What the text of a variable is read as, where it is to become a value."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    JSON = "json"

    def parse(self, text: str) -> Json:
        """Return the value; raises ValueError for a text that is not of this type (RFC 8259)."""
        value = parse_json(text)
        match self:
            case VariableType.INTEGER:
                is_fit = isinstance(value, int) and not isinstance(value, bool)
            case VariableType.NUMBER:
                is_fit = isinstance(value, int | float) and not isinstance(value, bool)
            case VariableType.BOOLEAN:
                is_fit = isinstance(value, bool)
            case VariableType.JSON:
                is_fit = True
            case _:
                assert_never(self)
        if not is_fit:
            raise ValueError(f"not of the type {self}")
        return value


@dataclass(frozen=True, slots=True)
class MissingVariable:
    """A variable without a value, because it was not looked up (`is_reported` is false) or because it is not set."""

    name: str
    is_reported: bool


@dataclass(frozen=True, slots=True)
class UnreadableText:
    """A text whose variables cannot be read: what is wrong with it, and what to do."""

    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class UndecodableText(UnreadableText):
    """The bytes of a variable of the process are not UTF-8."""


# What is not a text that can be used.
NoText = MissingVariable | UnreadableText
# Without the text, which may hold a secret.
_STRAY = UnreadableText(
    "a $ in it is neither $NAME, the whole text, nor part of ${NAME} or $$",
    "write ${NAME} inside a longer text, and $$ for a dollar",
)


def substitute(value: Json, variables: Mapping[str, str] | None) -> Json:
    """Return a copy with the variables of each text replaced (docs/design.md, Project file).

    `$NAME` is a whole text, `${NAME}` a part of one, `$$` a dollar; an empty variable counts as missing. A text that
    cannot be used becomes a NoText. None leaves all variables open.
    """
    if isinstance(value, dict):
        return {key: substitute(child, variables) for key, child in value.items()}
    if isinstance(value, list):
        return [substitute(child, variables) for child in value]
    if not isinstance(value, str) or "$" not in value:
        return value
    whole = _WHOLE.fullmatch(value)
    return _look_up(whole[1], variables) if whole else _fill(value, variables)


def iter_names(value: Json) -> Iterator[str]:
    """Yield the name of every variable that `substitute` would look up in a value."""
    if isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from iter_names(child)
    elif isinstance(value, str) and "$" in value:
        whole = _WHOLE.fullmatch(value)
        yield from (whole[1],) if whole else filter(None, (match[1] for match in _PART.finditer(value)))


def _fill(text: str, variables: Mapping[str, str] | None) -> str | NoText:
    parts: list[str] = []
    end = 0
    for match in _PART.finditer(text):
        found = _look_up(match[1], variables) if match[1] else _STRAY if match[0] == "$" else "$"
        if not isinstance(found, str):
            return found
        parts += (text[end : match.start()], found)
        end = match.end()
    filled = "".join([*parts, text[end:]])
    return VariableText(filled) if any(isinstance(part, VariableText) for part in parts) else filled


def _look_up(name: str, variables: Mapping[str, str] | None) -> str | NoText:
    text = (variables or {}).get(name, "")
    if _SURROGATE.search(text):
        # Python's form of bytes that are not UTF-8.
        return UndecodableText(f"${name} is not UTF-8", "set it to a text in UTF-8")
    return VariableText(text) if text else MissingVariable(name, is_reported=variables is not None)


def load_variables(root: Path, environ: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """Return the variables that `$NAME` may name, those of the process before those of .env, and the mistakes of .env.

    One that is empty counts as not set.
    """
    variables, problems = _load_dotenv_file(root)
    return {**variables, **{name: text for name, text in environ.items() if text}}, problems


def _load_dotenv_file(root: Path) -> tuple[dict[str, str], list[Problem]]:
    """Return the names and values of the file .env, nothing without one, and its mistakes.

    The parser is used and not `dotenv_values`, which only logs a line that it cannot read.
    """
    try:
        text = (root / FILE_NAME).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}, []
    except UnicodeDecodeError:
        return {}, [_build_problem(1, "is not UTF-8")]
    except OSError as error:
        return {}, [_build_problem(1, f"cannot be read: {(error.strerror or str(error)).lower()}")]
    from dotenv.parser import parse_stream

    bindings = list(parse_stream(io.StringIO(text)))
    values = {binding.key: binding.value for binding in bindings if binding.key and binding.value}
    # The line itself may hold a secret.
    problems = [_build_problem(b.original.line, "is not of the form NAME=value") for b in bindings if b.error]
    return values, problems


def _build_problem(line: int, message: str) -> Problem:
    return Problem(location=SourceLocation(FILE_NAME, line), message=message)
