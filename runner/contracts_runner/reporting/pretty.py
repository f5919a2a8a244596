"""Lays out a recorded JSON body for reading without changing its content.

Parsing and printing again would drop duplicate keys and rewrite numbers (1.10 as 1.1): the tokens stay as they were
recorded. Only escapes of printable characters are shown as these characters.
"""

import json
import re

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_INDENT = "  "
# Of a body that somebody else recorded: blanks in front of every token take many times its size.
_DEEPEST = 20
_LONGEST = 1 << 20


def pretty_json(text: str) -> str | None:
    """Return the JSON text in indented lines; None if it is not JSON, or is cut off, very long, or nested too deep to
    check."""
    if len(text) > _LONGEST:
        return None
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    out: list[str] = []
    depth = 0
    previous = ""
    for token in _TOKEN.findall(text):
        if token in "]}":
            depth -= 1
            out.append(token if previous in ("[", "{") else _new_line(depth) + token)
        elif token in ",:":
            out.append(token)
        else:
            out.append(_separate(previous, depth) + _decode(token))
            depth += token in "[{"
        previous = token
    return "".join(out)


def _separate(previous: str, depth: int) -> str:
    if previous == ":":
        return " "
    return _new_line(depth) if previous else ""


def _new_line(depth: int) -> str:
    return "\n" + _INDENT * min(depth, _DEEPEST)


def _decode(token: str) -> str:
    if "\\" not in token:
        return token
    value = json.loads(token)
    return json.dumps(value, ensure_ascii=False) if value.isprintable() else token
