"""How ClickHouse writes lists of types and expressions: taken apart, and brought to one spelling."""

import re

_QUOTED = r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`"
_TOKEN = re.compile(rf"{_QUOTED}|[(),]", re.DOTALL)
_QUOTED_OR_BLANK = re.compile(rf"({_QUOTED})|\s+", re.DOTALL)
_WORD = re.compile(r"`([A-Za-z_][A-Za-z0-9_]*)`")
_LABELLED = re.compile(r"(`(?:[^`\\]|\\.)*`|[A-Za-z_]\w*)\s+(.+)", re.DOTALL)
_NAME = re.compile(r"`((?:[^`\\]|\\.)*)`", re.DOTALL)

_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "0": "\0"}


def split_list(text: str) -> list[str]:
    """Return what is between the commas that are outside of brackets and quotes."""
    parts, depth, start = [], 0, 0
    for match in _TOKEN.finditer(text):
        match match[0]:
            case "(":
                depth += 1
            case ")":
                depth -= 1
            case "," if depth == 0:
                parts.append(text[start : match.start()])
                start = match.end()
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def split_call(text: str) -> tuple[str, list[str]]:
    """Return the name and the arguments of `name(a, b)`; no arguments without brackets."""
    name, bracket, rest = text.strip().partition("(")
    return name.strip(), split_list(rest.rpartition(")")[0]) if bracket else []


def split_label(text: str) -> tuple[str, str]:
    """Return the name and the type of a part of a Tuple or Nested; "" for one without a name."""
    match = _LABELLED.fullmatch(text)
    return (unquote(match[1]), match[2]) if match else ("", text)


def unquote(text: str) -> str:
    """Return what a text in single quotes or backquotes says, any other text as it is."""
    inner = text.strip()
    if len(inner) < 2 or inner[0] not in "'`" or inner[-1] != inner[0]:
        return inner
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), inner[1:-1], flags=re.DOTALL)


def normalise(text: str) -> str:
    """Return a type or expression without blanks outside quotes, and without backquotes that a name does not need."""
    return _WORD.sub(r"\1", _QUOTED_OR_BLANK.sub(lambda match: match[1] or "", text))


def is_same_expression(written: str, actual: str) -> bool:
    """Return whether the server's expression is the one that an author wrote; a name may come without backquotes."""
    name = _NAME.fullmatch(actual.strip())
    return (name is not None and unquote(actual) == written.strip()) or normalise(written) == normalise(actual)
