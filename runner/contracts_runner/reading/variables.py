"""`$NAME` in an environment of contracts.yaml: a value of the process environment or of the file .env.

See docs/design.md, Project file.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from contracts_runner.model.json import Json

_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")


class VariableText(str):
    """The text of a variable, apart from text that stands in the file: numbers are read from it where one is wanted."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class MissingVariable:
    """A variable without a value, as long as nobody looks it up (`is_reported` is false) or because it is not set."""

    name: str
    is_reported: bool


def substitute(value: Json, variables: Mapping[str, str] | None) -> Json:
    """Return a copy with each text `$NAME` replaced; an empty text counts as missing. None leaves all of them open."""
    if isinstance(value, dict):
        return {key: substitute(child, variables) for key, child in value.items()}
    if isinstance(value, list):
        return [substitute(child, variables) for child in value]
    match = _VARIABLE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    text = (variables or {}).get(match[1], "")
    return VariableText(text) if text else MissingVariable(match[1], is_reported=variables is not None)
