"""Webhooks: which events there are, what they carry, how they are signed and repeated (docs/qtickets.md, Webhooks)."""

import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from helpers.qtickets.twin import Twin
from qtickets_sandbox.lifecycle.orders import cancel_order, extend_reservation, pay_order, place_order
from qtickets_sandbox.webhooks import sign

ServeTwin = Callable[..., Twin]
SECRET = "sandbox-webhook-secret"


class Receiver:
    """Records what is sent; `statuses` are the answers, 200 when they have run out, None for no answer."""

    def __init__(self, *statuses: int | None) -> None:
        self.statuses = list(statuses)
        self.received: list[tuple[Mapping[str, str], bytes]] = []

    def __call__(self, _url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.received.append((headers, body))
        status = self.statuses.pop(0) if self.statuses else 200
        if status is None:
            raise ConnectionError("no answer")
        return status

    @property
    def types(self) -> list[str]:
        return [headers["X-Event-Type"] for headers, _ in self.received]

    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = json.loads(self.received[-1][1])
        return payload


def serve_with(serve: ServeTwin, receiver: Receiver) -> Twin:
    return serve(webhook_url="http://127.0.0.1:9/hook", webhook_secret=SECRET, webhook_send=receiver)


def deliver(twin: Twin, seconds: float = 1) -> int:
    twin.time.advance(seconds=seconds)
    assert twin.app.outbox is not None
    return twin.app.outbox.deliver_due()


def sell(twin: Twin) -> Any:
    return place_order(twin.app.world, client_id=235, show_id=41, seats=[("2-2;37", "")])


def scan(twin: Twin) -> None:
    twin.rest("POST", "/shows/41/barcode/875196723453", {"checked_at": "2026-06-01"})


def refund(twin: Twin) -> None:
    twin.rest("DELETE", "/orders/4360/baskets", {"refund": {"amount": 1, "baskets": {"63993": []}}})


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (sell, "created"),
        (lambda twin: extend_reservation(twin.app.world, twin.app.world.orders[6000]), "updated"),
        (lambda twin: pay_order(twin.app.world, twin.app.world.orders[6000]), "payed"),
        (lambda twin: cancel_order(twin.app.world, twin.app.world.orders[6000]), "deleted"),
        (lambda twin: twin.rest("PUT", "/baskets/63993", {"data": {"client_name": "Вера"}}), "updated"),
        (refund, "refunded"),
        (scan, "checked"),
    ],
)
def test_each_event_has_its_type(serve: ServeTwin, act: Callable[[Twin], object], expected: str) -> None:
    receiver = Receiver()
    twin = serve_with(serve, receiver)

    act(twin)
    deliver(twin)

    assert receiver.types == [expected]


def test_the_payload_is_the_order_without_envelope(serve: ServeTwin) -> None:
    receiver = Receiver()
    twin = serve_with(serve, receiver)

    order = sell(twin)
    deliver(twin)

    assert receiver.payload()["id"] == order.id
    assert "data" not in receiver.payload()


def test_a_refund_names_its_tickets(serve: ServeTwin) -> None:
    receiver = Receiver()
    twin = serve_with(serve, receiver)

    refund(twin)
    deliver(twin)

    assert [basket["id"] for basket in receiver.payload()["refunded_baskets"]] == [63993]


def test_a_scan_names_its_ticket(serve: ServeTwin) -> None:
    receiver = Receiver()
    twin = serve_with(serve, receiver)

    scan(twin)
    deliver(twin)

    assert receiver.payload()["checked_basket"]["barcode"] == "875196723453"


def test_the_signature_is_the_hmac_sha1_of_the_raw_body(serve: ServeTwin) -> None:
    receiver = Receiver()
    twin = serve_with(serve, receiver)

    sell(twin)
    deliver(twin)

    headers, body = receiver.received[0]
    assert headers["X-Signature"] == hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
    assert (headers["X-Model-Name"], headers["User-Agent"]) == ("Order", "Qtickets-Webhooks/2.0")


def test_the_signature_agrees_with_rfc_2202() -> None:
    body = b"what do ya want for nothing?"

    assert sign(body, "Jefe") == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"


def test_a_failed_attempt_is_repeated_after_n_cubed_seconds(serve: ServeTwin) -> None:
    receiver = Receiver(500, None, 302)
    twin = serve_with(serve, receiver)
    sell(twin)

    attempts = [deliver(twin, seconds) for seconds in (1, 7, 1, 26, 1, 63, 1, 3600)]

    assert attempts == [1, 0, 1, 0, 1, 0, 1, 0]


def test_after_ten_attempts_there_is_no_other(serve: ServeTwin) -> None:
    receiver = Receiver(*[503] * 20)
    twin = serve_with(serve, receiver)
    sell(twin)

    attempts = [deliver(twin, number**3) for number in range(1, 13)]

    assert sum(attempts) == 10


@pytest.fixture
def live_receiver() -> Iterator[tuple[str, "queue.Queue[str]"]]:
    """Give the address of a real receiver, and the types that it receives."""
    received: queue.Queue[str] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            received.put(self.headers["X-Event-Type"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", received
    server.shutdown()
    thread.join()
    server.server_close()


def test_without_a_sender_a_thread_sends_over_http(
    serve: ServeTwin, live_receiver: tuple[str, "queue.Queue[str]"]
) -> None:
    url, received = live_receiver
    twin = serve(webhook_url=url, webhook_secret=SECRET)

    with twin.app.world.lock:
        sell(twin)
        twin.time.advance(seconds=2)

    assert received.get(timeout=20) == "created"
    assert twin.app.outbox is not None
    twin.app.outbox.stop()
