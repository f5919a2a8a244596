"""`$NAME` in an environment of contracts.yaml: a value of the process environment or of the file .env, which is never
committed (docs/design.md, Project file)."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import parse_stream

from contracts_runner.errors import Problem, SourceLocation
from contracts_runner.model.json import Json

FILE_NAME = ".env"
_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")


class VariableText(str):
    """The text of a variable, other than text of the file: where a number is wanted, it is read from it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class MissingVariable:
    """A variable without a value, because it was not looked up (`is_reported` is false) or because it is not set."""

    name: str
    is_reported: bool


def substitute(value: Json, variables: Mapping[str, str] | None) -> Json:
    """Return a copy with each text `$NAME` replaced; an empty text counts as missing. None leaves all of them open."""
    if isinstance(value, dict):
        return {key: substitute(child, variables) for key, child in value.items()}
    if isinstance(value, list):
        return [substitute(child, variables) for child in value]
    name = find_variable(value)
    if name is None:
        return value
    text = (variables or {}).get(name, "")
    return VariableText(text) if text else MissingVariable(name, is_reported=variables is not None)


def find_variable(value: Json) -> str | None:
    """Return the name of the variable that a value stands for, None if it is not `$NAME`."""
    match = _VARIABLE.fullmatch(value) if isinstance(value, str) else None
    return match[1] if match else None


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
    bindings = list(parse_stream(io.StringIO(text)))
    values = {binding.key: binding.value for binding in bindings if binding.key and binding.value}
    # The line itself may hold a secret.
    problems = [_build_problem(b.original.line, "is not of the form NAME=value") for b in bindings if b.error]
    return values, problems


def _build_problem(line: int, message: str) -> Problem:
    return Problem(location=SourceLocation(FILE_NAME, line), message=message)
