"""Recognises a name by its words: in other grammatical cases, in another order, with initials.

Russian inflects names ("Ивана Образцова", "Образцову Ивану"), so a known name often stands in a text in a form that no
record holds. One word alone proves nothing: Вера, Роман and Владимир are names and ordinary words. Two words side by
side of which one is known and the other one is known too, or has the form of a patronymic, a surname or an initial,
are a person.
"""

import re
import threading
from collections.abc import Iterator

_WORD = r"[A-ZА-ЯЁ](?:['’-]?[^\W\d_])++"
_INITIAL = r"[A-ZА-ЯЁ]\."
# At least two words or initials side by side. No word begins inside another one: that keeps the search linear.
_RUN = re.compile(
    rf"(?<![\w'’-])(?:{_INITIAL}|{_WORD})(?:(?:,?[ \t\u00a0]{{1,2}}|(?<=\.))(?:{_INITIAL}|{_WORD}(?![\w.]*@)))++"
)
_PART = re.compile(rf"{_INITIAL}|{_WORD}")
_LETTERS = re.compile(r"[^\W\d_](?:['’-]?[^\W\d_])+")
_CYRILLIC = re.compile(r"[а-я]")
_SHORTEST_STEM = 3
_LONGEST_ENDING = 3
_ADJECTIVE = ("ий", "ый", "ой", "ая", "яя", "ое", "ее")
_VOWELS = "аяьйоеуюыи"
_ENDINGS = re.compile(
    "[аяуюеиыоьй]|[оеыи]й|[оеыи]м|[ая]я|[ую]ю|ое|ее|[иы]х|[ая]м|[ая]х|[ое]в|ью|и[яиюей]|ого|его|ому|ему|[иыая]ми"
    "|ием|ия[мх]|ией"
)
_PATRONYMIC = re.compile(r".{2,}(?:[ое]вич|[ое]вн|иничн|ьич)(?:а|у|ем|ом|е|ы|ой)?")
_SURNAME = re.compile(
    r".{2,}(?:(?:[ое]в|[иы]н)(?:а|у|ым|е|ой|ы|ых)?|(?:ск|цк)(?:ий|ая|ого|ому|им|ом|ой|ую|их)|енко|(?:чук|юк)(?:а|у|ом)?)"
)


class NameForms:
    """The words of the names that were met; safe for use from many threads."""

    def __init__(self) -> None:
        self._stems: set[str] = set()
        self._lock = threading.Lock()

    def learn(self, name: str) -> None:
        """Remember the words of a name."""
        stems = {stem for word in _LETTERS.findall(name) for stem in _iter_stems(_fold(word))}
        with self._lock:
            self._stems |= stems

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of every person: known names with what stands beside them and belongs to a name."""
        if not self._stems:
            return
        for run in _RUN.finditer(text):
            yield from self._find_in_run(text, run.start(), run.end())

    def _find_in_run(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        group: list[tuple[int, int]] = []
        knows = False
        for part in _PART.finditer(text, start, end):
            is_known = self._is_known(part[0])
            if is_known or _is_name_like(part[0]):
                group.append(part.span())
                knows |= is_known
                continue
            if knows and len(group) > 1:
                yield group[0][0], group[-1][1]
            group, knows = [], False
        if knows and len(group) > 1:
            yield group[0][0], group[-1][1]

    def _is_known(self, word: str) -> bool:
        folded = _fold(word)
        if folded in self._stems:
            return True
        if not _CYRILLIC.match(folded):
            return folded.removesuffix("'s") in self._stems
        return any(
            folded[:-length] in self._stems and _ENDINGS.fullmatch(folded, len(folded) - length)
            for length in range(1, min(_LONGEST_ENDING, len(folded) - _SHORTEST_STEM) + 1)
        )


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
