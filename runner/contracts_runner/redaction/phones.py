"""Finds telephone numbers in a text without taking ids, barcodes, dates and amounts for numbers."""

import re
from collections.abc import Iterator

_GAP = r"[ \t\u00a0\u2007\u2009\u202f().\-\u2010-\u2015/]{0,3}"
_LINK = r"[ \t\u00a0\u2007\u2009\u202f.\-\u2010-\u2015]{0,2}"
_ALONE_BEFORE = r"(?<![\w+])(?<!\d[.:-])"
_ALONE_AFTER = r"(?!\w|[.:-]\d)"

# +7 900 000-00-00, +7(900)0000000, +44 20 7946 0958
_INTERNATIONAL = re.compile(rf"(?<![\w+])\+\d(?:{_GAP}\d){{8,17}}")
# 8 900 000 00 00, 8-900-000-00-00, 7 (900) 000-00-00, 89000000000
_RUSSIAN = re.compile(
    rf"{_ALONE_BEFORE}[78]{_LINK}(?:\(\d{{3}}\)|\d{{3}}){_LINK}\d{{3}}{_LINK}\d{{2}}{_LINK}\d{{2}}{_ALONE_AFTER}"
)
# 8 900 12 345 67, 8(900)1234567, 7 900 123 4567: a mobile number in any groups
_MOBILE = re.compile(rf"{_ALONE_BEFORE}[78]{_LINK}(?:\(9\d{{2}}\)|9\d{{2}})(?:{_LINK}\d){{7}}{_ALONE_AFTER}")
# 8 4912 12-34-56, 8-4912-123456: an area code of four or five digits
_AREA = re.compile(rf"{_ALONE_BEFORE}8[ -](?:\d{{4}}[ -]\d{{2}}|\d{{5}}[ -]\d)[ -]?\d{{2}}[ -]?\d{{2}}{_ALONE_AFTER}")
# 900 000-00-00, 900-000-00-00: a mobile number without the country code
_SHORT = re.compile(rf"{_ALONE_BEFORE}9\d{{2}}[ -]\d{{3}}-\d{{2}}-\d{{2}}{_ALONE_AFTER}")
# (900) 000-00-00, (202) 555-0100: the brackets say that it is a number to call
_BRACKETS = re.compile(rf"(?<!\w)\(\d{{3,5}}\){_LINK}\d{{1,3}}{_LINK}\d{{2}}{_LINK}\d{{2}}{_ALONE_AFTER}")
_GROUP_END = re.compile(r"\d(?!\d)")
_TEN_DIGITS = re.compile(r"\d(?:[^\w@]{0,3}\d){8}")
_REGION = "RU"
_BARE_LENGTH = 11


def find_phones(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every telephone number: international with a plus sign, Russian in any usual spelling,
    or with the area code in brackets. Eleven bare digits count only if they are a valid Russian mobile number."""
    if not _TEN_DIGITS.search(text):
        return
    position = 0
    while match := _INTERNATIONAL.search(text, position):
        length = _find_international_length(match[0])
        if length:
            yield match.start(), match.start() + length
        position = match.start() + (length or 1)
    matches = (match for pattern in (_RUSSIAN, _MOBILE, _AREA, _SHORT) for match in pattern.finditer(text))
    yield from sorted({match.span() for match in matches if _is_russian(match[0])})
    for match in _BRACKETS.finditer(text):
        yield match.span()


def is_bare_phone(digits: str) -> bool:
    """Tell whether bare digits, such as those of a JSON number, are a Russian mobile number with its country code."""
    return len(digits) == _BARE_LENGTH and digits[0] in "78" and digits[1] == "9" and _is_valid(digits)


def _find_international_length(candidate: str) -> int:
    """Return the length of the number at the beginning of a candidate, whose last digits may belong to something else.

    The longest valid number is taken, else the longest possible one; 0 if there is none.
    """
    from phonenumbers import NumberParseException, is_possible_number, is_valid_number, parse

    possible = 0
    for match in reversed(list(_GROUP_END.finditer(candidate))):
        try:
            number = parse(candidate[: match.end()])
        except NumberParseException:
            continue  # a shorter reading may be a number
        if is_valid_number(number):
            return match.end()
        if is_possible_number(number):
            possible = possible or match.end()
    return possible


def _is_russian(candidate: str) -> bool:
    digits = "".join(character for character in candidate if character.isdigit())
    if candidate.isdigit():
        return is_bare_phone(candidate)
    return "(" in candidate or _is_valid(digits)


def _is_valid(digits: str) -> bool:
    from phonenumbers import NumberParseException, is_valid_number, parse

    try:
        return is_valid_number(parse(digits, _REGION))
    except NumberParseException:
        return False
