"""The check no_raw_pii: no e-mail address, phone number or payment card in the text of a column."""

from contracts_runner.warehouse.checks.context import CheckContext, Finding, judge

# `test***@example.com` is not raw: the character before the @ is a star.
_EMAIL = r"[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+"

# A plus and 11 to 15 digits, or a Russian mobile number; standing alone, so that digits of a hash or a UUID are none.
_PHONE = (
    r"(?:^|[^0-9\p{L}+-])"
    r"(?:\+\d(?:[ ()-]{0,2}\d){10,14}|[78][ -]?\(?9\d{2}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2})"
    r"(?:[^0-9\p{L}-]|$)"
)

# 16 digits, alone or in groups of four, with the first ones of Visa, Mastercard, Mir, Maestro or UnionPay.
_CARD = r"(?:^|[^0-9\p{L}-])((?:4\d{3}|5[0-8]\d{2}|2[2-7]\d{2}|6[0-9]\d{2})(?:[ -]?\d{4}){3})\b"

# Luhn (ISO/IEC 7812-1): every second digit doubled and its digits added; 16 digits, so the first one is doubled.
_HAS_CARD = (
    "arrayExists(\n"
    "    x -> arraySum((d, i) -> if(i % 2 = 1, intDiv(d * 2, 10) + (d * 2) % 10, d),\n"
    "      arrayMap(y -> toUInt8(y), extractAll(x, '\\\\d')), range(1, 17)) % 10 = 0,\n"
    "    extractAll({text}, {{card:String}}))"
)

_WORDS = {"email": "e-mail addresses", "phone": "phone numbers", "card": "card numbers"}


def check_no_raw_pii(context: CheckContext) -> Finding:
    """None of the columns has a row with such a text in it. The finding counts the rows and never shows them."""
    columns: list[str] = context.check.options
    tests = [
        test
        for n in range(len(columns))
        for text in [f"ifNull(toString({{c{n}:Identifier}}), '')"]
        for test in (
            f"countIf(match({text}, {{email:String}}))",
            f"countIf(match({text}, {{phone:String}}))",
            f"countIf({_HAS_CARD.format(text=text)})",
        )
    ]
    rows, *counts = context.select(
        ",\n  ".join(["SELECT count()", *tests]) + f"\nFROM {context.rows}",
        email=_EMAIL,
        phone=_PHONE,
        card=_CARD,
        **{f"c{n}": column for n, column in enumerate(columns)},
    )[0]
    found = {
        column: {kind: count for kind, count in zip(_WORDS, counts[n * 3 : n * 3 + 3], strict=True) if count}
        for n, column in enumerate(columns)
    }
    message = "; ".join(
        f"{column} holds {_WORDS[kind]} in {count} of {rows} rows"
        for column, kinds in found.items()
        for kind, count in kinds.items()
    )
    return judge(
        not message,
        expected="no e-mail address, phone number or card number",
        actual={"rows": rows, **found},
        message=message,
    )
