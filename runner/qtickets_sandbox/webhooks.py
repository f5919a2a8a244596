"""Webhooks: what happened to an order, signed, and sent again until the receiver says 200.

See docs/qtickets.md, Webhooks.
"""

import hashlib
import hmac
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from qtickets_sandbox.clock import Clock
from qtickets_sandbox.model.sales import Basket, Order
from qtickets_sandbox.php import encode_json
from qtickets_sandbox.rest.render import render_basket, render_order

ATTEMPTS = 10
_TIMEOUT_SECONDS = 10
_IDLE_SECONDS = 60.0

# Sends one request (url, headers, body) and returns the status code; raises OSError if none came.
Send = Callable[[str, Mapping[str, str], bytes], int]


def post_webhook(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Send over HTTP without following redirects; raises requests.RequestException, an OSError."""
    import requests  # here, for a twin without a receiver should be there sooner

    response = requests.post(url, data=body, headers=headers, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
    return response.status_code


def sign(body: bytes, secret: str) -> str:
    """Return the hexadecimal HMAC-SHA1 of the raw body (X-Signature)."""
    return hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One webhook: `attempts` were made so far, the next is due at `due`; `done` once one got 200."""

    event_type: str
    body: bytes
    due: datetime
    attempts: int = 0
    done: bool = False


class Outbox:
    """Webhooks that wait to be sent; attempt n comes n³ seconds after the one before, ten in all.

    If `threaded`, a daemon thread sends them from the first one on; else `deliver_due` does.
    """

    def __init__(self, *, url: str, secret: str, clock: Clock, send: Send, threaded: bool) -> None:
        self.deliveries: list[Delivery] = []
        self._url = url
        self._secret = secret
        self._clock = clock
        self._send = send
        self._changed = threading.Condition()
        self._threaded = threaded
        self._stopped = False

    def enqueue(self, what: str, order: Order, extra: Mapping[str, Any]) -> None:
        """Take in one thing that happened; the payload is the order without an envelope, plus `extra`."""
        payload = {**render_order(order), **{key: _render(value) for key, value in extra.items()}}
        due = self._clock.now() + timedelta(seconds=1)
        with self._changed:
            self.deliveries.append(Delivery(event_type=what, body=encode_json(payload), due=due))
            self._changed.notify()
            if self._threaded:
                self._threaded = False
                threading.Thread(target=self._run, name="qtickets-sandbox-webhooks", daemon=True).start()

    def deliver_due(self) -> int:
        """Send what is due by the clock, and return how many attempts were made."""
        now = self._clock.now()
        with self._changed:
            due = [each for each in self.deliveries if _is_open(each) and each.due <= now]
        for delivery in due:
            self._attempt(delivery)
        return len(due)

    def stop(self) -> None:
        """Let the thread end, if there is one, after what it is sending."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _run(self) -> None:
        while not self._stopped:
            self.deliver_due()
            with self._changed:
                if not self._stopped:
                    self._changed.wait(self._seconds_to_next())

    def _seconds_to_next(self) -> float:
        waiting = [each.due for each in self.deliveries if _is_open(each)]
        if not waiting:
            return _IDLE_SECONDS
        return max(0.05, (min(waiting) - self._clock.now()).total_seconds())

    def _attempt(self, delivery: Delivery) -> None:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Qtickets-Webhooks/2.0",
            "X-Signature": sign(delivery.body, self._secret),
            "X-Event-Type": delivery.event_type,
            "X-Model-Name": "Order",
        }
        delivery.attempts += 1
        try:
            delivery.done = self._send(self._url, headers, delivery.body) == 200
        except OSError:
            # No answer is a failed attempt like any other; the next one is due below.
            delivery.done = False
        delivery.due = self._clock.now() + timedelta(seconds=(delivery.attempts + 1) ** 3)


def _is_open(delivery: Delivery) -> bool:
    return not delivery.done and delivery.attempts < ATTEMPTS


def _render(value: Any) -> Any:
    if isinstance(value, list):
        return [_render(each) for each in value]
    return render_basket(value) if isinstance(value, Basket) else value
