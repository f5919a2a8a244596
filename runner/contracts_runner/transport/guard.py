"""The write guard: what may not leave the process, whoever asks (docs/design.md, Safety)."""

from urllib.parse import urlsplit

from contracts_runner.errors import BlockedError
from contracts_runner.model.environment import WritePolicy
from contracts_runner.model.exchange import Request


class WriteGuard:
    """Keeps back writes that the policy forbids, and every request to another scheme, host or port than the base."""

    def __init__(self, *, base_url: str, writes: WritePolicy) -> None:
        self._origin = find_origin(base_url)
        self._writes = writes

    def permit(self, request: Request) -> None:
        """Return if the request may leave; raises BlockedError with the reason."""
        origin = find_origin(request.url)
        if origin != self._origin:
            raise BlockedError(f"not sent: the request would leave the environment's {'://'.join(self._origin[:2])}")
        # A proxy or a shared server goes by this header, whatever the connection says.
        if any(name.strip().lower() == "host" and not self._is_own_host(value) for name, value in request.headers):
            raise BlockedError("not sent: its header Host names another service than the environment")
        obstacle = self._writes.find_obstacle(request.operation, request.effect, is_probe=request.is_probe)
        if obstacle:
            raise BlockedError(obstacle)

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
