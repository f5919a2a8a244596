"""Finds keys, tokens and numbers that have a form of their own, which says what they are wherever they stand."""

import re
from collections.abc import Iterator

from ahocorasick import Automaton  # type: ignore[import-not-found]  # an extension module without types

from contracts_runner.late_pattern import compile_late

# How it begins -> the rest.
_TOKENS = {
    **dict.fromkeys(("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "npm_"), "[A-Za-z0-9]{30,}"),
    **dict.fromkeys(("github_pat_", "dckr_pat_", "glpat-", "glsa_", "sk-", "hvs.", "pypi-"), "[A-Za-z0-9_-]{20,}"),
    **dict.fromkeys(("AKIA", "ASIA", "AROA", "AIDA", "AGPA", "ANPA", "ANVA"), "[A-Z0-9]{16}"),
    **dict.fromkeys(("sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "whsec_"), "[A-Za-z0-9]{10,}"),
    **dict.fromkeys(("xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-", "xapp-"), "[A-Za-z0-9-]{10,}"),
    **dict.fromkeys(("dop_v1_", "shpat_", "shpss_", "hf_"), "[A-Za-z0-9]{30,}"),
    "AIza": "[A-Za-z0-9_-]{35}",
    "ya29.": "[A-Za-z0-9_-]{20,}",
    "SG.": r"[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    "AGE-SECRET-KEY-1": "[A-Z0-9]{40,}",
    "hooks.slack.com/services/": "[A-Za-z0-9/]{20,}",
    # Up to the next five dashes: many beginnings without an end cost linear time.
    "-----BEGIN ": r"[A-Z ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----(?:[^-\0]|-(?!----))*+(?:-----END [A-Z ]{1,60}-----)?",
    # The user and the password of an address; a user alone may be a token.
    "://": r"(?:[^\s/?#@\"'<>\\:\0]{0,200}:[^\s/?#\"'<>\\\0]{1,500}|[^\s/?#@\"'<>\\:\0]{8,200})(?=@)",
}
_RESTS = {prefix: compile_late(rest) for prefix, rest in _TOKENS.items()}
# What stays of it, so that it is known what it was.
_SHOWN = ("://", "hooks.slack.com/services/")
_BEGINNINGS = Automaton()
for _prefix in _TOKENS:
    _BEGINNINGS.add_word(_prefix, _prefix)
_BEGINNINGS.make_automaton()

# Nothing before the first letter: an expression that begins with one is searched for many times as fast.
_ACCOUNT = re.compile(r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
# Country and length.
_ACCOUNTS = compile_late(
    "AD24|AE23|AL28|AT20|AZ28|BA20|BE16|BG22|BH22|BR29|BY28|CH21|CR22|CY28|CZ24|DE22|DK18|DO28|EE20|EG29|ES24|FI18|FO18"
    "|FR27|GB22|GE22|GI23|GL18|GR27|GT28|HR21|HU28|IE22|IL23|IQ23|IS26|IT27|JO30|KW30|KZ20|LB28|LC32|LI21|LT20|LU20|LV21"
    "|LY25|MC27|MD24|ME22|MK19|MR27|MT31|MU30|NL18|NO15|PK24|PL28|PS29|PT25|QA29|RO24|RS22|RU33|SA24|SC31|SE24|SI19|SK24"
    "|SM27|ST25|SV28|TL23|TN24|TR26|UA29|VA22|VG24|XK20"
)
_INSURANCE = re.compile(r"[0-9]{3}([- ])[0-9]{3}\1[0-9]{3}[- ][0-9]{2}(?![\w-])")
_ALONE = compile_late(r"[^\w-]?\Z")


def find_shapes(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, kind of `x-pii`) of every such value."""
    for last, prefix in _BEGINNINGS.iter(text):
        start, end = last + 1 - len(prefix), last + 1
        rest = _RESTS[prefix].match(text, end)
        if rest and not (prefix[0].isalnum() and text[start - 1 : start].isalnum()):
            yield (end if prefix in _SHOWN else start), rest.end(), "token"
    for match in _ACCOUNT.finditer(text):
        if not text[match.start() - 1 : match.start()].isalnum() and _is_account(match[0].replace(" ", "")):
            yield *match.span(), "card"
    for match in _INSURANCE.finditer(text):
        if _ALONE.match(text[match.start() - 1 : match.start()]) and _is_insurance(re.sub(r"\D", "", match[0])):
            yield *match.span(), "token"


def _is_account(number: str) -> bool:
    """Tell whether this is an IBAN: its country's length and its check digits (ISO 13616)."""
    if not _ACCOUNTS.fullmatch(f"{number[:2]}{len(number)}"):
        return False
    return int("".join(str(int(letter, 36)) for letter in number[4:] + number[:4])) % 97 == 1


def _is_insurance(digits: str) -> bool:
    """Tell whether this is the number of a Russian pension account (SNILS), by its check digits."""
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits[:9])) % 101 % 100
    return total == int(digits[9:])
