"""HTTP statuses as authors write them."""

from contracts_runner.model.json import Json

# The first and the last one.
StatusRange = tuple[int, int]


def parse_status(value: Json) -> StatusRange | None:
    """Return the statuses that a number, a text with one, or a class such as 2xx means; None for anything else."""
    if isinstance(value, str) and len(value) == 3 and value.isascii():
        if value[0] in "12345" and value[1:].lower() == "xx":
            low = int(value[0]) * 100
            return low, low + 99
        value = int(value) if value.isdecimal() else None
    if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599:
        return value, value
    return None
