"""Typos in a project, and whether `contracts check` tells them: each in its line, and with the word that was meant."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from helpers.small_projects import check, find_line


class Typo(NamedTuple):
    """What is written in the place of what, in a file; `meant` is how the message says what was meant, "" where it only
    tells the place and what is wrong."""

    file: str
    right: str
    wrong: str
    meant: str


def mean(word: str) -> str:
    return f"Did you mean '{word}'?"


def find_untold(
    folder: Path, files: Mapping[str, str], typos: Sequence[Typo], variables: Mapping[str, str]
) -> tuple[list[Typo], list[Typo], list[Typo]]:
    """Return the typos that are not told in their line, those that are told without what was meant, and those of which
    more than one mistake is told."""
    untold, unmeant, repeated = [], [], []
    for number, typo in enumerate(typos):
        assert typo.right in files[typo.file], typo
        text = files[typo.file].replace(typo.right, typo.wrong, 1)
        line = find_line(text, typo.wrong.splitlines()[0])
        problems = check(folder / str(number), {**files, typo.file: text}, variables=variables)
        told = [
            f"{each.message}; {each.hint}"
            for each in problems
            if (each.location.path, each.location.line) == (typo.file, line)
        ]
        untold += [] if told else [typo]
        repeated += [typo] if sum(each.severity == "error" for each in problems) > 1 else []
        unmeant += [] if typo.meant and any(typo.meant in text for text in told) else [typo]
    return untold, unmeant, repeated
