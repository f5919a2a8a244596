"""REST lists: pages, order, the filter language (docs/qtickets.md, REST conventions, Lists)."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from helpers.qtickets.twin import Twin

ServeTwin = Callable[..., Twin]


def read_all(twin: Twin, path: str) -> list[list[int]]:
    """Return the ids of every page up to the first empty one."""
    pages: list[list[int]] = []
    while True:
        ids = [row["id"] for row in twin.rest("GET", path, {"page": len(pages) + 1}).json()["data"]]
        if not ids:
            return pages
        pages.append(ids)


def ids_of(twin: Twin, path: str, **body: Any) -> list[int]:
    return [row["id"] for row in twin.rest("GET", path, body).json()["data"]]


@pytest.mark.parametrize(
    ("path", "per_page"),
    [("/orders", 50), ("/clients", 100), ("/events", 10), ("/discounts", 100), ("/promo-codes", 500)],
)
def test_each_list_has_the_observed_page_size(twin: Twin, path: str, per_page: int) -> None:
    paging = twin.rest("GET", path).json()["paging"]

    assert (paging["perPage"], paging["currentPage"]) == (per_page, 1)


@pytest.mark.parametrize("path", ["/orders", "/clients", "/events", "/discounts", "/promo-codes"])
def test_pages_are_complete_and_disjoint(twin: Twin, path: str) -> None:
    total = twin.rest("GET", path).json()["paging"]["total"]

    ids = [number for page in read_all(twin, path) for number in page]

    assert len(ids) == len(set(ids)) == total


@pytest.mark.parametrize("path", ["/orders", "/clients", "/events"])
def test_the_seed_has_more_than_one_page(twin: Twin, path: str) -> None:
    assert len(read_all(twin, path)) > 1


@pytest.mark.parametrize("path", ["/orders", "/clients", "/discounts"])
def test_the_default_order_is_by_ascending_id(twin: Twin, path: str) -> None:
    ids = ids_of(twin, path)

    assert ids == sorted(ids)


def test_promo_codes_are_not_in_order_of_their_ids(twin: Twin) -> None:
    ids = ids_of(twin, "/promo-codes")

    assert ids != sorted(ids)
    assert 13513 in ids


def test_a_page_past_the_end_is_empty(twin: Twin) -> None:
    answer = twin.rest("GET", "/events", {"page": 99}).json()

    assert (answer["data"], answer["paging"]["currentPage"]) == ([], 99)


def test_a_page_past_the_end_can_be_the_last(serve: ServeTwin) -> None:
    answer = serve(page_past_end="last").rest("GET", "/events", {"page": 99}).json()

    assert answer["paging"]["currentPage"] == 3
    assert answer["data"]


def test_a_page_size_cannot_be_asked_for(twin: Twin) -> None:
    assert len(ids_of(twin, "/events", per_page=5)) == 10
    assert len(twin.rest("GET", "/orders?per_page=200&limit=1000").json()["data"]) == 50


def test_where_in_the_body_filters(twin: Twin) -> None:
    orders = twin.rest("GET", "/orders", {"where": [{"column": "payed", "value": 0}]}).json()["data"]

    assert orders
    assert not any(order["payed"] for order in orders)


def test_conditions_add_up(twin: Twin) -> None:
    where = [{"column": "payed", "value": 1}, {"column": "event_id", "value": 33}]

    assert ids_of(twin, "/orders", where=where, orderBy={"id": "desc"}) == [4711, 4360]


def test_a_date_column_compares_with_a_day(twin: Twin) -> None:
    where = [{"column": "created_at", "operator": ">=", "value": "2026-05-25"}]

    orders = twin.rest("GET", "/orders", {"where": where}).json()["data"]

    assert orders
    assert min(order["created_at"] for order in orders) >= "2026-05-25"


def test_the_null_operator_finds_what_is_not_deleted(twin: Twin) -> None:
    where = [{"column": "deleted_at", "operator": "null"}]

    total = twin.rest("GET", "/events", {"where": where}).json()["paging"]["total"]

    assert total == twin.rest("GET", "/events").json()["paging"]["total"] - 2


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("in", [12, 33], [12, 33]),
        ("not in", [12], None),
        ("<=", 33, [12, 33]),
        ("!=", 12, None),
        (">", 2019, [2020]),
    ],
)
def test_operators_compare_numbers(twin: Twin, operator: str, value: Any, expected: list[int] | None) -> None:
    ids = ids_of(twin, "/events", where=[{"column": "id", "operator": operator, "value": value}])

    assert (ids == expected) if expected else (12 not in ids and ids)


def test_order_by_sorts_down(twin: Twin) -> None:
    ids = ids_of(twin, "/orders", orderBy={"id": "desc"})

    assert all(left > right for left, right in pairwise(ids))


@pytest.mark.parametrize("query", ["payed=1", "status=paid", 'where=[{"column":"payed","value":1}]', "date_from=2026"])
def test_a_filter_in_the_query_is_ignored(twin: Twin, query: str) -> None:
    assert twin.rest("GET", f"/orders?{query}").json() == twin.rest("GET", "/orders").json()


def test_a_filter_in_the_query_can_be_honoured(serve: ServeTwin) -> None:
    twin = serve(query_filters=True)

    total = twin.rest("GET", '/orders?where=[{"column":"payed","value":0}]').json()["paging"]["total"]

    assert 0 < total < 20


def test_brackets_in_the_query_can_be_honoured(serve: ServeTwin) -> None:
    twin = serve(query_filters=True)

    rows = twin.rest("GET", "/events?where[0][column]=id&where[0][value]=33").json()["data"]

    assert [row["id"] for row in rows] == [33]


@pytest.mark.parametrize(
    ("policy", "status", "rows"),
    [("server_error", 503, None), ("validation_error", 400, None), ("empty", 200, 0), ("ignore", 200, 10)],
)
def test_an_unknown_column_counts_as_the_switch_says(
    serve: ServeTwin, policy: str, status: int, rows: int | None
) -> None:
    response = serve(unknown_column=policy).rest("GET", "/events", {"where": [{"column": "active", "value": 1}]})

    assert response.status_code == status
    assert rows is None or len(response.json()["data"]) == rows


def test_an_unknown_operator_is_refused(twin: Twin) -> None:
    where = [{"column": "id", "operator": "like", "value": "1%"}]

    assert twin.rest("GET", "/events", {"where": where}).status_code == 503


def test_seats_are_zones_of_minimal_seats_by_default(twin: Twin) -> None:
    zones = twin.rest("GET", "/shows/41/seats").json()["data"]

    assert zones["CENTER_PARTERRE"]["seats"]["20;5"] == {"seat_id": "CENTER_PARTERRE-20;5", "admission": False}


def test_select_chooses_the_fields_of_a_seat(twin: Twin) -> None:
    body = {"flat": True, "select": ["root_id", "price", "spread.partner_id"]}

    seats = twin.rest("GET", "/shows/41/seats", body).json()["data"]

    assert seats["full_RIGHT_PARTERRE-1;6"] == {
        "root_id": "RIGHT_PARTERRE-1;6",
        "price": 600.0,
        "spread": {"partner_id": None},
    }


def test_where_chooses_the_seats(twin: Twin) -> None:
    where = [{"column": "price", "operator": ">=", "value": 500}, {"column": "zone_root_id", "value": "PARTERRE"}]

    seats = twin.rest("GET", "/shows/41/seats", {"flat": True, "select": ["id"], "where": where}).json()["data"]

    assert sorted(seats) == [f"full_PARTERRE-1;{place}" for place in range(25, 31)]


def test_a_personal_quota_opens_with_its_context(twin: Twin) -> None:
    body = {"flat": True, "select": ["available"]}

    without = twin.rest("GET", "/shows/21/seats", body).json()["data"]["7-1;7"]
    within = twin.rest("GET", "/shows/21/seats", {**body, "context": {"user_id": 235}}).json()["data"]["7-1;7"]

    assert (without["available"], within["available"]) == (False, True)


def test_quota_seats_can_be_hidden(serve: ServeTwin) -> None:
    seats = serve(quota_seats="hidden").rest("GET", "/shows/21/seats", {"flat": True}).json()["data"]

    assert "7-1;7" not in seats
    assert "7-1;6" in seats


def test_the_seats_of_a_foreign_show_are_a_404(twin: Twin) -> None:
    response = twin.rest("GET", "/shows/950/seats")

    assert response.json()["info"] == {"id": 950, "resource": "Show"}
