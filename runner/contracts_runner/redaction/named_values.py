"""Finds values by the names beside them in texts that no parser reads.

`name=value` and `"name": "value"` of logs, links and broken JSON; YAML; elements and attributes of XML; HTML forms;
parts of multipart bodies.
"""

import re
from collections.abc import Iterator, Mapping

from contracts_runner.late_pattern import compile_late
from contracts_runner.redaction.field_names import is_credential_parameter, looks_like_token
from contracts_runner.redaction.mark import Mark, guess_credential
from contracts_runner.redaction.replacement import MARKER

Found = tuple[int, int, Mark]

# Those of a time name nothing, and are most.
_SEPARATOR = re.compile(r"=|:(?<!T[0-9]{2}:)(?<!T[0-9]{2}:[0-9]{2}:)(?<![+-][0-9]{2}:)")
# Before the separator, read backwards: a bracket or a quotation mark, escaped or not, and the name.
_NAME_BEFORE = re.compile(r"[ \t]{0,8}(?:[\"'\]]\\*|D5%)?([\w-]{1,64})(.?)", re.DOTALL)
_WIDEST_NAME = 80
_OPENING = compile_late(r"[ \t]*(\\*[\"'])")
_QUOTED = {quote: compile_late(rf"[^{quote}\\\0]*+(?:\\.[^{quote}\\\0]*+)*+", re.DOTALL) for quote in "\"'"}
_LONGEST_ESCAPED = 1 << 16
_SHORTEST_NUMBER = 4  # in prose
_BLANKS = compile_late(r"[ \t]*")
_NUMBER = compile_late(r"[ \t]*(-?[0-9][0-9.eE+-]*)(?![\w:/-])")
_SCHEME = compile_late(r"[ \t]*(?:(?:Basic|Bearer|Digest|Token|Api-?Key|Negotiate|NTLM)[ \t]+)?", re.IGNORECASE)
_UNQUOTED = compile_late(r"[^\s&\"'<>;\0]*")
# Names and addresses have blanks in them.
_UNQUOTED_WORDS = compile_late(r"[^\r\n\t&\"'<>;|\0]*")
_REST_OF_LINE = compile_late(r"[ \t]*([^\r\n\0]*)")
_LINE_NAME = compile_late(r"(?:^[ \t]*(?:- +)*|[{,] ?)[\"']?([\w.-]{1,64})[\"']?[ \t]*:(?=[ \t\r\n])", re.MULTILINE)
_DEEPER = compile_late(r" *(?:- +)*(?:[\w.-]{1,64}:[ \t]+)?([^\r\n]*)")
_FLOW = compile_late(r"[ \t]*([^\r\n,{}\[\]\0]*)")
_BLOCK = compile_late(r"(?:[|>][0-9+-]{0,2}|[&!][\w!-]+)?[ \t]*(?:#[^\n]*)?\r?\n")
_LINE = compile_late(r"( *)(-?)[^\n]*(?:\n|\Z)")
# Nobody's values.
_EMPTY = compile_late(
    r"(?:|~|null|none|nil|true|false|undefined|\$\{[^{}]*\}|<[^<>]*>|\*+|[{\[].*)", re.IGNORECASE | re.DOTALL
)
_ELEMENT = compile_late(r"<(?:[\w.-]{1,64}:)?([\w.-]{1,64})(\s[^<>]{0,2000})?>")
_TAG = compile_late(r"<[a-zA-Z][\w:.-]{0,64}(\s[^<>]{0,2000})>")
_ATTRIBUTE = compile_late(r"([\w:.-]{1,64})\s*=\s*(\"[^\"]*\"|'[^']*')")
_TEXT = compile_late("[^<\0]*")
_PIECE = compile_late(r"<!\[CDATA\[([^\0]*?)\]\]>|<[^<>]*>|([^<\0]+)", re.DOTALL)
_PART = compile_late(
    r"\bname=\"([^\"\r\n]{1,100})\"[^\r\n]{0,500}\r?\n(?:[^\r\n]{1,500}\r?\n){0,20}\r?\n(.*?)(?=\r?\n--|\Z)", re.DOTALL
)
_NAMES, _VALUES = ("name", "key", "id", "field"), ("value", "content")


class NamedValues:
    """`kinds` is name -> kind of `x-pii`; names that say that their value is a credential count always."""

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self._marks: dict[str, Mark | None] = {name: Mark(kind, is_guess=True) for name, kind in kinds.items()}

    def mark_of(self, name: str) -> Mark | None:
        """Return the mark of a name, None without one."""
        found = self._marks.get(name)
        return found or guess_credential(name)

    def find(self, text: str) -> Iterator[Found]:
        """Yield (start, end, mark) of the values in any text."""
        yield from self._find_beside(text)
        if "</" in text:
            # An element without an end could be one of our own marks.
            yield from self._find_elements(text, is_cut=False)
        if "=" in text and "<" in text:
            yield from self._find_pairs(text)

    def _find_beside(self, text: str) -> Iterator[Found]:
        found = 0
        for match in _SEPARATOR.finditer(text):
            place = match.start()
            # Within a value that was found: another look would cost quadratic time.
            if place < found:
                continue
            before = _NAME_BEFORE.match(text[max(0, place - _WIDEST_NAME) : place][::-1])
            if before is None:
                continue
            name = before[1][::-1]
            if before[2] == "<" and MARKER.match(text, place - len(name) - 1):
                continue  # a mark of ours, with its fingerprint
            mark = self.mark_of(name)
            span = self._find_value(text, match.end(), name, mark) if mark else None
            if span is None and before[2] in tuple("?&#;") and match[0] == "=":
                span = _match(_UNQUOTED, text, match.end())
                mark = Mark("token", is_guess=True)
                if not is_credential_parameter(name, text[slice(*span)]):
                    continue
            if span and mark:
                found = span[1]
                if not _EMPTY.fullmatch(text, *span):
                    yield *span, mark

    def find_in_document(self, text: str) -> Iterator[Found]:
        """Yield those of a whole body, too, which may have parts, and may be cut off."""
        yield from self.find(text)
        yield from self._find_elements(text, is_cut=True)
        if 'name="' in text:
            for match in _PART.finditer(text):
                mark = self.mark_of(match[1])
                if mark:
                    yield *match.span(2), mark

    def find_in_lines(self, text: str) -> Iterator[Found]:
        """Yield the values of YAML: the rest of a name's line, or the lines below it that are deeper."""
        covered = 0
        for match in _LINE_NAME.finditer(text):
            # Of a name below one that was found another look would cost quadratic time.
            mark = self.mark_of(match[1]) if match.start() >= covered else None
            if mark is None:
                continue
            is_flow = match[0][0] in "{,"
            block = _BLOCK.match(text, _skip(_BLANKS, text, match.end()))
            if block and not is_flow:
                spans, covered = _find_deeper(text, match.start(1), block.end())
                yield from ((*span, mark) for span in spans)
                continue
            place = _skip(_SCHEME, text, match.end())
            span = _match(_FLOW if is_flow else _REST_OF_LINE, text, place, group=1)
            if not _EMPTY.fullmatch(text, *span):
                yield *span, mark

    def _find_value(self, text: str, place: int, name: str, mark: Mark) -> tuple[int, int] | None:
        is_loose = text[place - 1] == ":"
        opening = _OPENING.match(text, place)
        if opening:
            span = _find_quoted(text, opening[1], opening.end())
            # What `name="phone"` says is the name of another value.
            return None if name in _NAMES and self.mark_of(text[slice(*span)]) else span
        number = _NUMBER.match(text, place)
        if number and (not is_loose or text[place - 2] in "\"'" or len(number[1]) >= _SHORTEST_NUMBER):
            return number.span(1)
        start = _skip(_SCHEME, text, place)
        if not is_loose:
            return _match(_UNQUOTED if mark.kind == "token" else _UNQUOTED_WORDS, text, start)
        beginning = _match(_UNQUOTED, text[start : start + _WIDEST_NAME], 0)[1]
        is_token = mark.kind == "token" and looks_like_token(text[start : start + beginning])
        return _match(_UNQUOTED, text, start) if is_token else None

    def _find_elements(self, text: str, *, is_cut: bool) -> Iterator[Found]:
        unclosed: set[str] = set()
        place = 0
        while match := _ELEMENT.search(text, place):
            place = match.end()
            mark = self.mark_of(match[1])
            if mark is None or (match[2] or "").endswith("/"):
                continue
            end = -1 if match[1] in unclosed else _find_closing(text, match[1], place)
            if end < 0:
                unclosed.add(match[1])
                end = _skip(_TEXT, text, place) if is_cut else place
            for piece in _PIECE.finditer(text, place, end):
                span = piece.span(1) if piece[1] is not None else piece.span(2)
                if span[0] >= 0 and text[slice(*span)].strip():
                    yield *span, mark
            place = end

    def _find_pairs(self, text: str) -> Iterator[Found]:
        """Yield the values of `<input name="phone" value="…">` and `<field name="phone">…</field>`."""
        for tag in _TAG.finditer(text):
            attributes = {match[1].lower(): match for match in _ATTRIBUTE.finditer(text, *tag.span(1))}
            names = (attributes[name][2][1:-1] for name in _NAMES if name in attributes)
            mark = next(filter(None, map(self.mark_of, names)), None)
            if mark is None:
                continue
            values = [attributes[name].span(2) for name in _VALUES if name in attributes]
            for start, end in values:
                yield start + 1, end - 1, mark
            if not values:
                yield *_match(_TEXT, text, tag.end()), mark


def _match(pattern: re.Pattern[str], text: str, place: int, *, group: int = 0) -> tuple[int, int]:
    """Return the span of a pattern that matches everywhere, without blanks at its end."""
    match = pattern.match(text, place)
    assert match is not None
    start, end = match.span(group)
    while end > start and text[end - 1] in " \t\\":
        end -= 1
    return start, end


def _skip(pattern: re.Pattern[str], text: str, place: int) -> int:
    """Return where a pattern that matches everywhere ends."""
    match = pattern.match(text, place)
    assert match is not None
    return match.end()


def _find_quoted(text: str, quote: str, start: int) -> tuple[int, int]:
    """Return the span of a text in quotation marks that are escaped once more, or not, than what is in it."""
    if len(quote) == 1:
        return _match(_QUOTED[quote], text, start)
    end = text.find(quote, start, start + _LONGEST_ESCAPED)
    return start, end if end >= 0 else min(len(text), start + _LONGEST_ESCAPED)


def _find_deeper(text: str, column: int, place: int) -> tuple[list[tuple[int, int]], int]:
    """Return the lines after a line of YAML that belong to the name in it, without what makes their structure, and
    where they end."""
    spans: list[tuple[int, int]] = []
    indent = column - (text.rfind("\n", 0, column) + 1)
    while place < len(text) and (line := _LINE.match(text, place)):
        content = line[0].strip()
        if content and len(line[1]) + (1 if line[2] else 0) <= indent:
            break
        start, end = _match(_DEEPER, text, place, group=1)
        if start < end and text[end - 1] != ":":
            spans.append((start, end))
        place = line.end()
    return spans, place


def _find_closing(text: str, name: str, place: int) -> int:
    """Return where the next closing tag of an element begins, with or without a prefix; -1 if there is none."""
    match = re.compile(rf"</(?:[\w.-]{{1,64}}:)?{re.escape(name)}\s*>").search(text, place)
    return match.start() if match else -1
