"""Words that stand in files and messages, each with the sentence that tells what it means (`contracts explain`)."""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A closed set of words. A member is written as `NAME = "word", "What it means."`."""

    text: str

    def __new__(cls, word: str, text: str = "") -> Self:  # the default is for `Outcome("passed")`
        """Return the member: equal to its word, with its sentence as `text`."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.text = text
        return member
