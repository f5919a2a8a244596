"""A service with everything that an HTTP client must survive: one behaviour for each name, served on a raw socket."""

import gzip
import json
import socket
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from helpers.servers import always, answer, reset

FAILED, ERRORED, PASSED = "failed", "errored", "passed"
Act = Callable[[socket.socket, bytes], None]

GOOD = b'{"text": "good"}'
GIGABYTE = 1024**3
# What would act if it were not escaped: on a terminal, in HTML, XML, a template, Markdown, a spreadsheet, a log.
CLEAR_SCREEN = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\r\x08"
PLANTS = {
    "terminal": CLEAR_SCREEN,
    "html": "</td><script>planted()</script><img src=x onerror=planted()>",
    "xml": "]]></failure><testcase name='planted'/>\x00\x0b\ufffe",
    "template": "{{ 7*191 }}{% include '/etc/passwd' %}",
    "markdown": "| planted | [x](javascript:planted()) ![i](http://127.0.0.1:1/planted)\n\n# planted",
    "formula": '=HYPERLINK("http://127.0.0.1:1/planted","x")',
    "formula-at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "lines": '\n{"seq":1,"type":"run_finished"}\n\u2028\u2029\x85',
    "path": "../../../planted",
    "markup": "[bold red]planted[/] [link=http://127.0.0.1:1/]x[/link]",
}


@dataclass(frozen=True)
class Behaviour:
    """What the service does, the outcome that it must have, and what a message must say (a regular expression)."""

    act: Act
    outcome: str
    says: str


def _raw(text: str, body: bytes = b"") -> Act:
    """Return a handler that sends this head (its line ends made CRLF) and body, and closes."""
    return always(text.strip("\n").replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body, close=True)


def _ok(body: bytes, *headers: str, media_type: str = "application/json") -> Act:
    return always(answer("200 OK", body, *headers, media_type=media_type))


def _head(*headers: str, status: str = "200 OK", body: bytes = GOOD) -> Act:
    return _raw("\n".join([f"HTTP/1.1 {status}", "Content-Type: application/json", *headers]), body)


def _chunked(body: bytes, *headers: str) -> Act:
    return _head("Transfer-Encoding: chunked", *headers, body=body)


def _forever(first: bytes, piece: bytes) -> Act:
    """Return a handler that sends without end, as fast as the client reads."""

    def act(connection: socket.socket, request: bytes) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(piece)

    return act


def _dribble(first: bytes) -> Act:
    """Return a handler that sends a byte now and then, each of them before any time-out of a socket."""

    def act(connection: socket.socket, request: bytes) -> None:
        connection.sendall(first)
        connection.settimeout(0.1)
        while True:
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                connection.sendall(b"x")

    return act


def _silent(first: bytes = b"") -> Act:
    """Return a handler that sends a beginning and then waits until the client gives up."""

    def act(connection: socket.socket, request: bytes) -> None:
        connection.sendall(first)
        while connection.recv(65536):
            pass

    return act


def _iter_bomb() -> Iterator[bytes]:
    """Yield a gzip body of one gigabyte of zeros, about one megabyte on the wire."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    # A block that ends with a full flush may be repeated.
    block = packer.compress(bytes(1024**2)) + packer.flush(zlib.Z_FULL_FLUSH)
    yield b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    for _ in range(GIGABYTE // 1024**2):
        yield block


def _bomb(connection: socket.socket, request: bytes) -> None:
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
    )
    for piece in _iter_bomb():
        connection.sendall(piece)


def _quoted(text: str) -> bytes:
    """Return a JSON body whose text a lax server wrote: only what JSON requires is escaped."""
    return json.dumps({"text": text}, ensure_ascii=False).encode("utf-8", "surrogatepass")


_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_SMUGGLED = answer("200 OK", b'{"text": "smuggled"}')

HEADS = {
    "oversize-header": Behaviour(_head("X-Long: " + "y" * 70_000), FAILED, "headers are over the limit of 65536 bytes"),
    "many-headers": Behaviour(_head(*["X-More: y"] * 9000), FAILED, "headers are over the limit"),
    "endless-headers": Behaviour(_forever(_ANSWER, b"X-More: y\r\n" * 100), FAILED, "headers are over the limit"),
    "endless-header-line": Behaviour(_forever(_ANSWER + b"X: ", b"y" * 4096), FAILED, "headers are over the limit"),
    "no-colon": Behaviour(
        _head("no colon here", "Content-Length: 16"), FAILED, "header 2 of the response has no colon"
    ),
    "nul-in-header": Behaviour(_head("X-Nul: a\0b"), FAILED, "header 2 .* has a NUL"),
    "cr-in-header": Behaviour(_head("X-Cr: a\rSet-Cookie: b=c"), FAILED, "header 2 .* has a carriage return"),
    "space-in-header-name": Behaviour(_head("Content-Length : 16"), FAILED, "a name that HTTP does not allow"),
    "length-too-long": Behaviour(_head("Content-Length: 99"), FAILED, "16 of 99 bytes came"),
    "length-too-short": Behaviour(_head("Content-Length: 4"), FAILED, "more bytes follow the end"),
    "length-negative": Behaviour(_head("Content-Length: -1"), FAILED, "Content-Length '-1', which is not a length"),
    "length-with-plus": Behaviour(_head("Content-Length: +16"), FAILED, r"Content-Length '\+16'"),
    "length-no-number": Behaviour(_head("Content-Length: many"), FAILED, "Content-Length 'many'"),
    "two-lengths": Behaviour(_head("Content-Length: 16", "Content-Length: 2"), FAILED, "two different Content-Lengths"),
    "length-announced-huge": Behaviour(_head("Content-Length: 999999999999"), FAILED, "announces 999999999999 bytes"),
    "length-and-chunks": Behaviour(_chunked(b"0\r\n\r\n", "Content-Length: 16"), FAILED, "both a Transfer-Encoding"),
    "http-0.9": Behaviour(always(b"<html>hello</html>", close=True), FAILED, "not begin with an HTTP status|middle of"),
    "http-0.9-lines": Behaviour(always(b"<html>\r\nhello\r\n", close=True), FAILED, "not begin with an HTTP status"),
    "http-2-preface": Behaviour(
        always(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", close=True),
        FAILED,
        "not begin with an HTTP status",
    ),
    "garbage-status-line": Behaviour(
        always(b"\0\xff\x1b[2J\r\n\r\n", close=True), FAILED, r"but with '\\x00\\xff\\x1b"
    ),
    "status-99": Behaviour(_head(status="99 Low"), FAILED, "not begin with an HTTP status"),
    "status-1000": Behaviour(_head(status="1000 High"), FAILED, "not begin with an HTTP status"),
    "status-999": Behaviour(_head(status="999 Odd"), FAILED, "status 999 is not declared"),
    "switching-protocols": Behaviour(_head("Upgrade: x", status="101 Switching"), FAILED, "another protocol"),
    "informational-flood": Behaviour(
        _forever(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), FAILED, "informational responses"
    ),
    "informational-first": Behaviour(
        always(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + answer("200 OK", GOOD)), PASSED, ""
    ),
    "continue-flood": Behaviour(_forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), FAILED, "informational responses"),
    "redirect-elsewhere": Behaviour(
        always(answer("302 Found", b"", "Location: http://127.0.0.1:1/planted")), FAILED, "status 302 is not declared"
    ),
    "redirect-loop": Behaviour(always(answer("301 Moved", b"", "Location: ?")), FAILED, "status 301 is not declared"),
    "set-cookie": Behaviour(_ok(GOOD, "Set-Cookie: planted=planted-cookie; Path=/"), PASSED, ""),
}

BODIES = {
    "chunk-size-bad": Behaviour(_chunked(b"zz\r\nabc\r\n0\r\n\r\n"), FAILED, "invalid chunk length: 'zz'"),
    "chunk-size-negative": Behaviour(_chunked(b"-5\r\nabcde\r\n0\r\n\r\n"), FAILED, "invalid chunk length: '-5'"),
    "chunk-size-prefixed": Behaviour(_chunked(b"0x10\r\n" + GOOD + b"\r\n0\r\n\r\n"), FAILED, "chunk length: '0x10'"),
    "chunk-size-huge": Behaviour(_chunked(b"F" * 5000 + b"\r\n"), FAILED, "chunk length of over 4096 bytes"),
    "chunk-size-wrong": Behaviour(
        _chunked(b"5\r\n" + GOOD + b"\r\n0\r\n\r\n"), FAILED, "does not end where its length"
    ),
    "chunk-cut-off": Behaviour(_chunked(b"FF\r\n" + GOOD), FAILED, "16 of 255 bytes came"),
    "chunks-without-end": Behaviour(_chunked(b"10\r\n" + GOOD + b"\r\n"), FAILED, "the last chunk is missing"),
    "endless-chunks": Behaviour(
        _forever(_ANSWER + b"Transfer-Encoding: chunked\r\n\r\n", (b"8000\r\n" + b" " * 32768 + b"\r\n") * 8),
        FAILED,
        "body is over the limit of 33554432 bytes",
    ),
    "endless-chunk-size": Behaviour(
        _forever(_ANSWER + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 4096), FAILED, "chunk length of over 4096"
    ),
    "endless-trailer": Behaviour(
        _forever(_ANSWER + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-More: y\r\n" * 99), FAILED, "trailer"
    ),
    "other-transfer-coding": Behaviour(_head("Transfer-Encoding: gzip, chunked"), FAILED, "not chunked alone"),
    "endless-body": Behaviour(_forever(_ANSWER + b"\r\n", b" " * 65536), FAILED, "body is over the limit"),
    "gzip-bomb": Behaviour(_bomb, FAILED, "over the limit of 33554432 bytes \\(decompressed\\)"),
    "gzip-truncated": Behaviour(_ok(gzip.compress(GOOD)[:-9], "Content-Encoding: gzip"), FAILED, "gzip: it is cut off"),
    "gzip-of-text": Behaviour(_ok(GOOD, "Content-Encoding: gzip"), FAILED, "gzip: incorrect header check"),
    "gzip-then-more": Behaviour(
        _ok(gzip.compress(GOOD) + b"more", "Content-Encoding: gzip"), FAILED, "gzip: incorrect"
    ),
    "gzip-bad-checksum": Behaviour(
        _ok(gzip.compress(GOOD)[:-8] + bytes(8), "Content-Encoding: gzip"), FAILED, "gzip: incorrect data check"
    ),
    "gzip-unsaid": Behaviour(_ok(gzip.compress(GOOD)), FAILED, "not UTF-8"),
    "deflate-garbage": Behaviour(_ok(b"\xff" * 9, "Content-Encoding: deflate"), FAILED, "Content-Encoding deflate"),
    "deflate-zlib": Behaviour(_ok(zlib.compress(GOOD), "Content-Encoding: deflate"), PASSED, ""),
    "brotli": Behaviour(_ok(b"\x0b\x02\x80{}\x03", "Content-Encoding: br"), FAILED, "Content-Encoding 'br'"),
    "unknown-coding": Behaviour(_ok(GOOD, "Content-Encoding: x-rot13"), FAILED, "'x-rot13', which .* not accept"),
    "many-codings": Behaviour(
        _ok(GOOD, "Content-Encoding: " + ", ".join(["gzip"] * 50)), FAILED, "the request did not accept"
    ),
    "deep-nesting": Behaviour(_ok(b"[" * 100_000 + b"]" * 100_000), FAILED, "nested deeper than 200 levels"),
    "deep-objects": Behaviour(_ok(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), FAILED, "nested deeper than 200"),
    "somewhat-deep": Behaviour(_ok(b'{"text": ' + b"[" * 250 + b"]" * 250 + b"}"), FAILED, "nested deeper than 200"),
    "invalid-json": Behaviour(_ok(b'{"text": "good",}'), FAILED, "not JSON"),
    "cut-json": Behaviour(_ok(b'{"text": "goo'), FAILED, "not JSON: unterminated string"),
    "python-repr": Behaviour(_ok(b"{'text': 'good'}"), FAILED, "not JSON"),
    "two-documents": Behaviour(_ok(GOOD + GOOD), FAILED, "not JSON: extra data"),
    "nan": Behaviour(_ok(b'{"text": NaN}'), FAILED, "holds NaN"),
    "infinity": Behaviour(_ok(b'{"text": -Infinity}'), FAILED, "holds -Infinity"),
    "duplicate-keys": Behaviour(_ok(b'{"text": "good", "text": "bad"}'), FAILED, 'property "text" twice'),
    "byte-order-mark": Behaviour(_ok(b"\xef\xbb\xbf" + GOOD), FAILED, "byte order mark"),
    "utf-16": Behaviour(_ok(GOOD.decode().encode("utf-16-le")), FAILED, "not JSON"),
    "invalid-utf-8": Behaviour(_ok(b'{"text": "\xc3\x28"}'), FAILED, "not UTF-8: byte 0xc3 at offset 10"),
    "overlong-utf-8": Behaviour(_ok(b'{"text": "\xc0\xae"}'), FAILED, "not UTF-8: byte 0xc0"),
    "windows-1251": Behaviour(
        _ok('{"text": "ошибка"}'.encode("cp1251"), media_type="application/json; charset=windows-1251"),
        FAILED,
        "not UTF-8",
    ),
    "lone-surrogate": Behaviour(_ok(rb'{"text": "\ud800"}'), FAILED, "lone surrogate"),
    "raw-surrogate": Behaviour(_ok(b'{"text": "\xed\xa0\x80"}'), FAILED, "not UTF-8"),
    "huge-integer": Behaviour(_ok(b'{"text": ' + b"9" * 100_000 + b"}"), FAILED, "number with thousands of digits"),
    "huge-exponent": Behaviour(_ok(b'{"text": 1e999999999}'), FAILED, "1e999999999, which is out of range"),
    "huge-fraction": Behaviour(_ok(b'{"text": 0.' + b"9" * 100_000 + b"}"), FAILED, r"\$\.text"),
    "many-keys": Behaviour(
        _ok(b"{" + b",".join(b'"k%d":1' % n for n in range(100_000)) + b"}"), FAILED, "lacks|required|text"
    ),
    "media-type-wrong": Behaviour(_ok(GOOD, media_type="text/html"), FAILED, "media type text/html is not declared"),
    "media-type-missing": Behaviour(_raw("HTTP/1.1 200 OK\nContent-Length: 16", GOOD), FAILED, "no Content-Type"),
    "media-type-invalid": Behaviour(_ok(GOOD, media_type=";;/=\x1b[2J"), FAILED, "Content-Type|media type"),
    "two-media-types": Behaviour(_ok(GOOD, "Content-Type: text/plain"), FAILED, "media type"),
    "empty-body": Behaviour(_ok(b""), FAILED, "the body is empty"),
    "blank-body": Behaviour(_ok(b" \r\n\t"), FAILED, "it is blank"),
    "body-on-204": Behaviour(
        _head(status="204 No Content"), FAILED, r"more bytes follow .* \(a response of status 204"
    ),
    "body-on-304": Behaviour(
        _head("Content-Length: 16", status="304 Not Modified"), FAILED, "more bytes follow the end"
    ),
    "repeated-response": Behaviour(always(answer("200 OK", GOOD) + _SMUGGLED), FAILED, "more bytes follow the end"),
    "split-after-chunks": Behaviour(_chunked(b"0\r\n\r\n" + _SMUGGLED), FAILED, "more bytes follow the end"),
}

CONNECTIONS = {
    "close-at-once": Behaviour(always(b"", close=True), ERRORED, "closed the connection without a response"),
    "close-in-status-line": Behaviour(always(b"HTTP/1.1 2", close=True), FAILED, "ended in the middle of its headers"),
    "close-in-headers": Behaviour(always(_ANSWER, close=True), FAILED, "ended in the middle of its headers"),
    "close-after-continue": Behaviour(
        always(b"HTTP/1.1 100 Continue\r\n\r\n", close=True), ERRORED, "closed the connection without a response"
    ),
    "reset-at-once": Behaviour(reset(b""), ERRORED, "reset|without a response"),
    "reset-in-headers": Behaviour(reset(_ANSWER), ERRORED, "the connection was reset"),
    "reset-in-body": Behaviour(reset(_ANSWER + b"Content-Length: 99\r\n\r\n{"), ERRORED, "the connection was reset"),
    "never-answers": Behaviour(_silent(), ERRORED, "no answer within"),
    "stops-in-headers": Behaviour(_silent(_ANSWER), ERRORED, "no answer within"),
    "stops-in-body": Behaviour(
        _silent(_ANSWER + b"Content-Length: 99\r\n\r\n{"), ERRORED, "stopped in its middle: nothing more came for 2 s"
    ),
    "dribble-of-status": Behaviour(_dribble(b"HTTP/1.1 200 "), ERRORED, "no complete response within 6 s"),
    "dribble-of-headers": Behaviour(_dribble(_ANSWER + b"X: "), ERRORED, "no complete response within 6 s"),
    "dribble-of-body": Behaviour(_dribble(_ANSWER + b"\r\n"), ERRORED, "no complete response within 6 s"),
    "dribble-of-chunks": Behaviour(
        _dribble(_ANSWER + b"Transfer-Encoding: chunked\r\n\r\nFFFF\r\n"), ERRORED, "no complete response within 6 s"
    ),
}

TEXTS = {
    f"text-{name}": Behaviour(
        _ok(_quoted(text), f"X-Planted: {text.encode('unicode_escape').decode()}"), FAILED, "text"
    )
    for name, text in PLANTS.items()
} | {
    "raw-control-in-json": Behaviour(_ok(b'{"text": "\x1b[2J\x07"}'), FAILED, "not JSON: invalid control character"),
    "html-page": Behaviour(
        _ok(b"<script>planted()</script>" + CLEAR_SCREEN.encode(), media_type="text/html"), FAILED, "text/html"
    ),
    "control-in-reason": Behaviour(_head("Content-Length: 16", status="404 \x1b[2J<script>"), FAILED, "status 404"),
    "control-in-header": Behaviour(
        _head("Content-Length: 2", "X-Planted: \x1b[2J\x9b31m<b>", body=b"{}"), FAILED, "text"
    ),
    "planted-keys": Behaviour(
        _ok(b'{"text": "bad", "\\u001b[2J<script>": "=1+1", "../../planted": "|"}'), FAILED, "text"
    ),
}

BEHAVIOURS: dict[str, Behaviour] = HEADS | BODIES | CONNECTIONS | TEXTS


def act_hostile(connection: socket.socket, request: bytes) -> None:
    """Do what the last segment of the request's path names; "good" answers well."""
    name = request.split(b" ", 2)[1].decode().rpartition("/")[2].partition("?")[0]
    if name == "good":
        connection.sendall(answer("200 OK", GOOD))
    else:
        BEHAVIOURS[name].act(connection, request)
