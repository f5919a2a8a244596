"""The credentials of a run that are got from a service: fetched when first needed, kept for all threads and phases,
fetched again when they run out or when the service does not take them any more (docs/design.md, Project file)."""

import dataclasses
import threading
from collections.abc import Callable
from dataclasses import field
from functools import partial

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.oauth import TokenAnswer
from contracts_runner.engine.ports import Clock, Digest, Signed
from contracts_runner.engine.security_schemes import Authorization, AuthorizationError, place_text
from contracts_runner.errors import CredentialError, TransportError
from contracts_runner.model.credential import CapturedCredential, UserPassword
from contracts_runner.model.exchange import PendingCredential, Request, Response
from contracts_runner.model.http import find_field_fault
from contracts_runner.model.phase import Phase

_UNAUTHORIZED = 401
# A token is not used in the last part of its time, in seconds and as a share of it: it also has to get there.
_MARGIN_SECONDS = 10.0
_MARGIN_SHARE = 0.1

# (credential, refresh token or "", phase of what needs it, whether it was got before) -> token; raises TransportError.
Fetch = Callable[[PendingCredential, str, Phase, bool], TokenAnswer]


@dataclass(slots=True)
class _Token:
    text: str
    refresh_token: str
    expires_at: float | None
    is_proven: bool = False  # the service has taken it
    is_replacement: bool = False  # for one that the service did not take


@dataclass(slots=True)
class _Holder:
    """Holds the token of one credential."""

    fetch: Callable[[str, Phase, bool], TokenAnswer]
    clock: Clock
    _token: _Token | None = None
    _error: TransportError | None = None
    _in_vain: set[str] = field(default_factory=set)  # operations that did not take a new token either
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _is_fetching: bool = False

    def get(self, phase: Phase) -> _Token:
        """Return a token that has not run out; raises TransportError."""
        with self._lock:
            token = self._token
            if token is not None and (token.expires_at is None or self.clock.monotonic() < token.expires_at):
                return token
            return self._fetch(phase)

    def take(self, token: _Token, request: Request, response: Response, is_again: bool) -> bool:
        """Take the answer to a request with a token; returns True if there is another one now."""
        with self._lock:
            if response.status_code != _UNAUTHORIZED:
                token.is_proven = True
                return False
            if is_again:
                self._in_vain.add(request.operation)
                return False
            if self._token is not token:
                return True
            if request.operation in self._in_vain or (token.is_replacement and not token.is_proven):
                return False
            try:
                self._fetch(request.phase).is_replacement = True
            except TransportError:
                self._in_vain.add(request.operation)
                return False
            return True

    def _fetch(self, phase: Phase) -> _Token:
        if self._error is not None:
            raise self._error
        if self._is_fetching:
            raise CredentialError("what gets it needs it itself; write `auth: none` there", is_final=False)
        self._is_fetching = True
        try:
            answer = self._ask(phase)
        except TransportError as error:
            if not isinstance(error, CredentialError) or error.is_final:
                self._error = error
            raise
        finally:
            self._is_fetching = False
        self._token = _Token(answer.text, answer.refresh_token, self._find_end(answer.expires_in_seconds))
        return self._token

    def _ask(self, phase: Phase) -> TokenAnswer:
        """Renew the token where the service has said how; a refusal of that is no answer yet (RFC 6749 §6)."""
        held = self._token
        if held is not None and held.refresh_token:
            try:
                answer = self.fetch(held.refresh_token, phase, True)
            except CredentialError:
                pass
            else:
                return dataclasses.replace(answer, refresh_token=answer.refresh_token or held.refresh_token)
        return self.fetch("", phase, held is not None)

    def _find_end(self, seconds: float | None) -> float | None:
        if seconds is None:
            return None
        return self.clock.monotonic() + seconds - min(_MARGIN_SECONDS, seconds * _MARGIN_SHARE)


class Keyring:
    """Implements engine's Signer; thread-safe. `make_digest` makes what answers the challenges for a user."""

    def __init__(self, *, fetch: Fetch, make_digest: Callable[[UserPassword], Digest], clock: Clock) -> None:
        self._fetch, self._make_digest, self._clock = fetch, make_digest, clock
        self._holders: dict[object, _Holder] = {}
        self._digests: dict[PendingCredential, Digest] = {}
        self._lock = threading.Lock()

    def sign(self, request: Request) -> Signed:
        """Return the request with its credentials; raises CredentialError, or BlockedError."""
        takes: list[Callable[[Response, bool], bool]] = []
        signed = dataclasses.replace(request, pending=())
        # Last what is computed from the rest.
        for pending in sorted(request.pending, key=lambda each: isinstance(each.credential, UserPassword)):
            try:
                part, take = self._sign_part(pending, signed)
            except AuthorizationError as error:
                raise CredentialError(f"not sent: {error}") from error
            except CredentialError as error:
                raise CredentialError(f"not sent: {error}", is_final=error.is_final) from error
            signed = part.add_to(signed)
            takes.append(take)
        for name, value in signed.headers:
            if fault := find_field_fault(value):
                raise CredentialError(f"not sent: the header {name} cannot hold {fault}")

        def take_answer(response: Response, is_again: bool) -> bool:
            # Each is told, whatever the others say.
            found = [take(response, is_again) for take in takes]
            return any(found)

        return Signed(signed, take_answer)

    def _sign_part(
        self, pending: PendingCredential, request: Request
    ) -> tuple[Authorization, Callable[[Response, bool], bool]]:
        if isinstance(pending.credential, UserPassword):
            digest = self._find_digest(pending, pending.credential)
            value = digest.render(request)
            headers = (("Authorization", value),) if value else ()
            return Authorization("", headers=headers), partial(self._take_challenge, digest, request)
        holder = self._find_holder(pending)
        token = holder.get(request.phase)
        return place_text(pending.scheme, token.text), partial(holder.take, token, request)

    def _take_challenge(self, digest: Digest, request: Request, response: Response, is_again: bool) -> bool:
        return response.status_code == _UNAUTHORIZED and not is_again and digest.take(request, response)

    def _find_digest(self, pending: PendingCredential, user: UserPassword) -> Digest:
        with self._lock:
            if pending not in self._digests:
                self._digests[pending] = self._make_digest(user)
            return self._digests[pending]

    def _find_holder(self, pending: PendingCredential) -> _Holder:
        """Return what holds the token: one for all schemes that take a capture, one for each of OAuth's."""
        is_captured = isinstance(pending.credential, CapturedCredential)
        key: object = pending.credential if is_captured else pending
        with self._lock:
            if key not in self._holders:
                self._holders[key] = _Holder(partial(self._fetch, pending), self._clock)
            return self._holders[key]
