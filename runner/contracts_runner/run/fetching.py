"""Fetches documents over http(s), on their author's command: `contracts init` alone does."""

import os
import time
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

from contracts_runner.errors import SourceLocation, TransportError, UsageError
from contracts_runner.maintenance.drafts.document_files import Fetch, is_local
from contracts_runner.model.environment import Environment, Limits
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.proxies import Proxies
from contracts_runner.model.spec import Effect
from contracts_runner.run.connections import USER_AGENT, open_transport

_MOST_BYTES = 256 << 20
_MOST_REDIRECTS = 5
_MOST_SECONDS = 600
_HEADERS = (("Accept", "application/json, application/yaml, */*;q=0.5"), ("User-Agent", USER_AGENT))


def bound_fetch(now: Callable[[], float] = time.monotonic) -> Fetch:
    """Return `fetch_document` for several minutes: a service may refer from each document to the next, for ever."""
    end = now() + _MOST_SECONDS

    def fetch(url: str) -> tuple[str, bytes]:
        if now() > end:
            raise UsageError(f"{show_url(url)}: not fetched, since all files together take more than {_MOST_SECONDS} s")
        return fetch_document(url)

    return fetch


def fetch_document(url: str) -> tuple[str, bytes]:
    """Return the URL at which a document is in the end, and its bytes; raises UsageError.

    No credential is sent. A redirect from https to http is not followed, nor one from elsewhere to this machine.
    """
    address = url
    for _ in range(_MOST_REDIRECTS + 1):
        response = _get(address)
        target = response.header("Location")
        if response.status_code not in (301, 302, 303, 307, 308) or not target:
            if response.status_code != 200:
                raise UsageError(
                    f"{show_url(url)}: the answer is {response.status_code}, no document; if it wants a credential, "
                    "download it, and name the file"
                )
            if response.media_type == "text/html":
                raise UsageError(
                    f"{show_url(address)}: the answer is a page, no document; download it, and name the file"
                )
            return address, response.body
        following = urljoin(address, target)
        schemes = "https://" if address.startswith("https://") else ("http://", "https://")
        if not following.startswith(schemes) or (is_local(following) and not is_local(address)):
            raise UsageError(f"{show_url(url)}: the redirect to {show_url(following)} is not followed")
        address = following
    raise UsageError(f"{show_url(url)}: more than {_MOST_REDIRECTS} redirects")


def show_url(url: str) -> str:
    """Return a URL without what may be a secret in it: its user, its query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _get(url: str) -> Response:
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise UsageError(f"{show_url(url)}: a URL with a user is not fetched; download the document, and name the file")
    environment = Environment(
        name="init",
        base_url=f"{parts.scheme}://{parts.netloc}",
        sandbox=None,
        limits=Limits(body_bytes=_MOST_BYTES, is_configured=False),
        proxies=Proxies(variables=os.environ),
        location=SourceLocation("", 1),
    )
    request = Request(
        method="GET", url=url.partition("#")[0], headers=_HEADERS, operation="document", effect=Effect.READ
    )
    try:
        with open_transport(environment, environment.base_url or "", ()) as transport:
            return transport.send(request)
    except (TransportError, ValueError) as error:
        raise UsageError(f"{show_url(url)}: cannot be fetched: {error}") from None
