"""The write guard: what may not leave the process, whoever asks (docs/design.md, Safety)."""

import dataclasses
import re
from collections.abc import Iterable

from contracts_runner.engine.effects import Effects
from contracts_runner.errors import BlockedError
from contracts_runner.model.environment import WritePolicy
from contracts_runner.model.exchange import Request
from contracts_runner.model.http import TOKEN, Origin, find_origin
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Effect

_ENDS_FIELD = re.compile(r"[\r\n\0]")
_TOKEN = re.compile(TOKEN)


class WriteGuard:
    """Keeps back writes that the policy forbids, and every request to another scheme, host or port than the base and
    the further `addresses` that the environment names."""

    def __init__(self, *, base_url: str, writes: WritePolicy, effects: Effects, addresses: Iterable[str] = ()) -> None:
        self._origins = list(map(find_origin, (base_url, *addresses)))
        self._writes = writes
        self._effects = effects
        self._token_addresses: set[str] = set()

    def allow_tokens(self, url: str) -> None:
        """Let requests for tokens go to an address that the environment, its spec or an OpenID document names."""
        self._token_addresses.add(url)

    def is_service(self, url: str) -> bool:
        """Tell whether a URL is that of the service, and not one of tokens elsewhere."""
        return find_origin(url) in self._origins

    def permit(self, request: Request) -> Request:
        """Return the request, if it may leave, with the effect that it has; raises BlockedError with the reason."""
        origin = find_origin(request.url)
        if request.token_of and request.url in self._token_addresses:
            # It is no write, whatever operation of the spec is at that address (docs/design.md, Project file).
            _check_head(request, origin)
            return request
        if origin not in self._origins:
            named = ", ".join("://".join(each[:2]) for each in dict.fromkeys(self._origins))
            raise BlockedError(f"not sent: the request would leave the environment's {named}")
        _check_head(request, origin)
        writer = self._effects.find_writer(request)
        if not writer:
            return request
        if request.phase is Phase.WAREHOUSE:
            raise BlockedError(f"not sent: {writer} writes, and a warehouse check only reads")
        if obstacle := self._writes.find_obstacle(writer, Effect.WRITE, is_probe=request.is_probe):
            raise BlockedError(obstacle)
        return dataclasses.replace(request, effect=Effect.WRITE)


def _check_head(request: Request, origin: Origin) -> None:
    """Raise BlockedError for a head by which the service would take something else than this request."""
    if not _TOKEN.fullmatch(request.method):
        raise BlockedError("not sent: its method is no word of HTTP")
    for name, value in request.headers:
        if not _TOKEN.fullmatch(name) or _ENDS_FIELD.search(value):
            raise BlockedError("not sent: one of its headers would not be one of HTTP")
        if name.lower() == "transfer-encoding":
            raise BlockedError(f"not sent: its header {name} would change where the request ends")
        # A proxy or a shared server goes by this header, whatever the connection says.
        if name.lower() == "host" and not _is_own_host(value, origin):
            raise BlockedError("not sent: its header Host names another service than the environment")


def _is_own_host(value: str, origin: Origin) -> bool:
    try:
        return find_origin(f"{origin[0]}://{value.strip()}") == origin
    except ValueError:
        return False
