"""Where the requests of a flow point to: what is below what, and what was removed."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from contracts_runner.model.exchange import Exchange

# What cannot make a removed thing anew: after it, an answer with a success is about the thing that was there.
_NOT_MAKING = ("GET", "HEAD", "PATCH")


def is_below(exchange: Exchange, other: Exchange) -> bool:
    """Tell whether a request's path is that of another or begins with it, segment by segment."""
    path, start = _split(exchange), _split(other)
    return path[: len(start)] == start


def find_removal(history: Sequence[Exchange], exchange: Exchange) -> Exchange | None:
    """Return the latest DELETE of the history that removed what an exchange asks for, None without one."""
    if exchange.request.method not in _NOT_MAKING:
        return None
    removals = (each for each in reversed(history) if each.request.method == "DELETE")
    return next((each for each in removals if is_below(exchange, each)), None)


def _split(exchange: Exchange) -> list[str]:
    return urlsplit(exchange.request.url).path.rstrip("/").split("/")
