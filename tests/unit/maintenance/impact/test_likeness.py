"""Which name is what another one was called."""

import pytest

from contracts_runner.maintenance.impact.likeness import match_renamed


@pytest.mark.parametrize(
    ("gone", "came", "renamed"),
    [
        (["seat_id"], ["seatId", "row"], {"seat_id": "seatId"}),
        (["id"], ["order_id", "row"], {"id": "order_id"}),
        (["barcode"], ["bar_code", "row"], {"barcode": "bar_code"}),
        (["имя"], ["имя_гостя", "ряд"], {"имя": "имя_гостя"}),
        (["id"], ["paid_at", "row"], {}),
        (["name"], ["title"], {"name": "title"}),
        (["name"], ["title", "row"], {}),
        (["name", "size"], ["title"], {}),
        (["seat"], ["seat_id", "seat_row"], {}),
    ],
)
def test_a_name_is_known_by_its_words_or_as_the_only_one(
    gone: list[str], came: list[str], renamed: dict[str, str]
) -> None:
    assert match_renamed(gone, came, lambda *_: True, lambda *_: True) == renamed
