"""Searches every written file of a run for secrets and personal values: the proof that redaction missed nothing.

A value is looked for in every reading of a text and in every code in it, as the redactor does (redaction/readings.py
has the one table), ignoring case; and in the text with its line wrapping undone (unwrapping.py). What the run prints
is searched in the same way.

What counts. Secrets: anywhere from 8 characters, as a whole word from 4; shorter ones can be chance. Personal values:
from 5 characters; numbers from 7 digits; as whole words, unless they have 12 characters or more. A value of letters
only (a name) does not count where it is the name of a JSON member. Shorter values, and names that are words of texts
without personal data, can be chance, too: the redactor replaces the former by their place, and leaves the latter out of
`personal_values()`.
"""

import hashlib
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from contracts_runner.errors import explain_errors
from contracts_runner.leaks.unwrapping import LineNumbers, find_halved, find_wrapped, strip_escape_sequences
from contracts_runner.redaction.credentials import ANYWHERE_LENGTH, MINIMUM_LENGTH
from contracts_runner.redaction.known_values import KnownSpan, KnownValues, is_plain_word, is_true_match, is_whole_word
from contracts_runner.redaction.readings import find_encoded, is_long_enough, iter_differences
from contracts_runner.redaction.spelling import unescape
from contracts_runner.results.rows import LeakRow

_SHORTEST_PERSONAL = 5
_SHORTEST_NUMBER = 7
_MEMBER_END = re.compile(r"\\*[\"']\s*:")
# In bytes. An end has room for the longest name, however it is escaped.
_LONG_LINE = 512
_LINE_END = 2048
_REMEMBERED = 200_000  # pieces of lines, and runs of letters
# A line that does not begin so begins no part of a value (unwrapping.py), also when its escapes are undone.
_WITHIN = re.compile(rb"[ \t]*[\w(+\\%&\x80-\xff]")
# Where an object begins in JSON, in a text of JSON, or in HTML; no spelling of a letter has it.
_OBJECT = re.compile(rb'\{(?=\\*"|&#34;)')
_SECRET, _PERSONAL = "secret", "personal value"


class LeakSearch:
    """Searches files of a run's folder for all values at once; equal contents (a file and its copy in the archive) are
    searched once. Raises RunFolderError if a file cannot be read."""

    def __init__(self, folder: Path, *, secrets: Mapping[str, str], personal: Collection[str]) -> None:
        self._folder = folder.resolve()
        self._values = KnownValues()
        self._seen: dict[bytes, list[tuple[int, str, str]]] = {}
        self._clean: set[bytes] = set()  # pieces, of long ones the hashes
        self._clean_runs: set[str] = set()
        self._has_pieces = not any("{" in value for value in [*secrets.values(), *personal])
        for name, value in secrets.items():
            if len(value) >= MINIMUM_LENGTH:
                self._values.learn([(value, f"{_SECRET}\t{name}")])
        for value in personal:
            if len(value) >= (_SHORTEST_NUMBER if value.isdigit() else _SHORTEST_PERSONAL):
                self._values.learn([(value, f"{_PERSONAL}\tof {len(value)} characters")])

    def search(self, names: Iterable[str]) -> list[LeakRow]:
        """Return what some files hold."""
        leaks: set[LeakRow] = set()
        if not self._values.count:
            return []
        for name, content in _iter_contents(self._folder, names):
            leaks.update(_build_rows(name, self._search(content)))
            hits = self._search(name.encode("utf-8", "replace"))
            leaks.update(_build_rows(name, ((0, kind, label) for _, kind, label in hits)))
        return sorted(leaks)

    def search_text(self, name: str, text: str, ignored: Iterable[str] = ()) -> list[LeakRow]:
        """Return what a text holds that a run prints; `name` is used for the file.

        `ignored` are the user's texts, such as the path of the run's folder, which may hold any name.
        """
        if not self._values.count:
            return []
        text = strip_escape_sequences(text)
        for own in sorted(filter(None, ignored), key=len, reverse=True):
            text = text.replace(own, "...")  # of ASCII, as most of what is printed
        # Terminals break lines inside words.
        halved = find_halved(unescape(text), self._values, _counts)
        found = [*self._search(text.encode("utf-8", "replace")), *((line, *_name(span)) for line, span in halved)]
        return _build_rows(name, found)

    def _search(self, content: bytes) -> list[tuple[int, str, str]]:
        """Return (line, kind, name) of every hit."""
        digest = hashlib.sha256(content).digest()
        if digest not in self._seen:
            shortened, met = self._leave_out_repeated(content)
            found = sorted(set(self._search_text(shortened.decode("utf-8", "replace"))))
            if found:  # each line of them
                found = sorted(set(self._search_text(content.decode("utf-8", "replace"))))
            elif len(self._clean) < _REMEMBERED:
                self._clean |= met
            self._seen[digest] = found
        return self._seen[digest]

    def _leave_out_repeated(self, content: bytes) -> tuple[bytes, set[bytes]]:
        """Return a content without the pieces that it repeats or in which nothing was found before, and what stands for
        each of the others among those. Bodies of responses come again in a run, reports repeat records, and a ledger is
        searched while it grows. A piece is a line, or a part of it up to the next object where no value has a brace. Of
        a piece that a value may have begun before, or may go on after, that end stays."""
        met: set[bytes] = set()
        lines = content.split(b"\n")
        goes_on = False  # whether the line after this one may begin within a value
        for number in range(len(lines) - 1, -1, -1):
            line = lines[number]
            is_within = _WITHIN.match(line) is not None
            pieces = _OBJECT.split(line) if self._has_pieces else [line]
            last = len(pieces) - 1
            for place, piece in enumerate(pieces):
                begins_within, ends_within = is_within and place == 0, goes_on and place == last
                is_long = len(piece) >= _LONG_LINE
                if is_long or not (begins_within or ends_within):
                    sign = hashlib.sha256(piece).digest() if is_long else piece
                    if sign in self._clean or sign in met:
                        before = piece[:_LINE_END] if begins_within else b""
                        after = piece[-_LINE_END:] if ends_within else b""
                        pieces[place] = before + b"\0" + after if before or after else b""
                    else:
                        met.add(sign)
            lines[number] = b"{".join(pieces)
            goes_on = is_within
        return b"\n".join(lines), met

    def _search_text(self, text: str) -> Iterator[tuple[int, str, str]]:
        plain = unescape(text)
        for reading in (text, *iter_differences(text, plain, "\n")):
            lines = LineNumbers(reading)
            for span in self._values.find(reading):
                if _counts(reading, span):
                    yield lines.find(span.start), *_name(span)
        lines = LineNumbers(plain)
        if len(self._clean_runs) > _REMEMBERED:
            self._clean_runs.clear()
        for start, _, span in find_encoded(plain, self._look, clean=self._clean_runs):
            yield lines.find(start), *_name(span)
        for line, span in find_wrapped(plain, self._values, _counts):
            yield line, *_name(span)

    def _look(self, text: str) -> KnownSpan | None:
        spans = self._values.find(text)
        return next((span for span in spans if is_long_enough(span.value) and _counts(text, span)), None)


def _counts(text: str, span: KnownSpan) -> bool:
    if span.label.startswith(_SECRET):
        return span.end - span.start >= ANYWHERE_LENGTH or is_whole_word(text, span.start, span.end)
    if not is_true_match(text, span.start, span.end, span.value):
        return False
    return not (is_plain_word(span.value) and _MEMBER_END.match(text, span.end))


def _build_rows(file: str, hits: Iterable[tuple[int, str, str]]) -> list[LeakRow]:
    return sorted({LeakRow(file=file, line=line, kind=kind, name=name) for line, kind, name in hits})


def _name(span: KnownSpan) -> tuple[str, str]:
    kind, _, name = span.label.partition("\t")
    return kind, name


def _iter_contents(folder: Path, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of every file. The content of an archive is its comment, then each of its members: packed
    bytes mean nothing as a text."""
    for name in names:
        path = folder / name
        with explain_errors("read", path):
            if not zipfile.is_zipfile(path):
                yield name, path.read_bytes()
                continue
            with zipfile.ZipFile(path) as members:
                yield name, members.comment
                for member in members.infolist():
                    yield f"{name}!{member.filename}", members.read(member)
