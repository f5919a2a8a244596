"""One of our SELECTs with its parameters: what is sent, and what a report shows of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class Payload(str):
    """A parameter that holds rows of the API: many, and not for a report."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """SQL with `{name:Type}` places and their values. Tables and columns are values of type Identifier, never text."""

    sql: str
    parameters: Mapping[str, Any]

    def __str__(self) -> str:
        """Return the SQL followed by a comment line for each parameter, and one for all payloads."""
        lines = [f"-- {name} = {value!r}" for name, value in self.parameters.items() if not isinstance(value, Payload)]
        payloads = {name: value for name, value in self.parameters.items() if isinstance(value, Payload)}
        if payloads:
            size = sum(map(len, payloads.values()))
            lines.append(f"-- {', '.join(payloads)} = {size} characters of JSON from the API")
        return "\n".join([self.sql, *lines])


def quote_identifier(identifier: str) -> str:
    """Quote a name where it cannot be bound: in an INSERT, and in statements that are shown and never sent."""
    return "`" + identifier.replace("\\", "\\\\").replace("`", "\\`") + "`"
