"""Read both APIs over HTTP, whole lists at a time."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

_TIMEOUT_SECONDS = 60
# Reads only, so a repeated request changes nothing.
_RETRY = Retry(
    total=2,
    backoff_factor=0.1,
    status_forcelist=(500, 502, 503, 504),
    allowed_methods=("GET",),
    raise_on_status=False,
)


class LoadError(Exception):
    """The service did not answer what a load needs."""


class _Bearer(requests.auth.AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Api:
    """The REST and the Partners API of one service; close it, or use it as a context manager.

    Every reader raises LoadError for an answer that is not a success in its own API's sense: HTTP 200
    alone is none for Partners (docs/qtickets.md, Old reports).
    """

    def __init__(self, base_url: str, credentials: Mapping[str, str]) -> None:
        self._base_url = base_url.rstrip("/")
        self._rest = _open_session(credentials["restToken"])
        self._partners = _open_session(credentials["partnerKey"])

    def __enter__(self) -> "Api":
        return self

    def __exit__(self, *_exc: object) -> None:
        self._rest.close()
        self._partners.close()

    def get(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON of a REST GET; the filter language goes into the body."""
        return self._send(self._rest, f"/api/rest/v1{path}", body)

    def iter_pages(self, path: str, pages: Callable[[int, int], int]) -> Iterator[dict[str, Any]]:
        """Yield all rows of a REST list; `pages(total, per_page)` says how many pages to read."""
        number, last = 1, 1
        while number <= last:
            answer = self.get(path, {"page": number, "orderBy": {"id": "asc"}})
            yield from answer["data"]
            paging = answer["paging"]
            last = pages(paging["total"], paging["perPage"])
            number += 1

    def ask_partners(self, path: str) -> Any:
        """Return the `result` of a Partners call."""
        answer = self._send(self._partners, f"/api/partners/v1{path}", None)
        if not isinstance(answer, dict) or answer.get("status") != "success":
            code = answer.get("code") if isinstance(answer, dict) else None
            raise LoadError(f"{path} answered the error {code}")
        return answer["result"]

    def _send(self, session: requests.Session, path: str, body: Mapping[str, Any] | None) -> Any:
        try:
            response = session.get(self._base_url + path, json=body, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
            if response.status_code != 200:
                raise LoadError(f"{path} answered HTTP {response.status_code}")
            return response.json()
        except requests.RequestException as error:
            raise LoadError(f"{path} cannot be read: {error}") from error


def _open_session(token: str) -> requests.Session:
    session = requests.Session()
    # The sandbox is on this machine: a proxy of the environment has no business here, nor has a netrc file.
    session.trust_env = False
    session.auth = _Bearer(token)
    session.headers["Accept"] = "application/json"
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=_RETRY))
    return session
