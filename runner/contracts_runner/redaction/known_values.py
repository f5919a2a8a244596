"""The values that must not be written down, and where they are in a text; safe for use from many threads."""

import threading
from collections.abc import Iterable
from dataclasses import field

from ahocorasick import Automaton  # type: ignore[import-not-found]  # an extension module without types

from contracts_runner.dataclass import dataclass
from contracts_runner.late_pattern import compile_late
from contracts_runner.redaction.overtime import check_time
from contracts_runner.redaction.spelling import fold, replace_surrogates

# Values shorter than this count only where nothing else can be.
SHORT = 5
# Letters of this number do not occur inside a longer word by chance.
LONG = 12
# Of longer values an automaton has the beginning: at every place of a text it looks at all endings of what fits there,
# which are as many as a value of one repeated letter is long.
_LONGEST = 256
_CHECKED = 1 << 16
_WORD = compile_late(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_QUOTES = frozenset("\"'«»‹›“”„‘’`\0")


def is_plain_word(value: str) -> bool:
    """Tell whether a value is one word of letters: a name that could as well be a city or a word of a title."""
    return _WORD.fullmatch(value) is not None


def is_whole_word(text: str, start: int, end: int) -> bool:
    """Tell whether text[start:end] is not a part of a longer word or number."""
    before, after = text[start - 1 : start], text[end : end + 1]
    is_glued_before = _is_word(before) and _is_word(text[start])
    is_glued_after = _is_word(after) and _is_word(text[end - 1])
    return not is_glued_before and not is_glued_after


def is_quoted(text: str, start: int, end: int) -> bool:
    """Tell whether text[start:end] is the whole text, or is in quotation marks."""
    if start == 0 and end == len(text):
        return True
    return text[start - 1 : start] in _QUOTES and text[end : end + 1] in _QUOTES


def is_true_match(text: str, start: int, end: int, value: str) -> bool:
    """Tell whether text[start:end], which spells a personal value, is that value and not a part of something else."""
    length = end - start
    if length >= LONG and not value.isdigit():
        return True
    if length >= SHORT:
        return is_whole_word(text, start, end)
    if is_quoted(text, start, end):
        return True
    return length > 2 and text[start:end] == value and is_whole_word(text, start, end)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


@dataclass(frozen=True, slots=True)
class KnownSpan:
    """Where a known value is: text[start:end]."""

    start: int
    end: int
    value: str
    label: str


@dataclass(slots=True)
class KnownValues:
    """Values with a label each. Searching ignores case; the first label of a value stays.

    The automata are kept in levels of growing size and merged like the runs of a log-structured tree: a run that meets
    values with every exchange builds each of them into an automaton a logarithmic number of times only.
    """

    _labels: dict[str, tuple[str, str]] = field(default_factory=dict)  # folded -> (value, label)
    _levels: list[tuple[Automaton, list[str]]] = field(default_factory=list)
    _fresh: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def learn(self, values: Iterable[tuple[str, str]]) -> None:
        """Remember (value, label) pairs; empty values are ignored."""
        with self._lock:
            for value, label in values:
                folded = fold(replace_surrogates(value))
                if folded and folded not in self._labels:
                    self._labels[folded] = (value, label)
                    self._fresh.append(folded)

    @property
    def count(self) -> int:
        return len(self._labels)

    def label(self, value: str) -> str | None:
        """Return the label of a value that is known as a whole, or None."""
        found = self._labels.get(fold(replace_surrogates(value)))
        return found[1] if found else None

    def find(self, text: str) -> list[KnownSpan]:
        """Return every place of every known value, overlapping ones of different values too, in no certain order; not
        those at the end of one that is long enough to count wherever it is.

        Raises Overtime where the time of the caller is over: of many values a text may hold each at every place.
        """
        folded = fold(replace_surrogates(text))
        spans: list[KnownSpan] = []
        long: set[str] = set()
        for automaton, _ in self._current_levels():
            covered = -1
            for number, (last, patterns) in enumerate(automaton.iter(folded)):
                if not number % _CHECKED:
                    check_time()
                # The longest come first.
                if last == covered:
                    continue
                if len(patterns[0]) >= LONG:
                    covered = last
                for pattern in patterns:
                    if len(pattern) > _LONGEST:
                        long.add(pattern)
                    else:
                        spans.append(self._build_span(last + 1 - len(pattern), pattern))
        for pattern in long:
            start = folded.find(pattern)
            while start >= 0:
                spans.append(self._build_span(start, pattern))
                start = folded.find(pattern, start + len(pattern))
        return spans

    def _build_span(self, start: int, pattern: str) -> KnownSpan:
        return KnownSpan(start, start + len(pattern), *self._labels[pattern])

    def _current_levels(self) -> list[tuple[Automaton, list[str]]]:
        with self._lock:
            if self._fresh:
                patterns, self._fresh = self._fresh, []
                levels = list(self._levels)  # another thread may be searching the old list
                while levels and len(levels[-1][1]) <= 2 * len(patterns):
                    patterns = levels.pop()[1] + patterns
                self._levels = [*levels, (_build_automaton(patterns), patterns)]
            return self._levels


def _build_automaton(patterns: Iterable[str]) -> Automaton:
    by_beginning: dict[str, list[str]] = {}
    for pattern in patterns:
        by_beginning.setdefault(pattern[:_LONGEST], []).append(pattern)
    automaton = Automaton()
    for beginning, found in by_beginning.items():
        automaton.add_word(beginning, found)
    automaton.make_automaton()
    return automaton
