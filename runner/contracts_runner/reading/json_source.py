"""Reads a JSON text (RFC 8259) into the tree that YAML is read into: values with their lines.

Real documents hold control characters in texts, which have one meaning and are taken. Numbers keep their text.
"""

import re
from json.decoder import scanstring  # type: ignore[attr-defined]  # the C scanner of the standard library

from contracts_runner.reading.yaml_scalars import ScalarError, resolve_plain
from contracts_runner.reading.yaml_tree import Node, TreeBuilder, TreeError

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORDS = {"t": ("true", True), "f": ("false", False), "n": ("null", None)}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SHOWN = 20


def build_json_tree(text: str, builder: TreeBuilder) -> Node | None:
    """Return the root, None for an empty text; raises TreeError. Mistakes that leave a tree are the builder's."""
    return _Reader(text, builder).read()


class _Reader:
    """A scanner with its place in the text; `line` is that of `position`."""

    def __init__(self, text: str, builder: TreeBuilder) -> None:
        self._text = text
        self._builder = builder
        self._position = 0
        self._line = 1

    def read(self) -> Node | None:
        """Return the root of the only value."""
        if not self._peek():
            return None
        closers: list[str] = []
        self._read_value(closers)
        while closers:
            self._go_on(closers)
        if self._peek():
            raise self._refuse("the end of the document")
        return self._builder.root

    def _go_on(self, closers: list[str]) -> None:
        """Read what follows a value: the end of its collection, or a comma and the next entry."""
        sign = self._peek()
        if sign == closers[-1]:
            self._position += 1
            closers.pop()
            self._builder.close()
        elif sign == ",":
            self._position += 1
            self._read_entry(closers)
        else:
            raise self._refuse(f"',' or '{closers[-1]}'")

    def _read_entry(self, closers: list[str]) -> None:
        if closers[-1] == "}":
            if self._peek() != '"':
                raise self._refuse("a name in quotes")
            self._builder.place(self._read_text())
            if self._peek() != ":":
                raise self._refuse("':'")
            self._position += 1
        self._read_value(closers)

    def _read_value(self, closers: list[str]) -> None:
        sign = self._peek()
        if sign in ("{", "["):
            self._position += 1
            self._builder.open(Node(self._line, value={} if sign == "{" else []))
            closers.append("}" if sign == "{" else "]")
            if self._peek() == closers[-1]:
                self._position += 1
                closers.pop()
                self._builder.close()
            else:
                self._read_entry(closers)
        elif sign == '"':
            self._builder.place(self._read_text())
        else:
            self._builder.place(self._read_scalar(sign))

    def _read_text(self) -> Node:
        line, start = self._line, self._position
        try:
            text, self._position = scanstring(self._text, start + 1, False)
        except ValueError as error:
            raise TreeError(line, f"is not JSON: {getattr(error, 'msg', error)}") from None
        self._line += self._text.count("\n", start, self._position)
        if "\\" in self._text[start : self._position] and _LONE_SURROGATE.search(text):
            self._builder.report(line, "a lone surrogate is not a character")
            text = _LONE_SURROGATE.sub("\ufffd", text)
        return Node(line, text, text)

    def _read_scalar(self, sign: str) -> Node:
        word, value = _WORDS.get(sign, ("", None))
        if word and self._text.startswith(word, self._position):
            self._position += len(word)
            return Node(self._line, value, word)
        number = _NUMBER.match(self._text, self._position)
        if number is None:
            raise self._refuse("a value")
        self._position = number.end()
        try:
            return Node(self._line, resolve_plain(number[0], lenient=True), number[0])
        except ScalarError as error:
            self._builder.report(self._line, str(error))
            return Node(self._line, number[0], number[0])

    def _peek(self) -> str:
        """Return the next sign, "" at the end; blanks are passed over."""
        start = self._position
        match = _SPACE.match(self._text, start)
        self._position = match.end() if match else start
        self._line += self._text.count("\n", start, self._position)
        return self._text[self._position : self._position + 1]

    def _refuse(self, wanted: str) -> TreeError:
        found = self._text[self._position : self._position + _SHOWN].split("\n")[0]
        return TreeError(
            self._line,
            f"is not JSON: {wanted} is expected, not {found!r}"
            if found
            else f"is not JSON: it ends where {wanted} is expected",
        )
