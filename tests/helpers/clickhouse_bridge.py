"""A small ClickHouse HTTP server for tests: passes queries to the embedded engine, with users, TLS and faults.

It keeps what matters to our client from the protocol of a real server: Basic authentication, settings and parameters
in the URL or in a form, the limit on the size of a form field, error codes in a header. It has no sessions, no users
of its own engine and no streaming. Inserts come as Native blocks.
"""

import base64
import contextlib
import re
import ssl
import tempfile
import threading
from collections.abc import Mapping
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb
import lz4.frame

# http_max_field_value_size: a real server refuses a longer one, and a query cannot raise it.
FIELD_LIMIT = 128 * 1024
# What the transport itself reads; the rest of the URL are settings of the query.
_TRANSPORT = frozenset(
    (
        "query",
        "database",
        "buffer_size",
        "session_id",
        "session_timeout",
        "session_check",
        "query_id",
        "quota_key",
        "compress",
        "decompress",
        "role",
        "wait_end_of_query",
        "client_protocol_version",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "enable_http_compression",
        "default_format",
    )
)
_ERROR = re.compile(r"Code: (\d+)\.")
_INSERT = re.compile(rb"\s*INSERT INTO (.+?) FORMAT Native\n", re.DOTALL)


class Bridge:
    """The server. `users`: name -> password. `locked`: settings of the account. `fault`: a word that makes every
    request after the first `fault_after` ones go wrong. `refused`: pattern of a query with its parameters -> what the
    server says of it, beginning with the code, as in `Code: 497. …`. `told`: part of queries -> what stands in its
    place, for what the engine cannot be: an older version, one with policies. `external`: the files that came beside
    queries; without `takes_external` they are lost, as behind a proxy that knows nothing of them."""

    def __init__(self, *, users: Mapping[str, str], context: ssl.SSLContext | None = None) -> None:
        self.users = users
        self.fault = ""
        self.fault_after = 0
        self.requests: list[dict[str, str]] = []
        self.external: list[bytes] = []
        self.takes_external = True
        self.locked: Mapping[str, str] = {}
        self.refused: Mapping[str, str] = {}
        self.told: Mapping[str, str] = {}
        self.release = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.bridge = self  # type: ignore[attr-defined]  # the handler's way back
        self._server.daemon_threads = True
        self.scheme = "https" if context else "http"
        if context:
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def dsn(self, user: str = "reader", password: str = "sesame", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{user}:{password}@{host}:{self.port}"

    def stop(self) -> None:
        """Stop answering, as a server that is pulled away."""
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else the body waits until the client has confirmed the headers: 40 ms a query.
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on stderr."""

    def handle(self) -> None:
        # A client that does not like our certificate, or gives up, hangs up.
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            super().handle()

    @property
    def bridge(self) -> Bridge:
        return self.server.bridge  # type: ignore[attr-defined,no-any-return]  # set by Bridge

    def do_POST(self) -> None:
        body = self._read_body()
        if self.headers.get("Content-Encoding") == "lz4":
            body = lz4.frame.decompress(body)
        parameters = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        files: dict[str, bytes] = {}
        if self.headers.get_content_type() == "multipart/form-data":
            fields, files = _read_form(self.headers, body)
            if any(len(value.encode()) > FIELD_LIMIT for value in fields.values()):
                self._answer(400, b"Code: 1000. DB::Exception: HTML Form Exception: Field value too long", code="1000")
                return
            parameters |= fields
            body = b""
        self.bridge.requests.append(parameters)
        self.bridge.external.extend(files.values())
        if self._is_spoiled():
            return
        if not self._is_known():
            self._answer(401, b"Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)", code="516")
            return
        aim = " ".join([body.decode(errors="replace"), *parameters.values()])
        if refusal := next((text for part, text in self.bridge.refused.items() if re.search(part, aim)), ""):
            self._answer(500, refusal.encode(), code=refusal.split()[1].strip("."))
            return
        for part, other in self.bridge.told.items():
            body = body.replace(part.encode(), other.encode())
            parameters = {name: text.replace(part, other) for name, text in parameters.items()}
        try:
            self._answer(
                200, _execute(parameters, body, self.bridge.locked, files if self.bridge.takes_external else {})
            )
        except Exception as failure:
            text = str(failure)
            code = _ERROR.search(text)
            self._answer(500, text[text.find("Code:") :].encode(), code=code[1] if code else "1002")

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _is_known(self) -> bool:
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return False
        user, _, password = base64.b64decode(token).decode().partition(":")
        return self.bridge.users.get(user) == password

    def _is_spoiled(self) -> bool:
        bridge = self.bridge
        if not bridge.fault or len(bridge.requests) <= bridge.fault_after:
            return False
        match bridge.fault:
            case "hang":
                bridge.release.wait()
            case "hang up":
                self.close_connection = True
            case "cut once":
                bridge.fault = ""
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b"\x01")
                self.close_connection = True
            case "html":
                self._answer(200, b"<html>A login page</html>", content_type="text/html")
            case "bad gateway":
                self._answer(502, b"<html>Bad gateway</html>", content_type="text/html")
            case "redirect":
                self._answer(307, b"", location=f"{bridge.scheme}://127.0.0.1:{bridge.port}/elsewhere")
        return True

    def _answer(
        self,
        status: int,
        body: bytes,
        *,
        code: str = "",
        content_type: str = "application/octet-stream",
        location: str = "",
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if code:
            self.send_header("X-ClickHouse-Exception-Code", code)
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)


def _read_form(headers: Message, body: bytes) -> tuple[dict[str, str], dict[str, bytes]]:
    """Return the fields of a form, and its files."""
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    fields, files = {}, {}
    for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():  # type: ignore[attr-defined]  # EmailMessage
        name, content = str(part.get_param("name", header="Content-Disposition")), part.get_payload(decode=True)
        if part.get_filename() is None:
            fields[name] = content.decode()
        else:
            files[name] = content
    return fields, files


def _execute(
    parameters: Mapping[str, str], body: bytes, locked: Mapping[str, str], files: Mapping[str, bytes]
) -> bytes:
    """Run one query on a connection of its own, with the settings of the account, then of the request."""
    text = parameters.get("query", "").encode() + (b"\n" if parameters.get("query") and body else b"") + body
    with contextlib.closing(chdb.connect(":memory:")) as engine:
        for name, content in files.items():
            _hold(engine, name, parameters[f"{name}_structure"], parameters[f"{name}_format"], content)
        beside = {f"{name}_{word}" for name in files for word in ("structure", "format", "types")}
        settings = {
            name: value
            for name, value in parameters.items()
            if name not in _TRANSPORT and name not in beside and name[:6] != "param_"
        }
        for given in filter(None, (locked, settings)):
            # A quote in a value is doubled: that of a map has quotes.
            values = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in given.items()]
            engine.query(f"SET {', '.join(values)}")
        if parameters.get("database"):
            engine.query(f"USE `{parameters['database']}`")
        bound = {name[6:]: value for name, value in parameters.items() if name.startswith("param_")}
        insert = _INSERT.match(text)
        if insert:
            return _insert(engine, insert[1].decode(), text[insert.end() :])
        return bytes(engine.query(text.decode(), "TabSeparated", params=bound).bytes())


def _hold(engine: Any, name: str, structure: str, form: str, content: bytes) -> None:
    """Make a table of what came beside a query, for this connection."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        source = f"file('{file.name}', '{form}', '{structure}')"
        engine.query(f"CREATE TEMPORARY TABLE {name} ENGINE = Memory AS SELECT * FROM {source}")


def _insert(engine: Any, target: str, block: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "block.native"
        file.write_bytes(block)
        engine.query(f"INSERT INTO {target} FROM INFILE '{file.as_posix()}' FORMAT Native")
    return b""
