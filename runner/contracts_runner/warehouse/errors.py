"""The errors of ClickHouse and of the way to it: the phase turns both exceptions into the outcome `errored`.

The messages come from the exceptions of clickhouse_connect, its HTTP library and the embedded engine.
"""

import re
import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException
from urllib.parse import quote

from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.model.warehouse_beside import QueryLimits

# Codes with which ClickHouse turns an account away: UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD,
# IP_ADDRESS_NOT_ALLOWED, AUTHENTICATION_FAILED.
_REFUSED_ACCOUNT = frozenset({192, 193, 194, 195, 516})

# UNKNOWN_FUNCTION, UNKNOWN_IDENTIFIER, UNKNOWN_TABLE, SYNTAX_ERROR: to the first questions of a client only a server
# answers so that is older than what they ask for (18.16 has no column `readonly` of system.settings).
NOT_UNDERSTOOD = frozenset({46, 47, 60, 62})

_QUOTA_EXCEEDED = 201
# With these each further query would be refused, too.
_NO_MORE = _REFUSED_ACCOUNT | {_QUOTA_EXCEEDED}
_ACCESS_DENIED = 497
# TOO_MANY_ROWS, TIMEOUT_EXCEEDED, TOO_MANY_ROWS_OR_BYTES -> the bound of `limits`.
_BOUNDS = {158: "rows", 159: "seconds", 396: "groups"}
_CODE = re.compile(r"Code: (\d+), e\.displayText")
# TOO_SLOW, MEMORY_LIMIT_EXCEEDED, TOO_MANY_BYTES: bounds of the server.
_BOUNDS_OF_SERVER = {160: "time", 241: "memory", 307: "bytes read"}
_GRANT = re.compile(r"to have the grant (.+?)\.?(?= \(ACCESS_DENIED|$)")
_LACKS = "the account lacks a right: it needs GRANT "
# What the port for the native protocol answers to HTTP.
_NATIVE = "is for clickhouse-client program"
_NATIVE_PORTS = frozenset({9000, 9440})
# What Python says where the other side does not begin with TLS.
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})
_HTTP_PORTS = "the DSN needs that for HTTP: 8123, or 8443 for https"

# What answers may not be ClickHouse, and have sent a whole page.
_LONGEST = 600


class WarehouseUnavailable(Exception):
    """No usable connection. The message says why, without a password."""


class WarehouseQueryError(Exception):
    """The server refused or gave up one query; the message is the server's own, or what it means for the account."""


class AccessDeniedError(WarehouseQueryError):
    """The account lacks a right, which the message names; `grant`: as GRANT takes it, "" where it is not told."""

    grant = ""


class CannotJudgeError(WarehouseQueryError):
    """A type or a value that a check cannot judge: *errored*, never unequal. The message names it in one sentence."""


class BoundMetError(WarehouseQueryError):
    """A query looks at too much: `met` says which bound, `way` what helps beside `where`, `reason` is of the server."""

    def __init__(self, met: str, way: str, reason: str) -> None:
        super().__init__(met, way, reason)

    def __str__(self) -> str:
        return self.describe("")

    def describe(self, advice: str) -> str:
        """Return the message; `advice` says on what a `where` helps."""
        met, way, reason = self.args
        return f"the query met {met}; look at fewer rows with `where`{advice}, or {way}: {reason}"


class AnswerRefused(OSError):
    """What came is nothing that a ClickHouse answers, or too much of it; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(None, message)


class AnswerTooLarge(AnswerRefused):
    """The body of an answer is over the limit; the next query may have a smaller one."""


def find_code(failure: Exception) -> int | None:
    """Return ClickHouse's code of an error, None without one; old servers have it in the text alone."""
    code = getattr(failure, "code", None)
    found = _CODE.search(str(failure)) if code is None else None
    return int(found[1]) if found else code


def is_answer_too_large(failure: Exception) -> bool:
    """Return True where nothing is wrong but the size of one answer."""
    return any(isinstance(cause, AnswerTooLarge) for cause in _iter_causes(failure))


def is_connection_lost(failure: Exception) -> bool:
    """Return False for what ClickHouse says of one query, which always has an error code."""
    from clickhouse_connect.driver.exceptions import ProgrammingError

    code = find_code(failure)
    return code in _NO_MORE or (code is None and not isinstance(failure, ProgrammingError))


def is_answer_cut(failure: Exception) -> bool:
    """Return True where the connection ended within an answer: the client repeats a read only when none had begun."""
    causes = list(_iter_causes(failure))
    return any(isinstance(cause, HTTPException) for cause in causes) and not any(
        isinstance(cause, ConnectionResetError | BrokenPipeError) for cause in causes
    )


def build_query_error(failure: Exception, password: str, limits: QueryLimits) -> WarehouseQueryError:
    """Return what ClickHouse says of one query, and which of its bounds it met."""
    message, code = describe_failure(failure, password), find_code(failure)
    if bound := _BOUNDS.get(code or 0):
        return BoundMetError(f"its bound `{bound}: {getattr(limits, bound)}`", "set `limits`", message)
    if bound := _BOUNDS_OF_SERVER.get(code or 0):
        return BoundMetError(f"a bound of the server ({bound})", "let the account have more", message)
    if code != _ACCESS_DENIED:
        return WarehouseQueryError(message)
    error = AccessDeniedError(message)
    error.grant = message.removeprefix(_LACKS) if message.startswith(_LACKS) else ""
    return error


def describe_failure(failure: Exception, password: str = "", *, port: int | None = None) -> str:
    """Return one line on a failure, of a length that can be read, without the password in any spelling.

    `port`: of the server, where one that is usual for something else may be the reason.
    """
    text = " ".join(_describe(failure).split())
    if port in _NATIVE_PORTS and _HTTP_PORTS not in text and find_code(failure) is None:
        text += f"; {port} is usually the port for ClickHouse's own protocol, and {_HTTP_PORTS}"
    for secret in {password, quote(password, safe="")} - {""}:
        text = text.replace(secret, "***")
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _describe(failure: Exception) -> str:
    code = find_code(failure)
    if code in _REFUSED_ACCOUNT:
        return "ClickHouse does not accept the account (user name or password)"
    if isinstance(failure, ImportError):
        return (
            "there is no embedded ClickHouse here: install chdb-core (Linux, macOS), or name a server by an http(s) DSN"
        )
    for cause in _iter_causes(failure):
        if message := _describe_network(cause) or _describe_engine(cause):
            return message
    # The client shows the object that it has when the server sent no row.
    if "server version query: <clickhouse_connect" in str(failure):
        return "the server's first answer is empty: a setting of the account (offset, a filter) hides it"
    text = str(failure)
    if _NATIVE in text:
        return f"this is the port for ClickHouse's own protocol; {_HTTP_PORTS}"
    if "Code: " not in text and not type(failure).__module__.startswith("clickhouse_connect"):
        # It may quote anything.
        return type(failure).__name__
    # Over HTTP the client puts "Received ClickHouse exception, …, server response: " before the server's message.
    text = text[max(text.find("Code: "), 0) :]
    if code == _QUOTA_EXCEEDED:
        return f"the quota of the account is used up: {text}"
    if code == _ACCESS_DENIED and (grant := _GRANT.search(text)):
        return f"{_LACKS}{grant[1]}"
    return text or type(failure).__name__


def _iter_causes(failure: BaseException | None) -> Iterator[BaseException]:
    """Yield what lies under an exception; urllib3 keeps the reason of a failed request in `reason`."""
    seen: set[int] = set()
    while failure is not None and id(failure) not in seen:
        seen.add(id(failure))
        yield failure
        reason = getattr(failure, "reason", None)
        failure = reason if isinstance(reason, BaseException) else failure.__cause__ or failure.__context__


def _describe_network(cause: BaseException) -> str:
    """Return a message for the innermost kinds; "" for what only wraps one."""
    match cause:
        case AnswerRefused():
            return str(cause.strerror)
        case ssl.SSLCertVerificationError():
            return f"the certificate of the server is not accepted: {cause.verify_message}"
        case ssl.SSLError() if cause.reason in _NO_TLS:
            return f"no TLS connection: the server speaks none at this port; {_HTTP_PORTS}"
        case ssl.SSLError():
            return f"no TLS connection: {cause.reason or cause}"
        case socket.gaierror():
            return f"the name of the server cannot be resolved: {cause.strerror}"
        case TimeoutError():
            return "no answer in time"
        case ConnectionRefusedError():
            return "connection refused"
        case ConnectionError():
            return f"the connection broke: {cause.strerror or cause}"
        case OSError() if cause.strerror:
            return f"no connection: {cause.strerror}"
        case HTTPException():
            return "the answer broke off or is not HTTP"
    return ""


def _describe_engine(cause: BaseException) -> str:
    text = str(cause)
    if "already initialized with path" in text:
        return (
            "this process has an embedded ClickHouse open on another folder already; one is possible: write the same "
            "folder in each dsn, with databases of their own"
        )
    if "Error initializing EmbeddedServer" in text:
        return "the embedded ClickHouse cannot open its folder: another process has it open, or it cannot be written"
    return ""


def describe_missing(settings: WarehouseSettings | None, name: str = "") -> str:
    """Say why there is nothing to connect to; `name`: of the warehouse, among several."""
    if settings is None or not settings.missing:
        return "not configured: the environment names no warehouse" + (f" '{name}'" if name else "")
    return f"not configured: ${settings.missing} is not set"
