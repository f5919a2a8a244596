"""Every fault that can be planted shows in an answer, and without it the same answer is right."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from helpers.qtickets.twin import Twin
from qtickets_sandbox.faults import FAULTS

ServeTwin = Callable[..., Twin]
Probe = Callable[[Twin], Any]

SEAT = {"seat_id": "CENTER_PARTERRE-20;5", "offer_id": "full"}
HOLD = {**SEAT, "reserved_to": "2026-06-01T15:00:00+03:00"}


def probe_status(twin: Twin) -> int:
    return twin.rest("GET", "/events/33").status_code


def probe_partner_auth(twin: Twin) -> tuple[int, Any]:
    return twin.rest("GET", "/events").status_code, twin.partners("/tickets/find/12").get("code")


def probe_three_statuses(twin: Twin) -> list[int]:
    return [twin.rest("GET", "/events/33").status_code for _ in range(3)]


def probe_waits(twin: Twin) -> list[float]:
    twin.rest("GET", "/events/33")
    return twin.waits


def probe_media_type(twin: Twin) -> str:
    return twin.rest("GET", "/events/33").headers["Content-Type"]


def probe_partners_success(twin: Twin) -> str:
    return str(twin.partners("/tickets/find/12")["status"])


def probe_parses(twin: Twin) -> bool:
    try:
        twin.rest("GET", "/events/33").json()
    except ValueError:
        return False
    return True


def probe_size(twin: Twin) -> bool:
    return len(twin.rest("GET", "/events/33").content) > 32 * 2**20


def probe_is_object(twin: Twin) -> bool:
    return twin.rest("GET", "/events/33").text.startswith("{")


def probe_foreign(twin: Twin) -> int:
    return twin.rest("GET", "/orders/30001").status_code


def probe_filter(twin: Twin) -> int:
    total: int = twin.rest("GET", "/events", {"where": [{"column": "id", "value": 33}]}).json()["paging"]["total"]
    return total


def probe_price_type(twin: Twin) -> bool:
    return isinstance(twin.rest("GET", "/orders/4360").json()["data"]["price"], int)


def probe_fields(twin: Twin) -> list[bool]:
    order, seats = twin.rest("GET", "/orders/4360").text, twin.partners("/events/seats/12/21")
    return [f'"{name}"' in order + json.dumps(seats) for name in ("updated_at", "seat_id", "event_name")]


def probe_extra_person(twin: Twin) -> list[str]:
    return sorted(twin.rest("GET", "/events/33").json())


def probe_total(twin: Twin) -> bool:
    pages = [twin.rest("GET", "/events", {"page": page}).json() for page in (1, 2, 3)]
    return sum(len(page["data"]) for page in pages) == pages[0]["paging"]["total"]


def probe_unique_on_page(twin: Twin) -> bool:
    ids = [row["id"] for row in twin.rest("GET", "/events").json()["data"]]
    return len(ids) == len(set(ids))


def probe_sorted(twin: Twin) -> bool:
    ids = [row["id"] for row in twin.rest("GET", "/orders").json()["data"]]
    return ids == sorted(ids)


def probe_disjoint(twin: Twin) -> bool:
    first, second = (
        {row["id"] for row in twin.rest("GET", "/events", {"page": page}).json()["data"]} for page in (1, 2)
    )
    return not first & second


def probe_offsets(twin: Twin) -> bool:
    return str(twin.rest("GET", "/events/33").json()["data"]["created_at"]).endswith("+03:00")


def probe_data(twin: Twin) -> bool:
    return twin.rest("GET", "/events").json()["data"] is None


def probe_hash_of_two_shows(twin: Twin) -> bool:
    first, second = (twin.partners(f"/events/offers/12/{show}")["last_update_hash"] for show in (20, 21))
    return bool(first == second)


def probe_hash_stays(twin: Twin) -> bool:
    first, second = (twin.partners("/events/offers/12/20")["last_update_hash"] for _ in range(2))
    return bool(first == second)


def probe_header(twin: Twin) -> int:
    return int(twin.partners("/events/offers/12/20")["event_id"])


def probe_write(twin: Twin) -> tuple[str, bool, int]:
    removed = twin.partners("/tickets/remove/12/4076", {"id": 120260})
    renamed = twin.rest("PUT", "/events/33", {"data": {"name": "x"}})
    kept = twin.rest("GET", "/events/33").json()["data"]["name"] == "x"
    assert renamed.json()["data"]["name"] == "x"
    return removed["status"], kept, twin.find_ticket(120260)["deleted"]


def probe_second_sale(twin: Twin) -> list[str]:
    return [twin.partners("/tickets/add/12/4076", {**SEAT, "paid": 1})["status"] for _ in range(2)]


def probe_dead_ticket(twin: Twin) -> str:
    twin.partners("/tickets/remove/12/4076", {"id": 120260})
    return str(twin.partners("/tickets/update/12/4076", {"id": 120260, "price": 1})["status"])


def probe_hold(twin: Twin) -> bool:
    twin.partners("/tickets/add/12/4076", HOLD)
    return twin.is_free(SEAT["seat_id"])


def probe_expiry(twin: Twin) -> int:
    number = twin.partners("/tickets/add/12/4076", HOLD)["result"]["id"]
    twin.app.world.clock.advance(timedelta(days=1))
    return int(twin.find_ticket(number)["deleted"])


def probe_barcode_of_hold(twin: Twin) -> bool:
    return twin.partners("/tickets/add/12/4076", HOLD)["result"]["barcode"] is None


def probe_barcode_of_sale(twin: Twin) -> bool:
    return twin.partners("/tickets/add/12/4076", {**SEAT, "paid": 1})["result"]["barcode"] is None


# The probe, what a healthy twin gives, what the fault makes of it.
CASES: dict[str, tuple[Probe, Any, Any]] = {
    "expired-token": (probe_partner_auth, (200, None), (403, "WRONG_AUTHORIZATION")),
    "unavailable-503": (probe_status, 200, 503),
    "flaky-503": (probe_three_statuses, [200, 200, 200], [503, 200, 503]),
    "slow": (probe_waits, [], [3.5]),
    "html-404": (probe_media_type, "application/json", "text/html; charset=UTF-8"),
    "envelope-200": (probe_partners_success, "success", "error"),
    "undeclared-status": (probe_status, 200, 202),
    "wrong-media-type": (probe_media_type, "application/json", "text/html; charset=UTF-8"),
    "redirect": (probe_status, 200, 302),
    "truncated-json": (probe_parses, True, False),
    "huge-body": (probe_size, False, True),
    "deep-json": (probe_is_object, True, False),
    "tenant-leak": (probe_foreign, 404, 200),
    "filter-ignored": (probe_filter, 1, 24),
    "wrong-type": (probe_price_type, True, False),
    "missing-field": (probe_fields, [True, True, True], [False, True, True]),
    "missing-seat-id": (probe_fields, [True, True, True], [True, False, True]),
    "missing-event-name": (probe_fields, [True, True, True], [True, True, False]),
    "pii-leak-field": (probe_extra_person, ["data"], ["data", "debug"]),
    "page-total-wrong": (probe_total, True, False),
    "duplicate-row": (probe_unique_on_page, True, False),
    "unsorted": (probe_sorted, True, False),
    "paging-overlap": (probe_disjoint, True, False),
    "naive-dates": (probe_offsets, True, False),
    "null-data": (probe_data, False, True),
    "frozen-hash": (probe_hash_of_two_shows, False, True),
    "restless-hash": (probe_hash_stays, True, False),
    "wrong-event": (probe_header, 12, 13),
    "lost-write": (probe_write, ("success", True, 1), ("success", False, 0)),
    "double-sell": (probe_second_sale, ["success", "error"], ["success", "success"]),
    "use-after-remove": (probe_dead_ticket, "error", "success"),
    "lost-hold": (probe_hold, False, True),
    "endless-hold": (probe_expiry, 1, 0),
    "early-barcode": (probe_barcode_of_hold, True, False),
    "no-barcode": (probe_barcode_of_sale, False, True),
}


def test_every_fault_has_its_case() -> None:
    assert set(CASES) == set(FAULTS)


@pytest.mark.parametrize("name", CASES)
def test_a_healthy_twin_is_right(serve: ServeTwin, name: str) -> None:
    probe, healthy, _ = CASES[name]

    assert probe(serve()) == healthy


@pytest.mark.parametrize("name", CASES)
def test_a_planted_fault_shows(serve: ServeTwin, name: str) -> None:
    probe, _, broken = CASES[name]

    assert probe(serve(faults=[name])) == broken


@pytest.mark.parametrize("faults", [("undeclared-status", "pii-leak-field"), ("pii-leak-field", "undeclared-status")])
def test_two_faults_act_together(serve: ServeTwin, faults: tuple[str, str]) -> None:
    twin = serve(faults=faults)

    response = twin.rest("GET", "/events/33")

    assert (response.status_code, "debug" in json.loads(response.content)) == (202, True)


def test_a_fault_of_a_payload_leaves_the_world_alone(serve: ServeTwin) -> None:
    twin = serve(faults=["missing-field"])

    twin.rest("GET", "/events/12")

    assert twin.app.world.shows[21].scheme_properties["zones"]["1"]["disabled"] == "0"
