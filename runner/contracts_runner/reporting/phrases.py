"""The languages of reports: a phrase stands in the code and the templates in English, and in one table in each other
language. What the ledger holds (messages, reasons, titles) stays as it was recorded."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import assert_never

from contracts_runner.dataclass import dataclass
from contracts_runner.model.nouns import count_noun


class Language(StrEnum):
    """`--lang`."""

    ENGLISH = "en"
    RUSSIAN = "ru"


@dataclass(frozen=True, slots=True)
class Phrases:
    """A language: `table` has what an English phrase is, `nouns` the forms of an English noun after 1, 2 and 5."""

    language: Language
    table: Mapping[str, str] = field(default_factory=dict)
    nouns: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)

    def __call__(self, phrase: str, **values: object) -> str:
        """Return the phrase with values in the place of `%(name)s`. One that the table lacks, as a template of a
        project may have, stays English."""
        shown = self.table.get(phrase, phrase)
        return shown % values if values else shown

    def count(self, number: int, noun: str) -> str:
        """Return such as "1 scenario", "5 scenarios"."""
        if noun not in self.nouns:
            return count_noun(number, noun)
        is_teen = number % 100 in range(11, 20)
        form = 0 if number % 10 == 1 and not is_teen else 1 if number % 10 in (2, 3, 4) and not is_teen else 2
        return f"{number} {self.nouns[noun][form]}"

    def count_of(self, number: int, noun: str) -> str:
        """Return the same as it stands after "of": the genitive, whose singular is the form after 2."""
        if noun not in self.nouns:
            return count_noun(number, noun)
        is_singular = number % 10 == 1 and number % 100 != 11
        return f"{number} {self.nouns[noun][1 if is_singular else 2]}"


ENGLISH = Phrases(Language.ENGLISH)


def find_phrases(name: str) -> Phrases:
    """Return the phrases of a language; of one that this version does not know, English."""
    match Language(name) if name in tuple(Language) else Language.ENGLISH:
        case Language.ENGLISH:
            return ENGLISH
        case Language.RUSSIAN:
            from contracts_runner.reporting.russian import NOUNS, TABLE

            return Phrases(Language.RUSSIAN, TABLE, NOUNS)
        case other:
            assert_never(other)
