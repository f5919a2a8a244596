"""The cookies that a scenario keeps from its own answers (`cookies: keep`), by the rules of http.cookiejar."""

import dataclasses
from typing import Any

from contracts_runner.model.exchange import Request, Response


class KeptCookies:
    """The cookies of one scenario."""

    def __init__(self) -> None:
        # With these an email's parser and HTTP's client for URLs come along, which few runs need.
        from http.cookiejar import CookieJar
        from urllib.request import Request as Carrier

        self._jar, self._carry = CookieJar(), Carrier

    def add_to(self, request: Request) -> Request:
        """Return the request with the cookies that belong to it, but for those that it sends itself."""
        carrier = self._carry(request.url)
        self._jar.add_cookie_header(carrier)
        own = [value for name, value in request.headers if name.lower() == "cookie"]
        names = {pair.partition("=")[0].strip() for value in own for pair in value.split(";")}
        kept = (carrier.get_header("Cookie") or "").split("; ")
        pairs = [*own, *(pair for pair in kept if pair and pair.partition("=")[0] not in names)]
        if len(pairs) == len(own):
            return request
        others = tuple((name, value) for name, value in request.headers if name.lower() != "cookie")
        return dataclasses.replace(request, headers=(*others, ("Cookie", "; ".join(pairs))))

    def take(self, request: Request, response: Response) -> None:
        """Keep what an answer sets, one after the other: a later one may take an earlier one back."""
        for name, value in response.headers:
            if name.lower() == "set-cookie":
                answer: Any = _Answer(value)  # all that the jar asks it for
                self._jar.extract_cookies(answer, self._carry(request.url))


class _Answer:
    def __init__(self, cookie: str) -> None:
        from email.message import Message

        self._head = Message()
        self._head["Set-Cookie"] = cookie

    def info(self) -> Any:
        return self._head
