"""Answers the challenges of digest authentication (RFC 7616), as the library for HTTP computes them."""

import re
import threading
from collections.abc import Iterator

from requests import PreparedRequest
from requests import Response as LibraryResponse
from requests.auth import HTTPDigestAuth
from requests.structures import CaseInsensitiveDict

from contracts_runner.model.credential import UserPassword
from contracts_runner.model.exchange import Request, Response

_HEADER = "Authorization"
_CHALLENGE = re.compile(r"(?:^|[,\s])(digest\s.*)", re.IGNORECASE | re.DOTALL)


class _Unsent:
    """Takes the place of the library's connection: its requests are not sent, they are only made."""

    def send(self, request: PreparedRequest, **_: object) -> LibraryResponse:
        answer = LibraryResponse()
        answer.request = request
        return answer


class DigestAnswers(threading.local):
    """Implements engine's Digest; each thread has its own challenge and count."""

    def __init__(self, user: UserPassword) -> None:
        self._library = HTTPDigestAuth(user.username, user.password)
        self._has_challenge = False
        self._ready: str | None = None

    def render(self, request: Request) -> str | None:
        """Return the value of the header Authorization, None before the first challenge."""
        ready, self._ready = self._ready, None
        if ready is None and self._has_challenge:
            value = self._library.build_digest_header(request.method, request.url)  # type: ignore[no-untyped-call]  # so the stubs
            return str(value) if value else None
        return ready

    def take(self, request: Request, response: Response) -> bool:
        """Take a challenge; returns False if there is none that can be answered."""
        for challenge in _iter_challenges(response):
            refused = LibraryResponse()
            refused.status_code = response.status_code
            refused.headers["WWW-Authenticate"] = challenge
            refused.request = self._library(_prepare(request))
            refused.connection = _Unsent()  # type: ignore[assignment]  # of an adapter, only this is asked for
            refused.request.headers.clear()
            try:
                answer = self._library.handle_401(refused)  # type: ignore[no-untyped-call]  # so the stubs
            except KeyError:
                continue  # without a realm or a nonce
            self._ready = answer.request.headers.get(_HEADER)
            self._has_challenge = self._ready is not None
            if self._has_challenge:
                return True
        return False


def _iter_challenges(response: Response) -> Iterator[str]:
    """Yield the challenges in the order of the service, which is that of its preference."""
    for name, value in response.headers:
        if name.lower() == "www-authenticate" and (found := _CHALLENGE.search(value)):
            yield found[1]


def _prepare(request: Request) -> PreparedRequest:
    prepared = PreparedRequest()
    prepared.method, prepared.url = request.method, request.url
    prepared.headers = CaseInsensitiveDict()
    prepared.body = request.body
    return prepared
