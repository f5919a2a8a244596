"""The text of a DSN to its parts, without ever repeating it in a message: it may hold a password."""

import re
from dataclasses import field
from urllib.parse import SplitResult, unquote, urlsplit

from contracts_runner.dataclass import dataclass
from contracts_runner.warehouse.errors import WarehouseUnavailable

_FORMS = "chdb://memory, chdb:///folder or http(s)://host:port/database, user and password before the host"
# ClickHouse's own protocol, and how other clients write their DSNs.
_NATIVE = re.compile(r"(jdbc|ch|clickhouses?|clickhousedb|native|tcps?)(\+\w+)?")
_DEFAULT_PORTS = {"http": 8123, "https": 8443}


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedDsn:
    """The engine inside this process; `path` is its folder, None for one in memory."""

    path: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerDsn:
    """A server; `scheme` is http or https."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str | None


def parse_dsn(text: str) -> EmbeddedDsn | ServerDsn:
    """Return the parts of a DSN; raises WarehouseUnavailable that says what is wrong with it.

    clickhouse_connect's own reading is not used: it takes `https://host:9440` for plain HTTP, and a query string may
    switch the check of the certificate off (`verify=false`).
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        # The original message may quote a piece of the password, so it is not chained either.
        raise WarehouseUnavailable(
            "the DSN cannot be read as a URL; percent-encode the special characters of its password"
        ) from None
    if _NATIVE.fullmatch(parts.scheme):
        raise WarehouseUnavailable(_explain_native(parts, port))
    if parts.query or parts.fragment:
        raise WarehouseUnavailable(
            "the DSN has something after ? or #; options are not taken from it, "
            "and these characters are written %3F and %23 in a password"
        )
    match parts.scheme:
        case "chdb":
            return _parse_embedded(parts)
        case "http" | "https":
            return _parse_server(parts, port)
        case _:
            raise WarehouseUnavailable(f"the DSN must be {_FORMS}")


def _explain_native(parts: SplitResult, port: int | None) -> str:
    """Say what to write in place of a DSN for another protocol, without a piece of it: any may be of the password."""
    is_secure = parts.scheme.endswith("s") or port in (8443, 9440) or re.search(r"\bsecure=(true|1)\b", parts.query)
    # Not as `user:password@`: in a report that is taken for somebody's.
    form = "https://host:8443/database" if is_secure else "http://host:8123/database"
    other = "" if is_secure else ", or with TLS https://host:8443/database"
    what = f"ClickHouse is asked over HTTP here, and {parts.scheme}:// is for another client"
    return f"{what}; write {form}{other}, with user and password before the host as now"


def _parse_embedded(parts: SplitResult) -> EmbeddedDsn:
    if parts.netloc == "memory" and parts.path in ("", "/"):
        return EmbeddedDsn(path=None)
    if not parts.netloc and len(parts.path) > 1:
        return EmbeddedDsn(path=unquote(parts.path))
    raise WarehouseUnavailable("an embedded ClickHouse is chdb://memory or chdb:///absolute/folder")


def _parse_server(parts: SplitResult, port: int | None) -> ServerDsn:
    if not parts.hostname:
        raise WarehouseUnavailable(f"the DSN names no host; it must be {_FORMS}")
    return ServerDsn(
        scheme=parts.scheme,
        host=parts.hostname,
        port=port or _DEFAULT_PORTS[parts.scheme],
        user=unquote(parts.username or "default"),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.strip("/")) or None,
    )
