import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.redaction.detectors import classify_number, find_personal
from helpers.personal_samples import PERSONAL

INNOCENT = [
    "4360",
    "12345678",
    "877076325904",  # a barcode
    "871495495233, 874432174155",
    "2025-11-09T15:14:41+03:00",
    "2025-11-09 15:14:41",
    "20251109153519",
    "1731400000",
    "1731400000123",
    "1731400000123456",
    "09.11.2025 19:00-21:30",
    "0123456789abcdef0123456789abcdef",
    "550e8400-e29b-41d4-a716-446655440000",
    "37.6176, 55.7558",
    "55.755831,37.617673",
    "192.168.100.100:8080",
    "CENTER_PARTERRE-20;5",
    "1 500.50 RUB",
    "8 900 руб.",
    "1234567890123456",  # an issuer that does not exist
    "4111111111111112",  # a wrong check digit
    "logo@2x.png",
    "@channel",
    "https://service.example/storage/images/0123456789abcdef0123456789abcdef.jpg",
    "https://service.example/commit/0123456789abcdef0123456789abcdef01234567",
    "Bearer token",
    "2 + 2 = 4",
    "10+20=30",
    "***",
    "99000000012",
    "seq 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11",
]


@pytest.mark.parametrize(("kind", "value"), PERSONAL)
@pytest.mark.parametrize("frame", ["{}", "пишите: {}.", '<a href="{}">', "({})", "x={}&y=1", "first, {}, last"])
def test_personal_value_is_found_whole(frame: str, kind: str, value: str) -> None:
    text = frame.format(value)

    found = [(finding.kind, text[finding.start : finding.end]) for finding in find_personal(text)]

    assert (kind, value) in found


@pytest.mark.parametrize("value", INNOCENT)
@pytest.mark.parametrize("frame", ["{}", '{{"id": "{}"}}', "заказ {}, дальше"])
def test_innocent_value_is_left_alone(frame: str, value: str) -> None:
    assert find_personal(frame.format(value)) == []


def test_two_numbers_in_a_row_are_two() -> None:
    text = "+7 900 000 00 00 8 900 000 00 01"

    found = [text[finding.start : finding.end] for finding in find_personal(text)]

    assert found == ["+7 900 000 00 00", "8 900 000 00 01"]


def test_only_the_token_of_bearer_is_found() -> None:
    text = "sent Authorization: Bearer abc123def456 to it"

    found = [text[finding.start : finding.end] for finding in find_personal(text)]

    assert found == ["abc123def456"]


@given(st.integers(0, 10**9))
def test_order_ids_are_never_personal(number: int) -> None:
    assert find_personal(f"order {number} of {number}") == []


@given(st.integers(87 * 10**10, 88 * 10**10 - 1))
def test_barcodes_are_never_personal(barcode: int) -> None:
    assert find_personal(f'{{"barcode":"{barcode}","next":{barcode}}}') == []


@given(st.datetimes(), st.sampled_from(["+03:00", "Z", "+10:00", ""]), st.sampled_from("T "))
def test_times_are_never_personal(moment, zone: str, separator: str) -> None:
    text = f"{moment.isoformat(separator)}{zone}/{moment:%d.%m.%Y %H:%M}"

    assert find_personal(text) == []


@pytest.mark.parametrize(
    ("number", "kind"),
    [(79001234567, "phone"), (4111111111111111, "card"), (877076325904, None), (4360, None), (1731400000, None)],
)
def test_number_is_classified_by_its_digits(number: int, kind: str | None) -> None:
    assert classify_number(number) == kind


HOSTILE = [
    ("a" * 1_000_000 + " @", []),
    ("x@a." + "b" * 1_000_000 + "@", ["email"]),
    ("." * 1_000_000 + "@", []),
    ("1" * 1_000_000, []),
    ("1 " * 300_000, []),
    ("+1" * 300_000, []),
    ("9999" + "*" * 1_000_000, []),
    ("/abcdef" * 100_000 + "/0123456789abcdef0123456789abcdef.", ["url"]),
    ("Bearer " * 100_000, []),
    ("eyJ" * 300_000, []),
]


@pytest.mark.parametrize(("text", "kinds"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_costs_linear_time(text: str, kinds: list[str]) -> None:
    # A search that is quadratic in the length would need hours.
    assert [finding.kind for finding in find_personal(text)] == kinds
