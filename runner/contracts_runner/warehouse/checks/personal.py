"""The check no_raw_pii: no e-mail address, phone number or payment card in the text of a column."""

from contracts_runner.model.warehouse_kinds import NoRawPii
from contracts_runner.warehouse.checks.context import CheckContext, Finding, judge

# RE2 takes longer to compile \p{L} than to search a small table, so the letters of an address are all that is beyond
# ASCII, and the letters beside a number those of the Latin, Greek and Cyrillic scripts: both find more, never less.
_LETTER = r"A-Za-z\x{C0}-\x{52F}"
_WIDE = r"A-Za-z\x{80}-\x{10FFFF}"

# Around one @: enough to tell that there is an address. `test***@example.com` is not raw: there is a star before it.
_EMAIL = rf"[{_WIDE}0-9._%+-]@[{_WIDE}0-9-]+\.[{_WIDE}0-9-]"

# A plus and 11 to 15 digits, or a Russian mobile number; not within a longer word, such as a hash or a UUID.
_PHONE = (
    rf"(?:^|[^0-9{_LETTER}+-])"
    r"(?:\+\d(?:[ ()-]{0,2}\d){10,14}|[78][ -]?\(?9\d{2}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2})"
    rf"(?:[^0-9{_LETTER}-]|$)"
)

# 16 digits, alone or in groups of four, with the first ones of Visa, Mastercard, Mir, Maestro or UnionPay.
_CARD = rf"(?:^|[^0-9{_LETTER}-])" + r"((?:4\d{3}|5[0-8]\d{2}|2[2-7]\d{2}|6[0-9]\d{2})(?:[ -]?\d{4}){3})\b"

# Its groups of digits are none of a card: of random ones, every few thousandth passed for one.
_UUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"

# Luhn (ISO/IEC 7812-1): every second digit doubled and its digits added; 16 digits, so the first one is doubled.
_HAS_CARD = (
    "arrayExists(\n"
    "    x -> arraySum((d, i) -> if(i % 2 = 1, intDiv(d * 2, 10) + (d * 2) % 10, d),\n"
    "      arrayMap(y -> toUInt8(y), extractAll(x, '\\\\d')), range(1, 17)) % 10 = 0,\n"
    "    extractAll(replaceRegexpAll(_x_, {uuid:String}, '-'), {card:String}))"
)

WORDS = {"email": "e-mail addresses", "phone": "phone numbers", "card": "card numbers"}


def check_no_raw_pii(context: CheckContext, kind: NoRawPii) -> Finding:
    """None of the columns has a row with such a text in it. The finding counts the rows and never shows them."""
    columns = kind.columns
    # The text as it is kept, whatever `types` says that it should be.
    texts = ", ".join(f"ifNull(toString({context.find_source(name, f'c{n}')}), '')" for n, name in enumerate(columns))
    # One column under the other: each pattern is compiled once, whatever the number of columns.
    per_column = context.select(
        "SELECT _n_, count(), countIf(match(_x_, {email:String})), countIf(match(_x_, {phone:String})),\n"
        f"  countIf({_HAS_CARD})\n"
        f"FROM {context.rows} ARRAY JOIN [{texts}] AS _x_, range({len(columns)}) AS _n_ GROUP BY _n_ ORDER BY _n_",
        email=_EMAIL,
        phone=_PHONE,
        card=_CARD,
        uuid=_UUID,
        **{f"c{n}": column for n, column in enumerate(columns)},
    )
    rows = per_column[0][1] if per_column else 0
    found: dict[str, dict[str, int]] = {column: {} for column in columns}
    for n, _, *counts in per_column:
        found[columns[n]] = {kind: count for kind, count in zip(WORDS, counts, strict=True) if count}
    message = "; ".join(
        f"{column} holds {WORDS[kind]} in {count} of {rows} rows"
        for column, kinds in found.items()
        for kind, count in kinds.items()
    )
    return judge(
        not message,
        expected="no e-mail address, phone number or card number",
        actual={"rows": rows, **found},
        message=message,
        looked_at=rows,
    )
