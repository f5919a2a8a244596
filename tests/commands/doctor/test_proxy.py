"""What `contracts doctor` says of the proxy: whether it is there, and whether the service is behind it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from helpers.command import Finished, run_contracts
from helpers.proxies import make_authority, serve_proxy
from helpers.servers import RawServer, always, answer, find_closed_port, serve_raw
from helpers.shop import READ, write_project

SECRET = "proxy-secret-1"


def examine(folder: Path, base_url: str, *, more: str = "", **environ: str) -> tuple[Finished, dict[str, Any]]:
    write_project(folder, READ, base_url=base_url, more_settings=more)
    done = run_contracts("doctor", "--format", "json", cwd=folder, **environ)
    assert SECRET not in done.stdout + done.stderr
    return done, {finding["name"]: finding for finding in json.loads(done.stdout)["findings"]}


def with_credentials(proxy: RawServer) -> str:
    return proxy.base_url.replace("://", f"://someone:{SECRET}@")


def test_the_proxy_is_named_with_a_fingerprint_of_its_password(tmp_path: Path) -> None:
    with serve_proxy() as proxy:
        done, found = examine(tmp_path, "http://shop.example.test", HTTP_PROXY=with_credentials(proxy), NO_PROXY="")

    assert (done.code, found["proxy"]["status"], found["proxy"]["value"]) == (0, "ok", proxy.base_url)
    assert re.search("with the credential [0-9a-f]{8}$", found["proxy"]["detail"])
    assert "connected to the proxy" in found["base URL"]["detail"]
    assert [head.partition(b"\r\n")[0] for head in proxy.requests] == [b"GET http://shop.example.test/things HTTP/1.1"]


def test_a_service_behind_a_proxy_is_looked_at_through_it(tmp_path: Path) -> None:
    authority = make_authority()
    (tmp_path / "ca.pem").write_bytes(authority.pem)

    with (
        serve_raw(always(answer()), context=authority.context) as service,
        serve_proxy(credentials=f"someone:{SECRET}") as proxy,
    ):
        settings = f"proxy: {with_credentials(proxy)}\nca_bundle: ca.pem"
        done, found = examine(tmp_path, service.base_url, more=settings, NO_PROXY="*")

    assert (done.code, found["base URL"]["status"], found["proxy"]["status"]) == (0, "ok", "ok")
    assert "connected through the proxy 127.0.0.1:" in found["base URL"]["detail"]
    assert "certificate valid until" in found["base URL"]["detail"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_the_problem(tmp_path: Path, scheme: str) -> None:
    port = find_closed_port()

    done, found = examine(
        tmp_path, f"{scheme}://shop.example.test", more=f"proxy: http://someone:{SECRET}@127.0.0.1:{port}"
    )

    assert (done.code, found["proxy"]["status"], found["base URL"]["status"]) == (3, "problem", "problem")
    assert found["base URL"]["detail"] == f"the proxy 127.0.0.1:{port} refused the connection"


def test_a_service_that_is_not_there_is_told_apart_from_its_proxy(tmp_path: Path) -> None:
    with serve_proxy() as proxy:
        done, found = examine(tmp_path, f"https://127.0.0.1:{find_closed_port()}", more=f"proxy: {proxy.base_url}")

    assert (done.code, found["proxy"]["status"], found["base URL"]["status"]) == (3, "ok", "problem")
    assert "opens no connection to the service" in found["base URL"]["detail"]


def test_without_a_proxy_there_is_no_word_of_it(tmp_path: Path) -> None:
    with serve_raw(always(answer())) as service:
        _, found = examine(tmp_path, service.base_url, HTTP_PROXY="http://127.0.0.1:9", NO_PROXY="127.0.0.1")

    assert "proxy" not in found
    assert found["base URL"]["status"] == "ok"
