"""Explains what went wrong with an exchange: no response (we could not find out) or a broken one (a failure)."""

import http.client
import socket
import ssl
from collections.abc import Iterator

from contracts_runner.errors import BadResponseError, NoResponseError, TransportError


def describe_failure(error: BaseException, *, has_left: bool, proxy: str = "") -> TransportError:
    """Return the error to raise for one of ours, http.client or the socket.

    `has_left`: the request's first byte had left. `proxy`: the address of the proxy, where that is the other end of the
    connection. The innermost cause that is known decides.
    """
    if isinstance(error, TransportError):
        return error
    causes = list(_iter_causes(error))
    found = next(filter(None, (_describe(cause, has_left, proxy) for cause in reversed(causes))), None)
    return found or NoResponseError(f"no response: {type(causes[-1]).__name__}: {causes[-1]}")


def _iter_causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        linked = [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
        waiting.extend(item for item in linked if isinstance(item, BaseException))


def _describe(cause: BaseException, has_left: bool, proxy: str) -> TransportError | None:
    other_end, of_proxy = (f"the proxy {proxy}", f" of the proxy {proxy}") if proxy else ("the service", "")
    connection = f"the connection to {other_end}" if proxy else "the connection"
    match cause:
        case http.client.RemoteDisconnected():
            return NoResponseError(f"{other_end} closed the connection without a response")
        case http.client.BadStatusLine() | http.client.UnknownProtocol():
            return BadResponseError("the response does not begin with an HTTP status line")
        case http.client.InvalidURL():
            return NoResponseError(f"the request was not sent: {cause}")
        case http.client.HTTPException():
            return BadResponseError(f"the response breaks HTTP: {cause}")
        case socket.gaierror():
            return NoResponseError(f"the host name{of_proxy} cannot be resolved (DNS)")
        case ssl.SSLCertVerificationError():
            return NoResponseError(f"the TLS certificate{of_proxy} is not trusted: {cause.verify_message}")
        case ssl.SSLError():
            return NoResponseError(f"TLS{of_proxy} failed: {cause.reason or cause}")
        case ConnectionRefusedError():
            return NoResponseError(f"{other_end} refused the connection" if proxy else "the connection was refused")
        case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError():
            return NoResponseError(f"{connection} was reset" + (" before the response was complete" * has_left))
        case TimeoutError():
            return NoResponseError(_describe_timeout(has_left, proxy), limit="first_byte" if has_left else "connect")
        case _:
            return None


def _describe_timeout(has_left: bool, proxy: str) -> str:
    if has_left:
        return "no answer within the time limit"
    return f"no connection through the proxy {proxy} in time" if proxy else "no connection in time"
