"""What of an environment is secret beside its credentials: what stands in addresses beside the host, and what is read
from `$NAME`."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

_SHORTEST = 4
_SHORTEST_NUMBER = 7
_WORD = re.compile(r"[^\W\d_]+")


def is_provable(value: str) -> bool:
    """Tell whether a value, found in a file, proves a leak: one word, or a number of a few digits, can be chance."""
    if value.isdigit():
        return len(value) >= _SHORTEST_NUMBER
    return len(value) >= _SHORTEST and not _WORD.fullmatch(value)


def split_credential(name: str, value: str) -> dict[str, str]:
    """Return a credential and, of `user:password`, the password too, by a name for each."""
    password = value.partition(":")[2]
    return {name: value} | ({f"{name}:password": password} if password else {})


def find_address_secrets(name: str, address: str) -> dict[str, str]:
    """Return what is secret in an address, by a name for each: user and password, and the values of its query.

    Scheme, host, port and path are not: they say where requests go.
    """
    values = dict.fromkeys(filter(None, _iter_address_secrets(address)))
    return {f"{name}:{number}" if number else name: value for number, value in enumerate(values)}


def _iter_address_secrets(address: str) -> Iterator[str]:
    place, _, query = address.partition("?")
    userinfo = place.rpartition("@")[0].rpartition("//")[2]
    user, _, password = userinfo.partition(":")
    # As it stands in the address, and as it is sent.
    yield from (userinfo, unquote(userinfo), password or user, unquote(password or user))
    yield from (value for _, value in parse_qsl(query) if is_provable(value))
