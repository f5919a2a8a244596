"""Quotes the beginning of what came instead of HTTP."""

import re

_SHOWN = 60
# The word that the end of the quotation cuts, and a number before it that may be written in groups.
_CUT_OFF = re.compile(rb"[\d\s()+.-]*\S*\Z")


def quote_beginning(data: bytes) -> str:
    """Return a beginning with everything that is not printable ASCII escaped, and an ellipsis where there is more.

    It ends between words: half of an address, a number or a token would not be recognised as one when it is redacted.
    """
    shown = data if len(data) <= _SHOWN else _CUT_OFF.sub(b"", data[:_SHOWN], count=1)
    try:
        text = shown.decode("utf-8")
    except UnicodeDecodeError:
        text = shown.decode("latin-1")
    return ascii(text) + "…" * (len(data) > len(shown))
