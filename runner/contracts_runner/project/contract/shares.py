"""A share of all, as contract files write it: `1%`."""

import re

from contracts_runner.model.warehouse_beside import Allowance
from contracts_runner.reading.durations import FormError

SHARE = r"(100(?:\.0{1,6})?|[0-9]{1,2}(?:\.[0-9]{1,6})?)%"


def parse_share(text: str) -> Allowance:
    """Return the share of a text such as `1%`; raises FormError."""
    from fractions import Fraction

    if match := re.fullmatch(SHARE, text):
        return Allowance(text, share=Fraction(match[1]) / 100)
    raise FormError(f"'{text}' is neither a count nor a share; write such as 3 or 1%")
