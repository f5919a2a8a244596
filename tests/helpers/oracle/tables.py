"""A table of a written report, whatever its format, and how its cells are compared with what was recomputed."""

import re
from collections.abc import Iterator, Mapping, Sequence

from contracts_runner.audit.foreign.markdown import ReportTable
from contracts_runner.audit.violation import Violation
from contracts_runner.model.json import Json

# What the reports write as escapes, since it could steer a terminal or reorder a text.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)


Expected = Mapping[str, Mapping[str, Json]]


def compare_table(table: ReportTable, expected: Expected, *, what: str, key: Sequence[str]) -> Iterator[Violation]:
    """Yield where the table's rows, named by the cells of `key`, are not the expected ones: name -> column -> value."""
    seen = set()
    squeezed = {squeeze(name): name for name in expected}
    for row in table.rows:
        printed_name = " ".join(row.cells.get(column, "") for column in key)
        name = squeezed.get(squeeze(printed_name))
        if name is None or name in seen:
            recomputed = None if name is None else "stands there already"
            yield Violation(
                figure=f"{what} row", printed=printed_name, recomputed=recomputed, file=table.file, line=row.line
            )
            continue
        seen.add(name)
        for column, value in expected[name].items():
            printed = row.cells.get(column)
            if printed is None or not is_same(printed, value):
                yield Violation(
                    figure=f"{what} {name}: {column}",
                    printed=printed,
                    recomputed=value,
                    file=table.file,
                    line=row.line,
                )
    for name in expected.keys() - seen:
        yield Violation(figure=f"{what} row", printed=None, recomputed=name, file=table.file, line=table.line)


def is_same(printed: str, value: Json) -> bool:
    """Tell whether a printed cell is a value: a number to the digits that are printed, a text letter by letter,
    nothing for None."""
    text = printed.strip()
    if value is None:
        return text == ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        # Some reports flatten white space first, and with it the controls that count as such.
        return squeeze(text) in (squeeze(str(value)), squeeze(" ".join(str(value).split())))
    if not re.fullmatch(r"-?\d{1,18}(\.\d{1,18})?", text):
        return False
    digits = len(text.partition(".")[2])
    # Half of the last digit, whichever way a half is rounded. A figure under 100 has a tenth, if it is no whole one.
    return abs(float(text) - value) <= 0.5 * 10**-digits + 1e-9 and (digits > 0 or value >= 99 or value == float(text))


def squeeze(text: str) -> str:
    """Return the letters, digits and signs of a text that no escape of a report changes: for comparing."""
    visible = _INVISIBLE.sub(lambda match: match.group().encode("unicode_escape").decode("ascii"), text)
    return re.sub(r"[^\w.:/%+-]+", "", visible)
