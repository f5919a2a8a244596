"""Durations, sizes, rates and days."""

from collections.abc import Callable
from datetime import date

import pytest

from contracts_runner.reading.durations import (
    FormError,
    parse_day,
    parse_duration,
    parse_rate,
    parse_size,
)


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (parse_duration, "500ms", 0.5),
        (parse_duration, "3s", 3.0),
        (parse_duration, "1.5m", 90.0),
        (parse_duration, "1h", 3600.0),
        (parse_duration, "2d", 172800.0),
        (parse_size, "512B", 512),
        (parse_size, "64KiB", 65536),
        (parse_size, "32 MiB", 33554432),
        (parse_size, "1GiB", 1073741824),
        (parse_rate, "2/s", 2.0),
        (parse_rate, "120/m", 2.0),
        (parse_rate, "1800/h", 0.5),
        (parse_day, "2027-06-30", date(2027, 6, 30)),
    ],
)
def test_a_text_with_its_unit_is_read(parse: Callable[[str], object], text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        *((parse_duration, text) for text in ("", "3", "3 s", "-3s", "3sec", "1h30m", "s", "٣s", "1e3s")),
        *((parse_duration, text) for text in ("0s", "0.0ms")),
        *((parse_size, text) for text in ("", "64", "64KB", "0B", "1  KiB", "1.5MiB", "-1B")),
        *((parse_rate, text) for text in ("", "2", "0/s", "2/d", "/s", "2/ s")),
        *((parse_day, text) for text in ("", "20270630", "2027-6-30", "2027-02-30", "2027-06-30T00:00:00")),
    ],
)
def test_another_form_is_refused(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(FormError, match=f"^'{text}' is n"):
        parse(text)
