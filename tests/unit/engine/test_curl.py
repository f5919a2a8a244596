"""A command of curl sends the bytes of the request."""

import shlex
import shutil
import subprocess

import pytest

from contracts_runner.engine.curl import render_curl
from helpers.read_requests import RawRequest
from helpers.servers import always, answer, serve_raw

SENT = [("User-Agent", "contracts"), ("Accept", "application/json"), ("X-Empty", ""), ("X-Name", "Казань; 'x'")]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    ("method", "target", "headers", "body"),
    [
        ("GET", "/a/%2E%2E/b?c=d[1]{2,3}&e=%7C", SENT, None),
        ("GET", "/a/./../b", SENT, None),
        ("GET", "/a", [("User-Agent", "contracts")], None),
        ("HEAD", "/a", SENT, None),
        ("POST", "/a", [*SENT, ("Content-Type", "text/plain")], "@name of a file\r\nж"),
        ("POST", "/a", SENT, ""),
        ("DELETE", "/a", [*SENT, ("Content-Type", "application/json")], '{"a":"it\'s"}'),
        ("GET", "/a", SENT, "a"),
    ],
)
def test_curl_sends_the_same(method: str, target: str, headers: list[tuple[str, str]], body: str | None) -> None:
    with serve_raw(always(answer(), close=True)) as server:
        command = render_curl(method, server.base_url + target, headers, body)
        subprocess.run(
            [*shlex.split(command), "--silent", "--noproxy", "*"], capture_output=True, check=True, timeout=20
        )

    request = RawRequest(server.requests[0])
    assert (request.method, request.target, request.body.decode()) == (method, target, body or "")
    made_by_curl = {"Host", "Content-Length"}
    assert [each for each in request.headers if each[0] not in made_by_curl] == headers


def test_options_come_first_and_nothing_is_added_that_is_not_needed() -> None:
    assert render_curl("GET", "http://a.example/b", [("Accept", "*/*")], options=["-i"]) == (
        "curl -i -H 'Accept: */*' http://a.example/b"
    )
