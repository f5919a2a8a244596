"""Whatever is sent, the twin answers an envelope of its own and none of its code fails."""

import json
from io import BytesIO, StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from helpers.qtickets.twin import FixedTime
from qtickets_sandbox.app import App, create_app
from qtickets_sandbox.credentials import PARTNER_KEY_P, REST_TOKEN_A
from qtickets_sandbox.partners.routes import PARTNERS_BASE
from qtickets_sandbox.rest.routes import REST_BASE

_DATES = st.sampled_from(["2026-07-01T12:00:00+03:00", "9999-12-31T23:59:59-12:00", "0001-01-01", "soon", None])
_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | _DATES | st.sampled_from(["", "#9"])
)


def _objects(*names: str, values: st.SearchStrategy[Any] = _SCALARS) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), values, max_size=6)


_JUNK = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
_WHERE = st.lists(
    _objects("column", "operator", "value", values=_JUNK | st.sampled_from(["id", "<", "in"])), max_size=2
)
_PRICE = _objects("id", "default_price", "color_theme")
_SHOW = st.fixed_dictionaries(
    {},
    optional={
        "id": _SCALARS | st.just(41),
        "start_date": _DATES,
        "is_active": _SCALARS,
        "prices": st.just([{"default_price": 100}]) | st.lists(_PRICE, max_size=2) | _SCALARS,
        "scheme_properties": _objects("zones", "seats", "admin", values=_JUNK) | _SCALARS,
    },
)
_EVENT = st.fixed_dictionaries(
    {"name": st.text(min_size=1) | _SCALARS},
    optional={
        "scheme_id": st.just(48) | _JUNK,
        "city_id": st.just(7) | _JUNK,
        "payments": _JUNK,
        "shows": st.lists(_SHOW),
    },
)
_TICKET = _objects(
    "id", "seat_id", "offer_id", "paid", "paid_at", "reserved_to", "price", "external_id", "user_session", values=_JUNK
)
_BASKETS = st.dictionaries(st.sampled_from(["63993", "63994", "x", "1"]), _JUNK, max_size=2)

_CALLS: dict[str, tuple[str, str, st.SearchStrategy[Any]]] = {
    "list": ("GET", f"{REST_BASE}/orders", _objects("where", "orderBy", "page", values=_JUNK | _WHERE)),
    "seats": (
        "GET",
        f"{REST_BASE}/shows/41/seats",
        _objects("where", "select", "context", "flat", values=_JUNK | _WHERE),
    ),
    "barcodes": ("GET", f"{REST_BASE}/shows/41/barcodes", _objects("select", values=_JUNK)),
    "post event": ("POST", f"{REST_BASE}/events", st.fixed_dictionaries({"data": _EVENT | _JUNK})),
    "put event": ("PUT", f"{REST_BASE}/events/33", st.fixed_dictionaries({"data": _EVENT | _JUNK})),
    "client": ("POST", f"{REST_BASE}/clients", _objects("data", values=_objects("email", "details", values=_JUNK))),
    "promo": (
        "POST",
        f"{REST_BASE}/promo-codes",
        _objects("data", values=_objects("code", "discount_id", "active_to")),
    ),
    "basket": (
        "PUT",
        f"{REST_BASE}/baskets/140844",
        _objects("data", values=_objects("discount_value", "client_name")),
    ),
    "remove": (
        "DELETE",
        f"{REST_BASE}/orders/4360/baskets",
        _objects("delete", values=_objects("baskets", values=_BASKETS)),
    ),
    "refund": (
        "DELETE",
        f"{REST_BASE}/orders/4360/baskets",
        _objects("refund", values=_objects("amount", "deduction_amount", "baskets", values=_SCALARS | _BASKETS)),
    ),
    "scan": ("POST", f"{REST_BASE}/shows/41/barcodes", st.lists(_objects("barcode", "checked_at", values=_JUNK))),
    "add": (
        "POST",
        f"{PARTNERS_BASE}/tickets/add/12/4076",
        _TICKET | _objects("batch", values=st.lists(_TICKET) | _JUNK),
    ),
    "update": ("POST", f"{PARTNERS_BASE}/tickets/update/12/4076", _TICKET),
    "delete": ("POST", f"{PARTNERS_BASE}/tickets/remove/12/4076", _TICKET),
    "check": ("POST", f"{PARTNERS_BASE}/tickets/check/12/4076", _TICKET),
    "find": ("POST", f"{PARTNERS_BASE}/tickets/find/12", _objects("filter", values=_TICKET | _JUNK)),
}


def call(app: App, method: str, path: str, body: Any, *, query: str = "") -> tuple[int, Any, str]:
    """Return status, parsed JSON, and what the twin reported on itself."""
    key = PARTNER_KEY_P if path.startswith(PARTNERS_BASE) else REST_TOKEN_A
    builder = EnvironBuilder(
        method=method,
        path=path,
        query_string=query,
        headers={"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"},
        input_stream=BytesIO(json.dumps(body).encode()),
        content_type="application/json",
    )
    builder.content_length = len(json.dumps(body).encode())
    environ = builder.get_environ()
    reported = environ["wsgi.errors"] = StringIO()
    seen: list[str] = []
    content = b"".join(app(environ, lambda status, _headers, *_rest: seen.append(status) or (lambda _data: None)))
    return int(seen[0].split()[0]), json.loads(content, parse_constant=pytest.fail), reported.getvalue()


@pytest.mark.parametrize("name", _CALLS)
def test_no_body_makes_the_twin_fail(name: str) -> None:
    method, path, bodies = _CALLS[name]
    app = create_app(now=FixedTime())

    @settings(max_examples=60, deadline=None, database=None)
    @given(bodies | _JUNK)
    def check(body: Any) -> None:
        status, answer, reported = call(app, method, path, body)

        assert reported == ""
        assert status in (200, 404, 503)
        if status != 200:
            assert set(answer) == {"error", "status", "code", "info"}

    check()


@settings(max_examples=150, deadline=None, database=None)
@given(st.text(alphabet="abid[]=&01%?{}\"': ", max_size=30))
def test_no_query_makes_the_twin_fail(query: str) -> None:
    app = create_app(now=FixedTime(), query_filters=True)

    for path in (f"{REST_BASE}/orders", f"{PARTNERS_BASE}/tickets/find"):
        assert call(app, "GET", path, None, query=query)[2] == ""
