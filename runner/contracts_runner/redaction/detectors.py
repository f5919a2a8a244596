"""Finds personal data by its form alone, where the spec has no mark."""

import re
from collections.abc import Iterator

from contracts_runner.dataclass import dataclass
from contracts_runner.late_pattern import compile_late
from contracts_runner.redaction.overtime import check_time

# Starts at the beginning of a token only, so that long tokens cost linear time.
_EMAIL = compile_late(
    r"(?<![\w.+'’!$%^~-])[.+'’!$%^~-]*(\w[\w.+'’!$%^~-]*@[\w-]+(?:\.[\w-]+)*\.(?:xn--[\w-]+|[^\W\d_]{2,}))"
)
_FILE_NAME = compile_late(r"@\d+x\.|\.(?:png|jpe?g|gif|svg|webp|avif|ico|css|js|woff2?)$", re.IGNORECASE)
_BEARER = compile_late(r"\bBearer[ \t]+([A-Za-z0-9._~+/-]{8,}=*)", re.IGNORECASE)
_WEB_TOKEN = compile_late(r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*", re.ASCII)
# An address that opens a person's thing to everybody who has it: an id, then 32 or 64 hexadecimal digits.
_SIGNED_URL = compile_late(
    r"(?:https?:\\?/\\?/[^\s\"'<>/\\]{1,200})?(?:\\?/[^\s\"'<>/\\?#]{1,60}){0,8}?"
    r"\\?/[A-Za-z0-9]{6,40}\\?/(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{32})(?![\w.-]*[\w-])"
)
_LONG_HEX = re.compile(r"/[0-9a-fA-F]{32}")
_FOURTEEN_DIGITS = re.compile(r"\d(?:[ -]?\d){13}")
# A card number: bare, in groups of four (a last one of three makes 19), or as American Express writes it.
_CARD = compile_late(
    r"(?<![\w.,-])(?:\d{14,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{5})(?!\w|[.,-]\d)"
)
_ISSUER = compile_late(r"3[0689]\d{12}|3[47]\d{13}|[2456]\d{15}|(?:2|5|6)\d{16,18}")
# 999999******9999, 9999 **** **** 9999, 9999 99** **** 9999
_MASKED_CARD = compile_late(r"(?<![\w*•])\d{4}[ -]?\d{0,4}(?:[ -]?[*•]{2,8}){1,3}[ -]?\d{4}(?![\w*•])")

_GAP = r"[ \t\u00a0\u2007\u2009\u202f().\-\u2010-\u2015/]{0,3}"
_LINK = r"[ \t\u00a0\u2007\u2009\u202f.\-\u2010-\u2015]{0,2}"
_ALONE_BEFORE = r"(?<![\w+])(?<!\d[.:-])"
_ALONE_AFTER = r"(?!\w|[.:-]\d)"

# +7 900 000-00-00, +7(900)0000000, +44 20 7946 0958
_INTERNATIONAL = compile_late(rf"(?<![\w+])\+\d(?:{_GAP}\d){{8,17}}")
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
_BRACKETS = compile_late(rf"(?<!\w)\(\d{{3,5}}\){_LINK}\d{{1,3}}{_LINK}\d{{2}}{_LINK}\d{{2}}{_ALONE_AFTER}")
_GROUP_END = compile_late(r"\d(?!\d)")
_TEN_DIGITS = re.compile(r"\d(?:[^\w@]{0,3}\d){8}")
_REGION = "RU"
_BARE_LENGTH = 11
_MINIMUM = 6
_MINIMUM_NUMBER = 10**10


@dataclass(frozen=True, slots=True)
class Finding:
    """Personal data at text[start:end], of a kind of `x-pii`."""

    start: int
    end: int
    kind: str


def find_personal(text: str) -> list[Finding]:
    """Return what has the form of an e-mail address, telephone number, card number, bearer or JSON web token, or an
    address with a signature. Names and postal addresses have no form: the spec marks them."""
    return list(_iter_findings(text)) if len(text) >= _MINIMUM else []


def classify_number(number: int) -> str | None:
    """Return the kind of a JSON number that is a telephone or card number without doubt, or None."""
    if number < _MINIMUM_NUMBER:
        return None
    digits = str(number) if number < 10**20 else ""
    if _is_bare_phone(digits):
        return "phone"
    return "card" if _is_card(digits) else None


def _iter_findings(text: str) -> Iterator[Finding]:
    if "@" in text:
        for match in _EMAIL.finditer(text):
            if not _FILE_NAME.search(match[1]):
                yield Finding(*match.span(1), "email")
    for start, end in _find_cards(text):
        yield Finding(start, end, "card")
    for start, end in _find_phones(text):
        yield Finding(start, end, "phone")
    if "earer" in text or "EARER" in text:
        for match in _BEARER.finditer(text):
            if any(character.isdigit() for character in match[1]) or len(match[1]) >= 20:
                yield Finding(*match.span(1), "token")
    if "eyJ" in text:
        for match in _WEB_TOKEN.finditer(text):
            yield Finding(*match.span(), "token")
    if _LONG_HEX.search(text):
        for match in _SIGNED_URL.finditer(text):
            yield Finding(*match.span(), "url")


def _find_cards(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every card number: 14 to 19 digits with an issuer's first digits and a true check digit,
    or its first and last digits with asterisks between them."""
    if _FOURTEEN_DIGITS.search(text):
        for match in _CARD.finditer(text):
            if _is_card("".join(filter(str.isdigit, match[0]))):
                yield match.span()
    if "**" in text or "••" in text:
        for match in _MASKED_CARD.finditer(text):
            yield match.span()


def _is_card(digits: str) -> bool:
    """Tell whether digits without spaces are a card number (ISO/IEC 7812: issuer, length, check digit)."""
    return _ISSUER.fullmatch(digits) is not None and _has_check_digit(digits)


def _has_check_digit(digits: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _find_phones(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every telephone number: international with a plus sign, Russian in any usual spelling,
    or with the area code in brackets. Eleven bare digits count only if they are a valid Russian mobile number."""
    if not _TEN_DIGITS.search(text):
        return
    if "+" in text:
        yield from _find_international(text)
    matches = (match for pattern in (_RUSSIAN, _MOBILE, _AREA, _SHORT) for match in pattern.finditer(text))
    yield from sorted({match.span() for match in matches if _is_russian(match[0])})
    if "(" in text:
        for match in _BRACKETS.finditer(text):
            yield match.span()


def _find_international(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    while match := _INTERNATIONAL.search(text, position):
        check_time()
        length = _find_international_length(match[0])
        if length:
            yield match.start(), match.start() + length
        position = match.start() + (length or 1)


def _is_bare_phone(digits: str) -> bool:
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
    check_time()
    if candidate.isdigit():
        return _is_bare_phone(candidate)
    return "(" in candidate or _is_valid("".join(filter(str.isdigit, candidate)))


def _is_valid(digits: str) -> bool:
    from phonenumbers import NumberParseException, is_valid_number, parse

    try:
        return is_valid_number(parse(digits, _REGION))
    except NumberParseException:
        return False
