"""Splits a text of shell commands into words, as a POSIX shell does: quotes, `$'…'`, continued lines, comments."""

import re
from collections.abc import Iterator
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.importing.foreign_requests import mark_open

_PIECE = re.compile(
    r"""(?P<continued>\\\r?\n)|(?P<comment>(?<![^\s;&|])\#[^\n]*)
    |(?P<redirect>(?<![^\s;&|])[0-9]*(?:>{1,2}|<)[ \t]*&?[^\s;&|]*)
    |\$'(?P<ansi>(?:\\.|[^'\\])*)'|'(?P<single>[^']*)'|"(?P<double>(?:\\.|[^"\\])*)"
    |\$\{?(?P<variable>[A-Za-z_]\w*)\}?|(?P<command>\$\(|`)|\\(?P<escaped>.)
    |(?P<end>[\n;&|]+)|(?P<blank>\s+)|(?P<broken>['"\\])|(?P<plain>[^\s'"\\$;&|`]+|.)""",
    re.VERBOSE | re.DOTALL,
)
_IN_DOUBLE = re.compile(r"\\(?P<kept>[$`\"\\\n])|\$\{?(?P<variable>[A-Za-z_]\w*)\}?|(?P<command>\$\(|`)", re.DOTALL)
_ANSI = re.compile(r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b", "E": "\x1b"}


@dataclass(slots=True)
class Command:
    """The words of one command, and the line (from 1) where it begins. `problem` says why they are not all known,
    `after` is what stands between it and the command before it: `|`, `&`, …"""

    line: int
    words: list[str] = field(default_factory=list)
    problem: str = ""
    after: str = ""


def iter_commands(text: str) -> Iterator[Command]:
    """Yield the commands of a text. A variable of the shell is marked as open (foreign_requests.py)."""
    command, is_within, line = Command(1), False, 1
    for piece in _PIECE.finditer(text):
        kind = piece.lastgroup or ""
        if kind == "end":
            if command.words or command.problem:
                yield command
            command, is_within = Command(line, after=piece[0].strip()), False
        elif kind in ("blank", "redirect"):
            is_within = False
        elif kind not in ("continued", "comment"):
            if not command.words:
                command.line = line
            if not is_within:
                command.words.append("")
                is_within = True
            command.words[-1] += _read(kind, piece, command)
        line += piece[0].count("\n")
        if kind == "end" and not command.words:
            command.line = line
    if command.words or command.problem:
        yield command


def _read(kind: str, piece: re.Match[str], command: Command) -> str:
    match kind:
        case "ansi":
            return _ANSI.sub(_unescape, piece["ansi"])
        case "double":
            return _IN_DOUBLE.sub(lambda found: _expand(found, command), piece["double"])
        case "variable":
            return mark_open(piece["variable"])
        case "command":
            command.problem = "it runs another command"
            return ""
        case "broken":
            command.problem = f"a quote ({piece[0]}) has no end"
            return ""
        case _:
            return piece[kind]


def _expand(found: re.Match[str], command: Command) -> str:
    if found["command"]:
        command.problem = "it runs another command"
        return ""
    if found["variable"]:
        return mark_open(found["variable"])
    return "" if found["kept"] == "\n" else found["kept"]


def _unescape(found: re.Match[str]) -> str:
    for digits, base in ((found[1], 16), (found[2], 16), (found[3], 16), (found[4], 8)):
        if digits:
            number = int(digits, base)
            return chr(number) if number < 0x110000 else ""
    return _LETTERS.get(found[5], found[5])
