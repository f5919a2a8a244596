"""Documents are fetched within bounds: redirects are followed, pages and errors are none."""

from typing import Any

import pytest

from contracts_runner.errors import UsageError
from contracts_runner.run import fetching
from contracts_runner.run.fetching import bound_fetch, fetch_document
from helpers.servers import answer, find_closed_port, serve_raw

ANSWERS = {
    "/there": answer(body=b"openapi: 3.1.0"),
    "/moved": answer("302 Found", b"", "Location: /there"),
    "/circle": answer("307 Temporary Redirect", b"", "Location: /circle"),
    "/file": answer("301 Moved Permanently", b"", "Location: file:///etc/hostname"),
    "/page": answer(body=b"<html>", media_type="text/html"),
    "/gone": answer("410 Gone"),
}
REFUSED = {
    "/circle": "more than 5 redirects",
    "/file": "is not followed",
    "/page": "the answer is a page",
    "/gone": "the answer is 410, no document; if it wants a credential, download it, and name the file",
}


def respond(connection: Any, request: bytes) -> None:
    connection.sendall(ANSWERS[request.split()[1].decode().partition("?")[0]])


def test_a_document_is_known_by_the_address_that_it_has_in_the_end() -> None:
    with serve_raw(respond) as server:
        assert fetch_document(f"{server.base_url}/moved?x=1") == (f"{server.base_url}/there", b"openapi: 3.1.0")


@pytest.mark.parametrize("path", sorted(REFUSED))
def test_what_is_no_document_is_told(path: str) -> None:
    with serve_raw(respond) as server, pytest.raises(UsageError, match=REFUSED[path]) as raised:
        fetch_document(f"{server.base_url}{path}?token=secret")

    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("url", ["http://user:secret@127.0.0.1/", "http://127.0.0.1:PORT/"])
def test_what_cannot_be_fetched_is_told(url: str) -> None:
    with pytest.raises(UsageError, match=r"127\.0\.0\.1") as raised:
        fetch_document(url.replace("PORT", str(find_closed_port())))

    assert "secret" not in str(raised.value)


def test_no_redirect_leads_from_elsewhere_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "is_local", lambda url: url.endswith("/there"))

    with serve_raw(respond) as server, pytest.raises(UsageError, match="is not followed"):
        fetch_document(f"{server.base_url}/moved")

    assert [request.split()[1] for request in server.requests] == [b"/moved"]


def test_after_ten_minutes_nothing_more_is_fetched() -> None:
    times = iter([0.0, 600.0, 601.0])
    fetch = bound_fetch(lambda: next(times))

    with serve_raw(respond) as server:
        fetch(f"{server.base_url}/there")
        with pytest.raises(UsageError, match="all files together take more than 600 s"):
            fetch(f"{server.base_url}/there")

    assert len(server.requests) == 1
