"""Finds payment card numbers in a text: whole ones by Luhn's rule, and those that the service has masked."""

import re
from collections.abc import Iterator

_FOURTEEN_DIGITS = re.compile(r"\d(?:[ -]?\d){13}")
# Bare, in groups of four (a last one of three makes 19), or as American Express writes it.
_NUMBER = re.compile(
    r"(?<![\w.,-])(?:\d{14,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{5})(?!\w|[.,-]\d)"
)
_ISSUER = re.compile(r"3[0689]\d{12}|3[47]\d{13}|[2456]\d{15}|(?:2|5|6)\d{16,18}")
# 999999******9999, 9999 **** **** 9999, 9999 99** **** 9999
_MASKED = re.compile(r"(?<![\w*•])\d{4}[ -]?\d{0,4}(?:[ -]?[*•]{2,8}){1,3}[ -]?\d{4}(?![\w*•])")


def find_cards(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every card number: 14 to 19 digits with an issuer's first digits and a true check digit,
    or its first and last digits with asterisks between them."""
    if _FOURTEEN_DIGITS.search(text):
        for match in _NUMBER.finditer(text):
            if is_card("".join(character for character in match[0] if character.isdigit())):
                yield match.span()
    if "**" in text or "••" in text:
        for match in _MASKED.finditer(text):
            yield match.span()


def is_card(digits: str) -> bool:
    """Tell whether digits without spaces are a card number (ISO/IEC 7812: issuer, length, check digit)."""
    return _ISSUER.fullmatch(digits) is not None and _has_check_digit(digits)


def _has_check_digit(digits: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
