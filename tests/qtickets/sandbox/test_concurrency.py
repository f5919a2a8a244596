"""Many clients at once: one seat is sold once, and every answer is whole."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from helpers.qtickets.twin import Twin
from qtickets_sandbox.credentials import PARTNER_KEY_P

SEAT = {"seat_id": "CENTER_PARTERRE-20;5", "offer_id": "full", "paid": 1}


def call_in_parallel(twin: Twin, path: str, bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def call(body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = requests.post(
            f"{twin.base_url}/api/partners/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {PARTNER_KEY_P}"},
            timeout=60,
        ).json()
        return answer

    with ThreadPoolExecutor(max_workers=20) as pool:
        return list(pool.map(call, bodies))


def test_of_200_parallel_adds_on_one_seat_one_succeeds(twin: Twin) -> None:
    answers = call_in_parallel(twin, "/tickets/add/12/4076", [SEAT] * 200)

    assert Counter(answer.get("code", "success") for answer in answers) == {
        "success": 1,
        "SEAT_NOT_AVAILABLE": 199,
    }


def test_an_admission_area_is_not_oversold(twin: Twin) -> None:
    answers = call_in_parallel(twin, "/tickets/add/12/21", [{"seat_id": "3-1;1", "paid": 1}] * 60)

    assert sum(answer["status"] == "success" for answer in answers) == 14


def test_tickets_that_are_added_in_parallel_have_ids_and_barcodes_of_their_own(twin: Twin) -> None:
    seats = [f"6-1;{place}" for place in (47, 48, 49, 50, 51, 53)]

    answers = call_in_parallel(twin, "/tickets/add/12/21", [{"seat_id": seat, "paid": 1} for seat in seats])

    results = [answer["result"] for answer in answers]
    assert len({result["id"] for result in results}) == len({result["barcode"] for result in results}) == 6


def test_of_parallel_removals_one_succeeds(twin: Twin) -> None:
    answers = call_in_parallel(twin, "/tickets/remove/12/4076", [{"id": 120260}] * 40)

    assert Counter(answer.get("code", "success") for answer in answers) == {"success": 1, "TICKET_NOT_FOUND": 39}
