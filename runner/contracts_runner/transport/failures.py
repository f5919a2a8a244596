"""Explains what went wrong with an exchange: no response (we could not find out) or a broken one (a failure)."""

import http.client
import socket
import ssl
from collections.abc import Iterator

import urllib3

from contracts_runner.errors import BadResponseError, NoResponseError, TransportError


def describe_failure(error: BaseException, *, has_left: bool) -> TransportError:
    """Return the error to raise for one of requests, urllib3, http.client or the socket.

    `has_left`: the request's first byte had left. The innermost cause that is known decides.
    """
    causes = list(_iter_causes(error))
    found = next(filter(None, (_describe(cause, has_left) for cause in reversed(causes))), None)
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


def _describe(cause: BaseException, has_left: bool) -> TransportError | None:
    match cause:
        case http.client.RemoteDisconnected():
            return NoResponseError("the service closed the connection without a response")
        case http.client.BadStatusLine() | http.client.UnknownProtocol():
            return BadResponseError("the response does not begin with an HTTP status line")
        case http.client.HTTPException():
            return BadResponseError(f"the response breaks HTTP: {cause}")
        case socket.gaierror():
            return NoResponseError("the host name cannot be resolved (DNS)")
        case ssl.SSLCertVerificationError():
            return NoResponseError(f"the TLS certificate is not trusted: {cause.verify_message}")
        case ssl.SSLError():
            return NoResponseError(f"TLS failed: {cause.reason or cause}")
        case ConnectionRefusedError():
            return NoResponseError("the connection was refused")
        case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError():
            return NoResponseError("the connection was reset" + (" before the response was complete" * has_left))
        case urllib3.exceptions.ConnectTimeoutError():
            return NoResponseError("no connection within the time limit")
        case urllib3.exceptions.ReadTimeoutError() | TimeoutError():
            return NoResponseError("no answer within the time limit" if has_left else "no connection in time")
        case _:
            return None
