"""The connection: a read-only client with limits for our queries, and a plain one for loader and publishing."""

import atexit
import contextlib
import importlib
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from contracts_runner.errors import UsageError
from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.model.proxies import Proxy
from contracts_runner.model.warehouse_beside import NO_LIMITS, QueryLimits
from contracts_runner.warehouse.answers import AnswerLimits, bound_answers
from contracts_runner.warehouse.dsn import EmbeddedDsn, ServerDsn, parse_dsn
from contracts_runner.warehouse.errors import (
    NOT_UNDERSTOOD,
    WarehouseQueryError,
    WarehouseUnavailable,
    build_query_error,
    describe_failure,
    describe_missing,
    find_code,
    is_answer_cut,
    is_answer_too_large,
    is_connection_lost,
)
from contracts_runner.warehouse.query import bind_names
from contracts_runner.warehouse.settings import LIMITS, QUERY_SECONDS, describe_age, pin_settings, require_version

CONNECT_SECONDS = 5
# The server ends a query that takes too long; this is for a server that does not.
RESPONSE_SECONDS = QUERY_SECONDS + 10
# What a server needs to introduce itself, however small the answers of the service may be.
_LEAST_HEADER_BYTES, _LEAST_BODY_BYTES = 16 * 1024, 1024 * 1024

# The server's message without its address and version.
_ERRORS = "scrub"

# A traceback of the library on stderr would say less than our reason, and in the wrong place.
_NO_LOG = logging.NullHandler()

# The bounds of a query, and its `readonly`.
_Means = tuple[QueryLimits, str]
_PLAIN: _Means = (NO_LIMITS, "1")


class Warehouse:
    """An open connection; `database` is where the tables of the contracts are. The embedded engine has no accounts.

    `kept`: settings of ours that the account may not set and has already. `takes_external`: False once external data
    did not get through.
    """

    def __init__(
        self,
        *,
        open_client: Callable[[float], Any],
        database: str,
        limits: QueryLimits = NO_LIMITS,
        password: str = "",
        is_embedded: bool = False,
        open_raw: Callable[[], Any] | None = None,
        pools: Sequence[Any] = (),
        proxy: Proxy | None = None,
        port: int | None = None,
    ) -> None:
        self.database = database
        self.limits = limits
        self._open_client = open_client
        self._open_raw = open_raw or (lambda: open_client(RESPONSE_SECONDS))
        self._pools = pools
        self._proxy = proxy
        self._port = port
        self._password = password
        self.is_embedded = is_embedded
        self._raw: Any = None
        self.kept: Mapping[str, str] = {}
        self.takes_external = True
        # One for each set of bounds, which an account may be unable to set for one query, and one that reads files.
        self._clients: dict[_Means, Any] = {_PLAIN: self._open_for_queries(_PLAIN)}
        # An engine that is still open when Python ends prints "Exception in global_context->shutdown()".
        atexit.register(self.close)

    @property
    def raw_client(self) -> Any:
        """A client of clickhouse_connect without our limits, for a loader: it may write. Opened on first use."""
        if self._raw is None:
            self._raw = self._open(self._open_raw)
        return self._raw

    @property
    def is_account_read_only(self) -> bool:
        """True when the account could not write even without our own setting."""
        setting = self._clients[_PLAIN].server_settings.get("readonly")
        return setting is not None and setting.value != "0"

    def query(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        limits: QueryLimits = NO_LIMITS,
        external: Any = None,
        reads_file: bool = False,
    ) -> list[tuple[Any, ...]]:
        """Return the rows of one SELECT of ours; `limits` are its bounds, `external` is what a server gets beside it.

        `reads_file`: it reads a file of ours, which `readonly = 1` forbids; for the embedded engine alone.
        Raises WarehouseQueryError with the server's message, WarehouseUnavailable when the server is lost.
        """
        bound = bind_names(sql, parameters or {})
        means = limits, "2" if reads_file else "1"
        result = self._select(lambda client: client.query(sql, parameters=bound, external_data=external), means)
        return [tuple(row) for row in result.result_rows]

    def query_lines(self, sql: str, *, database: str, limits: QueryLimits = NO_LIMITS) -> list[bytes]:
        """Return each row of one SELECT of the author as a JSON object; raises what `query` raises. `database` is where
        names without one are looked up."""

        def ask(client: Any) -> bytes:
            # It stays so: whatever else the client sends has the database before each name.
            client.database = database
            # Without parameters the client leaves its text alone.
            answer: bytes = client.raw_query(sql, fmt="JSONEachRow")
            return answer

        return bytes(self._select(ask, (limits, "1"))).splitlines()

    def _select(self, ask: Callable[[Any], Any], means: _Means) -> Any:
        if means not in self._clients:
            self._clients[means] = self._open_bounded(means)
        try:
            return self._call(lambda: self._repeat_once(self._clients[means], ask), means[0])
        except WarehouseQueryError:
            self._discard_leftovers(means)
            raise

    def write(self, act: Callable[[Any], object]) -> None:
        """Call `act` with the client that may write; raises what `query` raises."""
        self._call(lambda: act(self.raw_client))

    def _repeat_once(self, client: Any, ask: Callable[[Any], Any]) -> Any:
        """Send a SELECT; once more when the connection was lost, as the client itself does before an answer begins.

        What did not come in time is not asked for again.
        """
        from clickhouse_connect.driver.exceptions import ClickHouseError

        try:
            return ask(client)
        except ClickHouseError as failure:
            if self.is_embedded or not is_answer_cut(failure):
                raise
            return ask(client)

    def _call(self, act: Callable[[], Any], limits: QueryLimits = NO_LIMITS) -> Any:
        from clickhouse_connect.driver.exceptions import ClickHouseError

        try:
            return act()
        except ClickHouseError as failure:
            if is_connection_lost(failure) and not is_answer_too_large(failure):
                raise self._unavailable(failure) from failure
            raise build_query_error(failure, self._password, limits.over(LIMITS)) from failure

    def close(self) -> None:
        """Close both clients; a second call does nothing."""
        atexit.unregister(self.close)
        for client in filter(None, (self._raw, *self._clients.values())):
            client.close()
        self._raw = None
        for pool in self._pools:
            pool.clear()

    def _discard_leftovers(self, means: _Means) -> None:
        """Take a new client after an error of the embedded engine.

        What a SELECT had written before it failed comes in front of the next answer of the same client: seen with
        chdb-core 26.9, after throwIf and after max_result_rows.
        """
        if self.is_embedded:
            # The new one first: an engine in memory forgets everything when its last client closes.
            failed, self._clients[means] = self._clients[means], self._open_for_queries(means)
            failed.close()

    def _open_bounded(self, means: _Means) -> Any:
        """Return a client with such bounds; an account that may not have them is no reason to give up the others."""
        try:
            return self._open_for_queries(means)
        except WarehouseUnavailable as problem:
            raise WarehouseQueryError(str(problem)) from problem

    def _open_for_queries(self, means: _Means) -> Any:
        limits, readonly = means
        seconds = (limits.seconds or QUERY_SECONDS) + RESPONSE_SECONDS - QUERY_SECONDS
        client = self._open(lambda: self._open_client(seconds))
        try:
            require_version(client.server_version)
            self.kept = pin_settings(client, is_session=self.is_embedded, limits=limits, readonly=readonly)
        except WarehouseUnavailable:
            client.close()
            raise
        except Exception as failure:
            client.close()
            raise self._unavailable(failure) from failure
        return client

    def _open(self, open_client: Callable[[], Any]) -> Any:
        try:
            return open_client()
        # What answers at that address may not be ClickHouse: then the client can raise anything.
        except Exception as failure:
            problem = self._unavailable(failure)
            if find_code(failure) in NOT_UNDERSTOOD:
                problem = WarehouseUnavailable(f"{describe_age('the server')}: {problem}")
            raise problem from failure

    def _unavailable(self, failure: Exception) -> WarehouseUnavailable:
        way = f", through the proxy {self._proxy.address}" if self._proxy else ""
        return WarehouseUnavailable(describe_failure(failure, self._password, port=self._port) + way)


def connect(settings: WarehouseSettings) -> Warehouse:
    """Open the warehouse of an environment; raises WarehouseUnavailable with the reason.

    The certificate of an https server is always verified, against `ca_bundle` if there is one.
    """
    if settings.dsn is None:
        raise WarehouseUnavailable(describe_missing(settings))
    dsn = parse_dsn(settings.dsn)
    logging.getLogger("clickhouse_connect").addHandler(_NO_LOG)
    if isinstance(dsn, EmbeddedDsn):
        return Warehouse(
            open_client=lambda _: _open_engine(dsn),
            database=settings.database,
            limits=settings.query_limits,
            is_embedded=True,
        )
    proxy = _find_proxy(settings, dsn)
    limits = AnswerLimits(
        header_bytes=max(settings.limits.header_bytes, _LEAST_HEADER_BYTES),
        body_bytes=max(settings.limits.body_bytes, _LEAST_BODY_BYTES),
        seconds=RESPONSE_SECONDS,
    )
    raw_pool = _build_pool(settings.ca_bundle, proxy, replace(limits, body_bytes=None, seconds=None))
    pools = [raw_pool]

    def open_client(seconds: float) -> Any:
        pools.append(_build_pool(settings.ca_bundle, proxy, replace(limits, seconds=seconds)))
        return _open_connection(dsn, pools[-1], compress=False, seconds=seconds)

    return Warehouse(
        open_client=open_client,
        open_raw=lambda: _open_connection(dsn, raw_pool, compress=True),
        database=choose_database(settings, dsn),
        limits=settings.query_limits,
        password=dsn.password,
        pools=pools,
        proxy=proxy,
        port=dsn.port,
    )


def import_driver(settings: WarehouseSettings) -> None:
    """Import what `connect` will need, early: a third of a second for the embedded engine.

    What cannot be imported, or a DSN that cannot be read, is reported by `connect`.
    """
    with contextlib.suppress(WarehouseUnavailable, ImportError):
        if settings.dsn is not None and isinstance(parse_dsn(settings.dsn), EmbeddedDsn):
            _import_engine()


def choose_database(settings: WarehouseSettings, dsn: ServerDsn) -> str:
    """Return the database of a server: the key `database` wins; "default" is what it has when it was left out."""
    return dsn.database if settings.database == "default" and dsn.database else settings.database


def _import_engine() -> Any:
    """Return clickhouse_connect; chdb is imported too, without pyarrow.

    chdb needs pyarrow, which brings numpy, only for results in Arrow's form; they would take half of the time. A later
    import of pyarrow finds it.
    """
    clickhouse_connect = importlib.import_module("clickhouse_connect")
    is_hidden = "pyarrow" not in sys.modules
    if is_hidden:
        sys.modules["pyarrow"] = None  # type: ignore[assignment]  # so Python refuses to import it
    try:
        importlib.import_module("chdb")
    finally:
        if is_hidden:
            del sys.modules["pyarrow"]
    return clickhouse_connect


def _open_engine(dsn: EmbeddedDsn) -> Any:
    try:
        clickhouse_connect = _import_engine()
    except ImportError:
        # Without the engine clickhouse_connect says what to install.
        import clickhouse_connect
    return clickhouse_connect.get_client(interface="chdb", path=dsn.path, show_clickhouse_errors=_ERRORS)


def _find_proxy(settings: WarehouseSettings, dsn: ServerDsn) -> Proxy | None:
    host = f"[{dsn.host}]" if ":" in dsn.host else dsn.host
    try:
        return settings.proxies.find(f"{dsn.scheme}://{host}:{dsn.port}")
    except UsageError as error:
        raise WarehouseUnavailable(str(error)) from None


def _build_pool(ca_bundle: Path | None, proxy: Proxy | None, limits: AnswerLimits) -> Any:
    """Return the connections of one warehouse; with a pool of ours the client looks up no proxy by rules of its own."""
    from clickhouse_connect.driver.httputil import get_pool_manager

    options: dict[str, Any] = {"http_proxy": proxy.url, "proxy_headers": dict(proxy.headers)} if proxy else {}
    pool = get_pool_manager(ca_cert=str(ca_bundle) if ca_bundle else None, **options)
    bound_answers(pool, limits)
    return pool


def _open_connection(dsn: ServerDsn, pool: Any, *, compress: bool, seconds: float = RESPONSE_SECONDS) -> Any:
    import clickhouse_connect
    from clickhouse_connect import common

    # The name of the operating system's user is private.
    common.set_setting("send_os_user", False)
    client: Any = clickhouse_connect.get_client(
        interface=dsn.scheme,
        host=dsn.host,
        port=dsn.port,
        username=dsn.user,
        password=dsn.password,
        connect_timeout=CONNECT_SECONDS,
        send_receive_timeout=seconds,
        compress=compress,
        query_retries=0,
        autogenerate_session_id=False,
        show_clickhouse_errors=_ERRORS,
        client_name="contracts",
        pool_mgr=pool,
    )
    client.http_retries = 0
    return client
