"""Guesses what an author did wrong where a text is no YAML: the parser tells only where it could not go on."""

from contracts_runner.late_pattern import compile_late

_QUOTED = compile_late(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
# Within { } or [ ] the braces of an expression are YAML's own.
_BARE_EXPRESSION = compile_late(r"(?:^|[\[{,:])\s*[^\s\"',\[\]{}]*(\$\{[^{}\s]*\})")
_GLUED_KEY = compile_late(r"\s*(?:- )?(?P<key>[\w.-]+):(?P<value>[^\s:/\"'].*)")
_OPENING = compile_late(r"(?:^|[\[{,]|[:-](?=\s))\s*$")

# A document of a vendor is longer, and nobody writes it by hand.
_LONGEST = 1_000_000
# The line, what is wrong, what to do.
Guess = tuple[int, str, str]


def guess_mistake(text: str, first: int, last: int, *, is_in_brackets: bool) -> Guess | None:
    """Return the likeliest mistake behind an error that the parser met between two lines, None where none is seen."""
    lines = text.splitlines() if len(text) <= _LONGEST else []
    for number in range(first, min(last, len(lines)) + 1):
        if guess := _look_at(lines[number - 1], number, is_in_brackets=is_in_brackets):
            return guess
    if opened := _find_open_quote(lines[:last]):
        return opened, "a quotation mark that opens here is not closed", "close it before the end of the line"
    if is_in_brackets and lines and first < last:
        return first, "a bracket that opens here is not closed, or a comma is missing", "close it"
    return None


def _look_at(line: str, number: int, *, is_in_brackets: bool) -> Guess | None:
    bare = _QUOTED.sub(lambda match: '"' + "x" * (len(match[0]) - 2) + '"', line)
    if is_in_brackets and (match := _BARE_EXPRESSION.search(bare)):
        return number, f"{match[1]} stands without quotes between brackets", f'write "{match[1]}"'
    if match := _GLUED_KEY.fullmatch(bare):
        shown = f"{match['key']}: {line[match.start('value') :].strip()}"
        return number, f"'{match['key']}:' has no blank after the colon", f"write `{shown}`"
    return None


def _find_open_quote(lines: list[str]) -> int:
    """Return the number of the line with a quotation mark that is closed by one which looks as if it opened a text, or
    by none; 0 without one."""
    mark, opened = "", 0
    for number, line in enumerate(lines, start=1):
        index = 0
        while index < len(line):
            character, before = line[index], line[:index]
            if not mark and character == "#" and (not before or before[-1].isspace()):
                break
            if not mark and character in "\"'" and _OPENING.search(before):
                mark, opened = character, number
            elif mark == '"' and character == "\\":
                index += 1
            elif character == mark:
                if number > opened and _OPENING.search(before) and before.strip():
                    return opened
                mark = ""
            index += 1
    return opened if mark else 0
