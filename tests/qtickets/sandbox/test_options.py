"""The options of create_app, and the parts below HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from werkzeug.test import Client, create_environ

from helpers.qtickets.twin import FixedTime, Twin
from qtickets_sandbox.app import create_app
from qtickets_sandbox.credentials import REST_TOKEN_A, read_bearer
from qtickets_sandbox.faults import FAULTS
from qtickets_sandbox.php import cast_int, encode_json, parse_query
from qtickets_sandbox.switches import Switches, describe_switches
from qtickets_sandbox.world import World

ServeTwin = Callable[..., Twin]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"faults": ["nothing"]}, "unknown fault 'nothing'; valid are: deep-json, "),
        ({"add_without_hlod": "hold"}, "unknown switch 'add_without_hlod'; valid are: add_without_hold, "),
        (
            {"add_without_hold": "maybe"},
            "switch 'add_without_hold' cannot be 'maybe'; valid: 'validation_error', 'hold'",
        ),
        ({"query_filters": "yes"}, "switch 'query_filters' cannot be 'yes'; valid: True, False"),
        ({"partners_error_status": True}, "switch 'partners_error_status' cannot be True; valid: of type int"),
        ({"latency": "slow"}, "unknown latency 'slow'; valid are: none, real"),
    ],
)
def test_an_unknown_option_is_refused_with_the_valid_ones(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="valid") as caught:
        create_app(**options)

    assert str(caught.value).startswith(message)


def test_every_switch_is_described_with_its_source() -> None:
    described = describe_switches()

    assert set(described) == set(Switches.__slots__)
    assert all(line.endswith(")") and ": " in line for line in described.values())


def test_twins_that_started_at_one_instant_have_the_same_times() -> None:
    start = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
    later = start + timedelta(minutes=50)
    first = create_app(started_at="2026-06-01T15:00:00+03:00", now=lambda: start).world
    second = create_app(started_at="2026-06-01T15:00:00+03:00", now=lambda: later).world

    def list_times(world: World) -> list[datetime]:
        return [order.created_at for order in world.orders.values()]

    assert list_times(first) == list_times(second)
    assert second.clock.now() == later


@pytest.mark.parametrize("text", ["yesterday", "2026-06-01", "2026-06-01T12:00:00"])
def test_a_start_without_its_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="started_at must be a time with its offset"):
        create_app(started_at=text)


def test_the_same_seed_gives_the_same_world(serve: ServeTwin) -> None:
    first, second, third = serve(seed=7), serve(seed=7), serve(seed=8)

    orders = [twin.rest("GET", "/orders").json() for twin in (first, second, third)]

    assert orders[0] == orders[1] != orders[2]


def test_worlds_do_not_share_anything(serve: ServeTwin) -> None:
    changed, fresh = serve(), serve()

    changed.rest("PUT", "/events/33", {"data": {"name": "x", "shows": [{"id": 41, "scheme_properties": {}}]}})

    assert fresh.rest("GET", "/events/33").json() == serve().rest("GET", "/events/33").json()


@pytest.mark.parametrize(
    ("path", "seconds"),
    [("/api/rest/v1/events", 2.218), ("/api/rest/v1/clients/1", 0.226), ("/api/partners/v1/tickets/find", 0.231)],
)
def test_real_latency_replays_the_observed_times(path: str, seconds: float) -> None:
    waited: list[float] = []
    client = Client(create_app(latency="real", sleep=waited.append))

    client.get(path)

    assert waited == [seconds]


def test_without_latency_nothing_waits() -> None:
    waited: list[float] = []
    client = Client(create_app(sleep=waited.append))

    client.get("/api/rest/v1/events")

    assert waited == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/rest/v1/events", b'{"error":"Unknown error","status":503,"code":"UNKNOWN_ERROR","info":[]}'),
        (
            "/api/partners/v1/events/lists",
            b'{"status":"error","code":"UNKNOWN_ERROR","message":"Unknown error"}',
        ),
    ],
)
def test_an_error_of_its_own_is_an_unknown_error_and_is_reported(path: str, body: bytes) -> None:
    app = create_app(now=FixedTime())
    app.world.orders[1] = None  # type: ignore[assignment]  # breaks the sweep
    environ = create_environ(path)
    reported = environ["wsgi.errors"] = StringIO()

    content = b"".join(app(environ, lambda *_args: lambda _data: None))

    assert content == body
    assert "AttributeError" in reported.getvalue()


def test_head_has_the_headers_of_get_and_no_body() -> None:
    client = Client(create_app())
    headers = {"Authorization": f"Bearer {REST_TOKEN_A}"}

    response = client.head("/api/rest/v1/events/33", headers=headers)

    assert (response.status_code, response.data) == (200, b"")


def test_a_form_body_is_read_as_php_does() -> None:
    client = Client(create_app())

    response = client.post(
        "/api/partners/v1/tickets/find",
        data="filter[id][]=120260&filter[id][]=120261",
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": "Bearer sandbox-partner-key"},
    )

    assert [ticket["id"] for ticket in response.json["result"]] == [120260, 120261]


def test_there_are_at_least_sixteen_described_faults() -> None:
    assert len(FAULTS) >= 16
    assert all(fault.description and fault.name == name for name, fault in FAULTS.items())


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("colors", 0), ("12abc", 12), ("-3", -3), ("", 0), ("9" * 40, int("9" * 18))]
)
def test_a_text_is_cast_to_its_leading_digits(text: str, number: int) -> None:
    assert cast_int(text) == number


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[0][b]=1&a[1][b]=2", {"a": [{"b": "1"}, {"b": "2"}]}),
        ("a[x][y]=1", {"a": {"x": {"y": "1"}}}),
        ("a=1&a[b]=2", {"a": {"b": "2"}}),
        ("[b]=2", {"[b]": "2"}),
    ],
)
def test_brackets_nest(query: str, tree: dict[str, Any]) -> None:
    assert parse_query(query) == tree


def test_json_escapes_slashes_and_other_scripts() -> None:
    assert encode_json({"a": "я/b", "c": [1.5, None]}) == b'{"a":"\\u044f\\/b","c":[1.5,null]}'


@pytest.mark.parametrize(
    ("header", "token"), [("Bearer x", "x"), ("bearer  x ", "x"), ("Basic x", None), ("Bearer ", None), (None, None)]
)
def test_a_bearer_token_is_read(header: str | None, token: str | None) -> None:
    assert read_bearer(header) == token
