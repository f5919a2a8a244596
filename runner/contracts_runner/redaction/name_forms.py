"""Recognises a name by its words: in other grammatical cases, in another order, with initials.

Russian inflects names ("Ивана Образцова", "Образцову Ивану"), so a known name often occurs in a text in a form that no
record holds. One word alone proves nothing: Вера, Роман and Владимир are names and ordinary words. Two words side by
side are a person if they were met together, or if one of them is known and the other one has the form of a patronymic,
a Russian surname or an initial.
"""

import re
import threading
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator

from contracts_runner.late_pattern import compile_late

_WORD = r"[A-ZА-ЯЁ](?:['’-]?[^\W\d_])++"
_INITIAL = r"[A-ZА-ЯЁ]\."
# At least two words or initials side by side. No word begins inside another one: that keeps the search linear.
_RUN = compile_late(
    rf"(?<![\w'’-])(?:{_INITIAL}|{_WORD})(?:(?:,?[ \t\u00a0]{{1,2}}|(?<=\.))(?:{_INITIAL}|{_WORD}(?![\w.]*@)))++"
)
_PART = compile_late(rf"{_INITIAL}|{_WORD}")
_LETTERS = compile_late(r"[^\W\d_](?:['’-]?[^\W\d_])+")
_CYRILLIC = compile_late(r"[а-я]")
_SHORTEST_STEM = 3
_LONGEST_ENDING = 3
# A name, a patronymic and a surname.
_TOGETHER = 2
_MOST_PARTS = 4
_ADJECTIVE = ("ий", "ый", "ой", "ая", "яя", "ое", "ее")
_VOWELS = "аяьйоеуюыи"
_ENDINGS = compile_late(
    "[аяуюеиыоьй]|[оеыи]й|[оеыи]м|[ая]я|[ую]ю|ое|ее|[иы]х|[ая]м|[ая]х|[ое]в|ью|и[яиюей]|ого|его|ому|ему|[иыая]ми"
    "|ием|ия[мх]|ией"
)
_PATRONYMIC = compile_late(r".{2,}(?:[ое]вич|[ое]вн|иничн|ьич)(?:а|у|ем|ом|е|ы|ой)?")
_SURNAME = compile_late(
    r".{2,}(?:(?:[ое]в|[иы]н)(?:а|у|ым|е|ой|ы|ых)?|(?:ск|цк)(?:ий|ая|ого|ому|им|ом|ой|ую|их)|енко|(?:чук|юк)(?:а|у|ом)?)"
)


class NameForms:
    """The words of the names that were met; safe for use from many threads."""

    def __init__(self) -> None:
        self._stems: dict[str, set[str]] = {}  # stem -> the words that have it, as their last stems
        self._pairs: set[frozenset[str]] = set()
        self._seen: set[tuple[str, ...]] = set()
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many groups of names were learned."""
        return len(self._seen)

    def learn(self, names: Iterable[str]) -> None:
        """Remember the words of names; values that follow each other closely are parts of one person's name."""
        recent: deque[str] = deque(maxlen=_TOGETHER + 1)
        for name in names:
            recent.append(name)
            together = tuple(recent)
            # Pages of records repeat their people: most of them are known.
            if together not in self._seen:
                self._learn_words(word for part in together for word in _LETTERS.findall(part))
                self._seen.add(together)

    def _learn_words(self, words: Iterable[str]) -> None:
        stems: dict[str, set[str]] = defaultdict(set)
        pairs: set[frozenset[str]] = set()
        recent: deque[str] = deque(maxlen=_TOGETHER)
        for word in map(_fold, words):
            *others, last = _iter_stems(word)
            for stem in (*others, last):
                stems[stem].add(last)
            pairs.update(frozenset((last, before)) for before in recent)
            recent.append(last)
        with self._lock:
            self._pairs |= pairs
            self._stems |= {stem: words | self._stems.get(stem, set()) for stem, words in stems.items()}

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of every person: known names with what is next to them and belongs to a name."""
        if not self._stems:
            return
        for run in _RUN.finditer(text):
            yield from self._find_in_run(text, run.start(), run.end())

    def are_one_person(self, first: str, second: str) -> bool:
        """Tell whether two words are names of one person."""
        known = self._find_words(first)
        return any(frozenset((word, other)) in self._pairs for other in self._find_words(second) for word in known)

    def _find_in_run(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        parts = list(_PART.finditer(text, start, end))
        # Most runs of capitals are titles: the quick question first.
        if not any(self._find_words(part[0]) for part in parts):
            return
        group: list[re.Match[str]] = []
        for part in parts:
            if group and (len(group) == _MOST_PARTS or not self._belong(group[-1][0], part[0])):
                yield from self._judge(group)
                group = []
            group.append(part)
        yield from self._judge(group)

    def _judge(self, group: list[re.Match[str]]) -> Iterator[tuple[int, int]]:
        if len(group) > 1 and any(self._find_words(part[0]) for part in group):
            yield group[0].start(), group[-1].end()

    def _belong(self, first: str, second: str) -> bool:
        likes = _is_name_like(first), _is_name_like(second)
        if all(likes):
            return True
        other = second if likes[0] else first
        return bool(any(likes) and self._find_words(other)) or self.are_one_person(first, second)

    def _find_words(self, word: str) -> set[str]:
        folded = _fold(word)
        found = set(self._stems.get(folded, ()))
        if not _CYRILLIC.match(folded):
            return found | self._stems.get(folded.removesuffix("'s"), set())
        for length in range(1, min(_LONGEST_ENDING, len(folded) - _SHORTEST_STEM) + 1):
            words = self._stems.get(folded[:-length])
            if words and _ENDINGS.fullmatch(folded, len(folded) - length):
                found |= words
        return found


def _is_name_like(word: str) -> bool:
    if word.endswith("."):
        return True
    folded = _fold(word)
    return _PATRONYMIC.fullmatch(folded) is not None or _SURNAME.fullmatch(folded) is not None


def _fold(word: str) -> str:
    return word.lower().replace("ё", "е").replace("’", "'")


def _iter_stems(word: str) -> Iterator[str]:
    """Yield what the forms of a word have in common; other languages than Russian keep the whole word."""
    yield word
    if not _CYRILLIC.match(word):
        return
    stem = word
    if word.endswith(_ADJECTIVE) and len(word) >= _SHORTEST_STEM + 2:
        stem = word[:-2]
    elif word[-1] in _VOWELS and len(word) > _SHORTEST_STEM:
        stem = word[:-1]
    elif word[-2] in "ео" and len(word) > _SHORTEST_STEM + 1:
        yield word[:-2] + word[-1]  # Павел, Павла
    yield stem
