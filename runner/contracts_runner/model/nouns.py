"""Nouns of messages, one or several."""

import re

_Y = re.compile(r"(?<=[^aeiou])y$")


def pluralise(noun: str) -> str:
    """Return the plural: scenarios, properties, warehouse checks."""
    return _Y.sub("ie", noun) + "s"


def count_noun(number: int, noun: str) -> str:
    """Return such as "1 scenario", "0 scenarios"."""
    return f"{number} {noun if number == 1 else pluralise(noun)}"
