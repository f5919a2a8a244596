"""`contracts run` through a proxy: what is counted, what is told, what is never written down."""

import json
from pathlib import Path

import pytest

from helpers.command import run_contracts
from helpers.ledger_reader import read_lines
from helpers.proxies import PROXY_CREDENTIALS, open_route, serve_proxy
from helpers.servers import always, answer, find_closed_port, serve_raw
from helpers.shop import write_project

SECRET = PROXY_CREDENTIALS.partition(":")[2]
WRITE = """
- id: "1"
  title: Add
  steps:
    - {name: add, operation: addThing, body: {name: a}}
    - {name: read, operation: getThing, parameters: {id: 1}}
"""
ANSWER = always(answer("201 Created", b'{"id": 1, "name": "a"}'))


@pytest.mark.parametrize("kind", ["forward", "tunnel"])
def test_what_leaves_for_a_proxy_is_counted_once_and_its_password_is_written_nowhere(tmp_path: Path, kind: str) -> None:
    """A credential of the service goes through, that of the proxy stays with it."""
    with serve_raw(ANSWER) as service, open_route(kind, service.base_url, tmp_path) as (base_url, keys, proxy):
        settings = "".join(f"{key}: {value}\n" for key, value in keys.items())
        write_project(tmp_path, WRITE, base_url=base_url, more_settings=settings)
        done = run_contracts("run", "--output", "out", cwd=tmp_path)

    totals = done.results["totals"]
    sent = [line for line in read_lines(done.folder) if line["type"] == "request_sent"]
    assert (totals["requests_sent"], totals["writes_sent"], len(sent)) == (2, 1, 2)
    assert [request.split(b" ")[0] for request in service.requests] == [b"POST", b"GET"]
    assert all(b"very-secret-key-1" in request for request in service.requests)
    assert not any(b"proxy-" in request.lower() for request in service.requests)
    assert proxy is not None
    assert not any(b"very-secret-key-1" in request for request in proxy.requests) or kind == "forward"
    written = [path.read_bytes() for path in tmp_path.glob("out*/**/*") if path.is_file()]
    assert written
    assert not any(SECRET.encode() in content for content in [*written, done.stdout.encode(), done.stderr.encode()])


def test_what_a_proxy_repeats_of_its_password_is_redacted(tmp_path: Path) -> None:
    """A 407 page may quote the header that it does not like."""

    def quote(connection: object, request: bytes) -> None:
        line = next(line for line in request.split(b"\r\n") if line.startswith(b"Proxy-Authorization"))
        body = json.dumps({"code": line.decode(), "plain": SECRET}).encode()
        connection.sendall(answer("404 Not Found", body))  # type: ignore[attr-defined]

    with serve_raw(quote) as proxy:
        scenario = (
            '[{id: "1", title: A, steps: [{name: a, operation: getThing, parameters: {id: 1}, expect: {status: 404}}]}]'
        )
        url = proxy.base_url.replace("://", f"://{PROXY_CREDENTIALS}@")
        write_project(tmp_path, scenario, base_url="http://shop.example.test", more_settings=f"proxy: {url}")
        done = run_contracts("run", "--output", "out", cwd=tmp_path)

    assert done.outcomes == {"1": "passed"}, done.stdout + done.stderr
    artifact = next((done.folder / "artifacts").rglob("*.json")).read_text(encoding="utf-8")
    assert "<credential proxy: sha256:" in artifact
    assert SECRET not in artifact


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_errored_and_nothing_is_counted(tmp_path: Path, scheme: str) -> None:
    address = f"127.0.0.1:{find_closed_port()}"
    write_project(tmp_path, WRITE, base_url=f"{scheme}://shop.example.test", more_settings=f"proxy: http://{address}")

    done = run_contracts("run", "--output", "out", cwd=tmp_path)

    assert (done.code, done.outcomes) == (3, {"1": "errored"})
    assert f"the proxy {address} refused the connection" in done.results["scenarios"][0]["reason"]
    assert (done.results["totals"]["requests_sent"], done.results["totals"]["writes_sent"]) == (0, 0)


def test_a_proxy_that_opens_no_tunnel_is_errored_and_nothing_is_counted(tmp_path: Path) -> None:
    with serve_proxy(credentials=PROXY_CREDENTIALS) as proxy:
        settings = f"proxy: {proxy.base_url}"
        write_project(tmp_path, WRITE, base_url="https://shop.example.test", more_settings=settings)
        done = run_contracts("run", "--output", "out", cwd=tmp_path)

    assert (done.code, done.outcomes) == (3, {"1": "errored"})
    assert "wants a user and a password in its URL (407)" in done.results["scenarios"][0]["reason"]
    assert done.results["totals"]["requests_sent"] == 0


def test_a_variable_that_names_no_proxy_ends_the_run_before_its_first_request(tmp_path: Path) -> None:
    write_project(tmp_path, WRITE, base_url="http://shop.example.test")

    done = run_contracts(
        "run", "--output", "out", cwd=tmp_path, http_proxy=f"socks5://{PROXY_CREDENTIALS}@127.0.0.1:9", no_proxy=""
    )

    assert done.code == 2
    assert "the variable http_proxy of the process environment: a proxy of the kind 'socks5'" in done.stderr
    assert SECRET not in done.stderr
    assert not done.folder.exists()
