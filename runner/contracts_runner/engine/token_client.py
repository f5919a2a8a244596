"""Gets tokens from where OAuth 2.0 and OpenID Connect keep them, by the run's transport; each request is recorded apart
from those to operations (docs/design.md, Project file)."""

import dataclasses
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urljoin

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.exchanger import send
from contracts_runner.engine.oauth import (
    OAuthError,
    TokenAnswer,
    build_token_body,
    find_token_source,
    read_discovery,
    read_token,
)
from contracts_runner.engine.ports import Transport
from contracts_runner.errors import BlockedError, CredentialError
from contracts_runner.model.credential import CLIENT_SECRET_POST, OAuthClient
from contracts_runner.model.exchange import Exchange, PendingCredential, Request, Response
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Effect

# (name of the credential, exchange, why the answer is none or "")
RecordToken = Callable[[str, Exchange, str], None]

T = TypeVar("T")


def describe_source(pending: PendingCredential, base_url: str) -> str:
    """Return the first request for a token: method and address. Raises OAuthError."""
    assert isinstance(pending.credential, OAuthClient)
    source = find_token_source(pending.scheme, pending.credential)
    return f"{'GET' if source.discovery else 'POST'} {_resolve(pending, source.discovery or source.url, base_url)}"


def _resolve(pending: PendingCredential, url: str, base_url: str) -> str:
    return urljoin(f"{(pending.scheme.base_url or base_url).rstrip('/')}/", url)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenClient:
    """Asks for tokens. Relative addresses are below `base_url`; `allow` is called with each before a request goes
    there, `learn` with what must not be written down, by name, before the exchange is recorded; `user_agent` goes with
    every request."""

    base_url: str
    transport: Transport
    allow: Callable[[str], None]
    learn: Callable[[str, str], None]
    record: RecordToken
    user_agent: str

    def fetch(self, pending: PendingCredential, refresh_token: str, phase: Phase) -> TokenAnswer:
        """Return a token, renewed with `refresh_token` if there is one; raises CredentialError."""
        name, client = pending.name, pending.credential
        assert isinstance(client, OAuthClient)
        try:
            source = find_token_source(pending.scheme, client)
        except OAuthError as error:
            raise CredentialError(f"the credential '{name}': {error}") from None
        url = _resolve(pending, source.url, self.base_url)
        if source.discovery:
            place = _resolve(pending, source.discovery, self.base_url)
            url, is_in_form = self._exchange(name, "GET", place, phase, lambda found: read_discovery(place, found))
            if is_in_form and not client.auth_method:
                client = dataclasses.replace(client, auth_method=CLIENT_SECRET_POST)
        body, headers = build_token_body(source, client, refresh_token)

        def read(response: Response) -> TokenAnswer:
            answer = read_token(response)
            self.learn(f"{name}:token", answer.text)
            self.learn(f"{name}:refresh_token", answer.refresh_token)
            return answer

        return self._exchange(name, "POST", url, phase, read, headers=headers, body=body.encode())

    def _exchange(
        self,
        name: str,
        method: str,
        url: str,
        phase: Phase,
        read: Callable[[Response], T],
        *,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> T:
        """Send a request, and return what `read` makes of the answer; raises CredentialError."""
        request = Request(
            method=method,
            url=url,
            headers=(("User-Agent", self.user_agent), *(headers or {"Accept": "application/json"}).items()),
            body=body,
            operation=f"token of {name}",
            template=url.partition("?")[0],
            effect=Effect.READ,
            phase=phase,
            token_of=name,
        )
        self.allow(url)
        sending = send(self.transport, request)
        response, reason = sending.exchange.response, ""
        if response is None:
            # What the guard keeps back, it keeps back again.
            is_final = isinstance(sending.error, BlockedError)
            reason = str(sending.error)
        else:
            is_final = response.status_code < 500 and response.status_code != 429
            try:
                found = read(response)
            except OAuthError as error:
                reason = str(error)
        if not isinstance(sending.error, BlockedError):
            self.record(name, sending.exchange, reason)
        if reason:
            raise CredentialError(
                f"the credential '{name}' cannot be got from {request.template}: {reason}", is_final=is_final
            )
        return found
