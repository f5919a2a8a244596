"""Whether a base URL can be reached, on the way that requests take: name, proxy, connection, TLS. None is sent."""

import http.client

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import NoResponseError
from contracts_runner.model.environment import Limits
from contracts_runner.transport.connection import Connection, Sending
from contracts_runner.transport.connector import Connector
from contracts_runner.transport.deadline import Watchdog
from contracts_runner.transport.failures import describe_failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachability:
    """`how` is what was seen, or what went wrong. `has_met_proxy`: a connection to the proxy could be set up."""

    is_reached: bool
    has_met_proxy: bool
    how: str


def probe_base_url(base_url: str, connector: Connector, limits: Limits) -> Reachability:
    """Set up a connection and close it again."""
    with Watchdog().limit(limits.exchange_seconds) as deadline:
        sending = Sending(deadline=deadline)
        connection = None
        try:
            connection = connector.build(connector.find_route(base_url), sending)
            connection.open()
            return Reachability(is_reached=True, has_met_proxy=True, how=_describe(connection))
        except (NoResponseError, http.client.HTTPException, OSError, ValueError) as error:
            has_met_proxy = connection is not None and connection.has_met_proxy
            failure = describe_failure(error, has_left=False, proxy=sending.proxy)
            how = f"{failure}{limits.explain(failure.limit)}"
            return Reachability(is_reached=False, has_met_proxy=has_met_proxy, how=how)
        finally:
            if connection is not None:
                connection.close()


def _describe(connection: Connection) -> str:
    route = connection.route
    if route.forward_proxy is not None:
        return f"connected to the proxy {route.forward_proxy.address}; whether it reaches the service shows a request"
    if route.tunnel_proxy is not None:
        way = f"connected through the proxy {route.tunnel_proxy.address}"
    else:
        address, port, *_ = connection.sock.getpeername()
        way = f"connected to {address} port {port}"
    if route.scheme != "https":
        return f"{way}, no TLS"
    until = connection.sock.getpeercert().get("notAfter", "an unknown day")
    return f"{way}, {connection.sock.version()}, certificate valid until {until}"
