"""A twin on a loopback port, with the two ways to call it, and a clock that tests move."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from werkzeug.serving import WSGIRequestHandler, make_server

from qtickets_sandbox.app import App, create_app
from qtickets_sandbox.credentials import PARTNER_KEY_P, REST_TOKEN_A

START = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


class FixedTime:
    """A source of time that stands still until it is moved."""

    def __init__(self) -> None:
        self.value = START

    def __call__(self) -> datetime:
        return self.value

    def advance(self, **delta: float) -> None:
        self.value += timedelta(**delta)


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        return


@dataclass
class Twin:
    """A served twin: `rest` and `partners` send real requests; `waits` are the seconds that it would have slept."""

    app: App
    base_url: str
    session: requests.Session
    time: FixedTime
    waits: list[float]

    def rest(self, method: str, path: str, body: Any = None, *, token: str = REST_TOKEN_A) -> requests.Response:
        return self.send(method, f"/api/rest/v1{path}", body, token=token)

    def partners(self, path: str, body: Any = None, *, key: str = PARTNER_KEY_P) -> dict[str, Any]:
        response = self.send("POST", f"/api/partners/v1{path}", body, token=key)
        answer: dict[str, Any] = response.json()
        return answer

    def send(self, method: str, path: str, body: Any = None, *, token: str | None) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.session.request(
            method, self.base_url + path, json=body, headers=headers, allow_redirects=False, timeout=30
        )

    def find_ticket(self, number: object) -> dict[str, Any]:
        found = self.partners("/tickets/find", {"filter": {"id": number}})["result"]
        assert len(found) == 1
        ticket: dict[str, Any] = found[0]
        return ticket

    def is_free(self, seat_id: str, *, offer_id: str | None = "full", show: str = "12/4076") -> bool:
        answer = self.partners(f"/tickets/check/{show}", {"seat_id": seat_id, "offer_id": offer_id})
        available: bool = answer["result"]["available"]
        return available

    def later(self, **delta: float) -> str:
        """Return the instant after `delta` as text."""
        return (self.time() + timedelta(**delta)).isoformat(timespec="seconds")


class Servers:
    """Starts twins, and stops all of them."""

    def __init__(self) -> None:
        self._open: list[Any] = []

    def start(self, **options: Any) -> Twin:
        time = options.pop("now", None) or FixedTime()
        waits: list[float] = []
        app = create_app(now=time, sleep=waits.append, **options)
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_QuietHandler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        session = requests.Session()
        session.trust_env = False
        self._open.append((server, thread, session))
        return Twin(app, f"http://127.0.0.1:{server.server_port}", session, time, waits)

    def stop(self) -> None:
        for server, thread, session in self._open:
            session.close()
            server.shutdown()
            thread.join()
            server.server_close()
