"""The way to a service: direct, or through a proxy."""

from contracts_runner.dataclass import dataclass
from contracts_runner.model.credential import ClientCertificate
from contracts_runner.model.proxies import Proxy

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How a service is reached. `host` is as it goes out: lower case, IDNA, an IPv6 address without brackets.
    `certificate` is shown to the service, never to a proxy."""

    scheme: str
    host: str
    port: int
    proxy: Proxy | None
    certificate: ClientCertificate | None = None

    @property
    def tunnel_proxy(self) -> Proxy | None:
        """The proxy that opens a tunnel to the service; it sees TLS only."""
        return self.proxy if self.scheme == "https" else None

    @property
    def forward_proxy(self) -> Proxy | None:
        """The proxy that gets the requests themselves, each with the whole URL as its target (RFC 9112 §3.2.2)."""
        return self.proxy if self.scheme == "http" else None

    @property
    def authority(self) -> str:
        """Host and port, also the default one (RFC 9112 §3.2.3)."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host, and a port that is not the default one."""
        return f"{self.scheme}://{self.authority.removesuffix(f':{_PORTS[self.scheme]}')}"
