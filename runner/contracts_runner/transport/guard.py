"""The write guard: what may not leave the process, whoever asks (docs/design.md, Safety)."""

import dataclasses
import re
from urllib.parse import urlsplit

from contracts_runner.engine.effects import Effects
from contracts_runner.errors import BlockedError
from contracts_runner.model.environment import WritePolicy
from contracts_runner.model.exchange import Request
from contracts_runner.model.http import TOKEN
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Effect

_ENDS_FIELD = re.compile(r"[\r\n\0]")


class WriteGuard:
    """Keeps back writes that the policy forbids, and every request to another scheme, host or port than the base."""

    def __init__(self, *, base_url: str, writes: WritePolicy, effects: Effects) -> None:
        self._origin = find_origin(base_url)
        self._writes = writes
        self._effects = effects
        self._token_addresses: set[str] = set()

    def allow_tokens(self, url: str) -> None:
        """Let requests for tokens go to an address that the environment, its spec or an OpenID document names."""
        self._token_addresses.add(url)

    def is_service(self, url: str) -> bool:
        """Tell whether a URL is that of the service, and not one of tokens elsewhere."""
        return find_origin(url) == self._origin

    def permit(self, request: Request) -> Request:
        """Return the request, if it may leave, with the effect that it has; raises BlockedError with the reason."""
        if request.token_of and request.url in self._token_addresses:
            # It is no write, whatever operation of the spec is at that address (docs/design.md, Project file).
            self._check_head(request)
            return request
        if find_origin(request.url) != self._origin:
            raise BlockedError(f"not sent: the request would leave the environment's {'://'.join(self._origin[:2])}")
        self._check_head(request)
        writer = self._effects.find_writer(request)
        if not writer:
            return request
        if request.phase is Phase.WAREHOUSE:
            raise BlockedError(f"not sent: {writer} writes, and a warehouse check only reads")
        if obstacle := self._writes.find_obstacle(writer, Effect.WRITE, is_probe=request.is_probe):
            raise BlockedError(obstacle)
        return dataclasses.replace(request, effect=Effect.WRITE)

    def _check_head(self, request: Request) -> None:
        """Raise BlockedError for a head by which the service would take something else than this request."""
        if not re.fullmatch(TOKEN, request.method):
            raise BlockedError("not sent: its method is no word of HTTP")
        for name, value in request.headers:
            if not re.fullmatch(TOKEN, name) or _ENDS_FIELD.search(value):
                raise BlockedError("not sent: one of its headers would not be one of HTTP")
            if name.lower() == "transfer-encoding":
                raise BlockedError(f"not sent: its header {name} would change where the request ends")
            # A proxy or a shared server goes by this header, whatever the connection says.
            if name.lower() == "host" and not self._is_own_host(value):
                raise BlockedError("not sent: its header Host names another service than the environment")

    def _is_own_host(self, value: str) -> bool:
        scheme, _, _ = self._origin
        try:
            return find_origin(f"{scheme}://{value.strip()}") == self._origin
        except ValueError:
            return False


def find_origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port, with the scheme's default port (RFC 6454 §4)."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), parts.port or {"http": 80, "https": 443}.get(scheme, 0)
